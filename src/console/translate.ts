import { createInstance } from 'i18next'
import { createStore, type Store } from '../client/store.ts'
import { findKnownLocale, findLocale, LOCALES, type Locale } from '../locales.ts'

const STORAGE_KEY = 'gatehouse:locale'

/** English sentences are their own keys, so a page reads as it is shown. */
const texts = createInstance()
texts.init({
  lng: LOCALES[0],
  resources: {},
  initAsync: false,
  keySeparator: false,
  nsSeparator: false,
  interpolation: { escapeValue: false },
})

const store = createStore<Locale>(LOCALES[0])

/** The language that the pages are shown in. */
export const pageLocale: Store<Locale> = store

/** Returns an English sentence in the page's language, with its gaps (`{{name}}`) filled. */
export const t = (sentence: string, values: Readonly<Record<string, string | number>> = {}): string =>
  texts.t(sentence, values)

/** Returns an English sentence in the page's language, with its gaps left open. */
export const translateOpen = (sentence: string): string => texts.t(sentence, { skipInterpolation: true })

async function load(locale: Locale): Promise<void> {
  if (texts.hasResourceBundle(locale, 'translation')) return
  const { pages } = await import(`../texts/${locale}.json`)
  texts.addResourceBundle(locale, 'translation', pages)
}

/** Shows the pages in a language, or as they are while its sentences cannot be loaded. */
async function show(locale: Locale): Promise<void> {
  try {
    if (locale !== LOCALES[0]) await load(locale)
    await texts.changeLanguage(locale)
    document.documentElement.lang = locale
    store.set(locale)
  } catch {
    // The sentences cannot be loaded; those that are shown remain.
  }
}

/** Where the browser keeps nothing for this origin, reading throws. */
function recall(): string | null {
  try {
    return localStorage.getItem(STORAGE_KEY)
  } catch {
    return null
  }
}

function remember(locale: string): void {
  try {
    localStorage.setItem(STORAGE_KEY, locale)
  } catch {
    // The next visit begins in the browser's language.
  }
}

/** Shows the pages in the language of whoever was here last, or in the first of the browser's languages that there is. */
export function showPreferredLocale(): Promise<void> {
  const wishes = [recall(), ...navigator.languages]
  return show(wishes.map(findKnownLocale).find((locale) => locale !== null) ?? LOCALES[0])
}

/** Shows the pages in a user's language, also after they have logged out. */
export function showLocale(locale: string): Promise<void> {
  remember(locale)
  return show(findLocale(locale))
}
