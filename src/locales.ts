/** The languages of mails and pages. The first one is for whoever speaks none of them. */
export const LOCALES = ['en', 'de'] as const

export type Locale = (typeof LOCALES)[number]

/** Returns the language that a tag such as `de-AT` names; null where there is no such language. */
export function findKnownLocale(tag: string | null | undefined): Locale | null {
  const [language] = (tag ?? '').trim().toLowerCase().split('-')
  return LOCALES.find((locale) => locale === language) ?? null
}

/** Returns the language that a tag such as `de-AT` names, or the first one. */
export const findLocale = (tag: string | null | undefined): Locale => findKnownLocale(tag) ?? LOCALES[0]
