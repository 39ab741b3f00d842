import { Fragment, type ReactNode } from 'react'
import { translateOpen } from '../translate.ts'

interface TranslatedProps {
  /** In English, with gaps such as {{email}}. */
  text: string
  /** What stands in the gaps. */
  values: Readonly<Record<string, ReactNode>>
}

/** A sentence with elements in it, in the page's language. */
export function Translated({ text, values }: TranslatedProps) {
  const parts = translateOpen(text).split(/\{\{(\w+)\}\}/)
  // Split by a group, every second part is the name of a gap.
  return parts.map((part, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a sentence never move.
    <Fragment key={index}>{index % 2 === 1 ? values[part] : part}</Fragment>
  ))
}
