import { z } from 'zod'

/** Why a setting is refused. The message follows the setting's name ("must be …") and never repeats a secret. */
export class SettingFault extends Error {
  override name = 'SettingFault'
  readonly faults: readonly string[]
  constructor(...faults: string[]) {
    super(faults.join('; '))
    this.faults = faults
  }
}

/** Builds a setting's schema from a function that parses its text or throws a `SettingFault`. */
export function setting<T>(parse: (text: string) => T) {
  return z.string().transform((text, context) => {
    try {
      return parse(text)
    } catch (error) {
      if (!(error instanceof SettingFault)) throw error
      for (const message of error.faults) context.addIssue({ code: 'custom', message })
      return z.NEVER
    }
  })
}

export const parseList = (text: string) => text.split(',').map((item) => item.trim())
