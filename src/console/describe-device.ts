import { t } from './translate.ts'

/** Describes a device in the page's language. The service names it in English: "Chrome on Windows". */
export function describeDevice({ name }: { name: string }): string {
  if (name === 'Unknown device') return t('Unknown device')
  const [, browser, system] = /^(.+) on (.+)$/.exec(name) ?? []
  return browser && system ? t('{{browser}} on {{system}}', { browser, system }) : name
}
