import { readFileSync } from 'node:fs'
import type { Config } from './config.ts'
import type { buildSchema } from './graphql/schema.ts'
import {
  listDocuments,
  readTrustedDocuments,
  requireTrusted,
  TrustedDocumentsError,
} from './graphql/trusted-documents.ts'
import { isStaff } from './roles.ts'

/** Loads the operations of the kit, and of the pages where they are on. */
async function loadOwnDocuments(pages: boolean) {
  const modules = [
    await import('./client/gql/graphql.ts'),
    ...(pages ? [await import('./console/gql/graphql.ts')] : []),
  ]
  return modules.flatMap(listDocuments)
}

function readManifest(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new TrustedDocumentsError(`the file cannot be read (${(error as NodeJS.ErrnoException).code})`)
  }
}

/**
 * Creates what lets only trusted documents pass, where TRUSTED_DOCUMENTS is set.
 * @throws TrustedDocumentsError if the manifest cannot be used
 */
export async function createTrust(
  { trustedDocuments, trustedDocumentsExceptStaff, console: pages }: Config,
  schema: ReturnType<typeof buildSchema>,
) {
  if (trustedDocuments === null) return []
  const documents = readTrustedDocuments(readManifest(trustedDocuments), schema, await loadOwnDocuments(pages))
  return [
    requireTrusted(documents, async ({ auth }) => {
      const viewer = trustedDocumentsExceptStaff ? await auth.authenticate() : null
      return viewer !== null && isStaff(viewer.user)
    }),
  ]
}
