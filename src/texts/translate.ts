import { createInstance } from 'i18next'
import type { Locale } from '../locales.ts'
import de from './de.json' with { type: 'json' }
import en from './en.json' with { type: 'json' }

const texts = createInstance()
texts.init({
  resources: { en: { translation: en }, de: { translation: de } },
  initAsync: false,
  interpolation: { escapeValue: false },
})

/** What fills the gaps of a text, by name. */
type Values = Readonly<Record<string, string | number>>

/** Returns a mail's text by its key. */
export const translateMail = (locale: Locale, key: string, values: Values = {}): string =>
  texts.getFixedT(locale)(`mails.${key}`, values)

/** Returns a mail's paragraphs. */
export const translateParagraphs = (locale: Locale, mail: string, values: Values): string[] =>
  texts.getFixedT(locale)(`mails.${mail}.paragraphs`, { ...values, returnObjects: true }) as string[]

/** A time as people write it, in UTC. */
export const formatTime = (locale: Locale, at: Date): string =>
  new Intl.DateTimeFormat(locale, {
    ...{ day: 'numeric', month: 'long', year: 'numeric', hour: '2-digit', minute: '2-digit' },
    ...{ timeZone: 'UTC', timeZoneName: 'short' },
  }).format(at)
