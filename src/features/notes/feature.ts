import { type Filter, ObjectId } from 'mongodb'
import { AppError } from '../../errors.ts'
import type { Feature, FeatureDeps } from '../feature.ts'

interface NoteDocument {
  _id: ObjectId
  userId: string
  text: string
  createdAt: Date
  publishedAt: Date | null
}

const MAX_TEXT_LENGTH = 1000
const MAX_LISTED = 100

const isValidText = (text: string) => text.isWellFormed() && text.trim() !== '' && [...text].length <= MAX_TEXT_LENGTH

/** The example to copy: notes that only their author sees until they are published. */
export default function createNotes({ collection, userById, clock }: FeatureDeps): Feature {
  const getNotes = () => collection<NoteDocument>('notes')

  /** Converts notes to what readers see, and reads each author once. */
  async function toNotes(documents: readonly NoteDocument[]) {
    const authorIds = [...new Set(documents.map(({ userId }) => userId))]
    const names = new Map(
      await Promise.all(authorIds.map(async (id) => [id, (await userById(id))?.firstName] as const)),
    )
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
    onUserDeleted: async ({ id }) => {
      await getNotes().deleteMany({ userId: id })
    },
    onUserExported: async ({ id }) =>
      (await getNotes().find({ userId: id }).sort({ createdAt: -1 }).toArray()).map(
        ({ text, createdAt, publishedAt }) => ({ text, createdAt, publishedAt }),
      ),
  }
}
