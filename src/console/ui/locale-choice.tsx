import { useId } from 'react'
import { LOCALES } from '../../locales.ts'
import { t } from '../translate.ts'

/** A language by the name that its speakers give it. */
const nameLocale = (locale: string) => new Intl.DisplayNames([locale], { type: 'language' }).of(locale) ?? locale

/** The language of the user's pages and mails. */
export function LocaleChoice({ chosen }: { chosen: string }) {
  const id = useId()
  return (
    <div className="field">
      <label className="label" htmlFor={id}>
        {t('Language of pages and mails')}
      </label>
      <select className="input" id={id} name="locale" defaultValue={chosen}>
        {LOCALES.map((locale) => (
          <option key={locale} value={locale} lang={locale}>
            {nameLocale(locale)}
          </option>
        ))}
      </select>
    </div>
  )
}
