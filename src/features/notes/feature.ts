import { type Filter, ObjectId } from 'mongodb'
import type { InvalidField } from '../../domain/outcomes.ts'
import { AppError } from '../../errors.ts'
import type { Feature, FeatureDeps, SignupFields } from '../feature.ts'

interface NoteDocument {
  _id: ObjectId
  userId: string
  text: string
  createdAt: Date
  publishedAt: Date | null
}

declare module '../../model.ts' {
  interface OwnUserFields {
    readonly displayName?: string | null
  }
}

const MAX_TEXT_LENGTH = 1000
const MAX_DISPLAY_NAME_LENGTH = 50
const MAX_LISTED = 100

const isValidText = (text: string) => text.isWellFormed() && text.trim() !== '' && [...text].length <= MAX_TEXT_LENGTH

/** Reads the own field of the sign-up, which is stored with the user. */
function readDisplayName({ displayName }: SignupFields): { displayName: string | null } | InvalidField[] {
  const text = displayName?.trim() ?? ''
  if ([...text].length <= MAX_DISPLAY_NAME_LENGTH && text.isWellFormed()) return { displayName: text || null }
  const message = `A display name must have at most ${MAX_DISPLAY_NAME_LENGTH} characters.`
  return [{ name: 'displayName', reason: 'TOO_LONG', message }]
}

/** Reads each author once. */
async function readAuthorNames(notes: readonly NoteDocument[], userById: FeatureDeps['userById']) {
  const ids = [...new Set(notes.map(({ userId }) => userId))]
  const users = await Promise.all(ids.map(userById))
  return new Map(users.map((user) => [user?.id, user?.displayName ?? user?.firstName]))
}

/** The example to copy: notes that only their author sees until they are published. */
export default function createNotes({ collection, userById, clock }: FeatureDeps): Feature {
  const getNotes = () => collection<NoteDocument>('notes')

  /** Converts notes to what readers see. */
  async function toNotes(documents: readonly NoteDocument[]) {
    const names = await readAuthorNames(documents, userById)
    return documents.map(({ _id, userId, text, publishedAt }) => ({
      ...{ id: _id.toHexString(), text, publishedAt },
      author: { id: userId, name: names.get(userId) ?? 'Somebody' },
    }))
  }

  const toNote = async (document: NoteDocument | null) => (document && (await toNotes([document]))[0]) ?? null

  const listNotes = async (filter: Filter<NoteDocument>, order: 'createdAt' | 'publishedAt') =>
    toNotes(
      await getNotes()
        .find(filter)
        .sort({ [order]: -1 })
        .limit(MAX_LISTED)
        .toArray(),
    )

  return {
    indexes: [{ collection: 'notes', indexes: [{ key: { userId: 1, createdAt: -1 } }, { key: { publishedAt: -1 } }] }],
    resolvers: {
      Query: {
        myNotes: (_parent, _args, { viewer }) => listNotes({ userId: viewer.user.id }, 'createdAt'),
        publishedNotes: () => listNotes({ publishedAt: { $ne: null } }, 'publishedAt'),
      },
      Mutation: {
        addNote: async (_parent, { text }, { viewer }) => {
          if (!isValidText(text)) {
            throw new AppError('BAD_USER_INPUT', { message: `text must have from 1 to ${MAX_TEXT_LENGTH} characters.` })
          }
          const note = { _id: new ObjectId(), userId: viewer.user.id, text, createdAt: clock.now(), publishedAt: null }
          await getNotes().insertOne(note)
          return toNote(note)
        },
        publishNote: async (_parent, { id }, { viewer }) => {
          if (!ObjectId.isValid(id)) return null
          const own = { _id: new ObjectId(id), userId: viewer.user.id }
          const change = { $set: { publishedAt: clock.now() } }
          return toNote(await getNotes().findOneAndUpdate(own, change, { returnDocument: 'after' }))
        },
      },
    },
    onSignup: readDisplayName,
    onUserDeleted: async ({ id }) => {
      await getNotes().deleteMany({ userId: id })
    },
    onUserExported: async ({ id }) =>
      (await getNotes().find({ userId: id }).sort({ createdAt: -1 }).toArray()).map(
        ({ text, createdAt, publishedAt }) => ({ text, createdAt, publishedAt }),
      ),
  }
}
