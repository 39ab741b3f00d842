import { AppError } from '../../errors.ts'
import { findLocale } from '../../locales.ts'
import type { User } from '../../model.ts'
import type { UserChange } from '../../mongo/user-document.ts'
import { commitOrConfirm } from '../commit.ts'
import type { Deps } from '../deps.ts'
import { type InvalidField, type InvalidInput, invalidInput, type Outcome } from '../outcomes.ts'
import { toVersion } from '../sessions/new-session.ts'
import type { RequestAuth } from '../sessions/request-auth.ts'
import { isInvalidField, readName } from './fields.ts'

/** The changes to a profile: an absent field stays; null or blank clears it. */
export interface ProfileInput {
  firstName?: string | null | undefined
  lastName?: string | null | undefined
  locale?: string | null | undefined
}

export type UpdateProfileSuccess = Outcome<'UpdateProfileSuccess', { user: User }>

function readChange(input: ProfileInput): UserChange | InvalidInput {
  const change: Pick<UserChange, 'firstName' | 'lastName' | 'locale'> = {}
  const problems: InvalidField[] = []
  for (const field of ['firstName', 'lastName'] as const) {
    if (input[field] === undefined) continue
    const name = readName(field, input[field])
    if (isInvalidField(name)) problems.push(name)
    else Object.assign(change, { [field]: name })
  }
  if (input.locale !== undefined) Object.assign(change, { locale: findLocale(input.locale) })
  return problems.length > 0 ? invalidInput(problems) : change
}

export async function updateProfile(
  _deps: Deps,
  auth: RequestAuth,
  input: ProfileInput,
): Promise<UpdateProfileSuccess | InvalidInput> {
  const viewer = auth.requireViewer()
  const change = readChange(input)
  if ('kind' in change) return change
  const user = { ...viewer.user, ...change }
  const isDone = (found: User | null) =>
    found?.firstName === user.firstName && found.lastName === user.lastName && found.locale === user.locale
  const isEmpty = Object.keys(change).length === 0
  const committed =
    isEmpty ||
    (await commitOrConfirm(
      auth,
      () => auth.db.users.update(toVersion(viewer), change),
      async (db) => isDone(await db.users.findById(user.id)),
    ))
  if (!committed) throw new AppError('UNAUTHENTICATED')
  auth.setViewer({ ...viewer, user })
  auth.report({ event: 'profile.updated', userId: user.id })
  return { kind: 'UpdateProfileSuccess', user }
}
