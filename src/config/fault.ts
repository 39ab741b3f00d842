import { z } from 'zod'

/** Why a setting is refused, worded to follow its name: "must be …". Never repeats a secret. */
export class SettingFault extends Error {
  override name = 'SettingFault'
  readonly faults: readonly string[]
  constructor(...faults: string[]) {
    super(faults.join('; '))
    this.faults = faults
  }
}

/** Builds the schema of a setting from a function that reads its text or throws a `SettingFault`. */
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

/** Splits a list by its commas. */
export const parseList = (text: string) => text.split(',').map((item) => item.trim())
