import { type Filter, ObjectId } from 'mongodb'
import { BadArgument } from '../../domain/outcomes.ts'
import type { Feature, FeatureParts } from '../feature.ts'

interface NoteDocument {
  _id: ObjectId
  userId: string
  text: string
  createdAt: Date
  publishedAt: Date | null
}

const LONGEST_TEXT = 1000
const MOST_LISTED = 100

/** The example to copy: notes that only their author sees until they are published. */
export default function notes({ collection, userById, clock }: FeatureParts): Feature {
  const documents = () => collection<NoteDocument>('notes')

  /** Notes as their readers see them, each author read once. */
  async function show(notes: readonly NoteDocument[]) {
    const authorIds = [...new Set(notes.map(({ userId }) => userId))]
    const names = new Map(
      await Promise.all(authorIds.map(async (id) => [id, (await userById(id))?.firstName] as const)),
    )
    return notes.map(({ _id, userId, text, publishedAt }) => ({
      ...{ id: _id.toHexString(), text, publishedAt },
      author: { id: userId, name: names.get(userId) ?? 'Somebody' },
    }))
  }

  const showOne = async (note: NoteDocument | null) => (note && (await show([note]))[0]) ?? null

  const list = async (filter: Filter<NoteDocument>, order: 'createdAt' | 'publishedAt') =>
    show(
      await documents()
        .find(filter)
        .sort({ [order]: -1 })
        .limit(MOST_LISTED)
        .toArray(),
    )

  return {
    indexes: [{ collection: 'notes', indexes: [{ key: { userId: 1, createdAt: -1 } }, { key: { publishedAt: -1 } }] }],
    resolvers: {
      Query: {
        myNotes: (_parent, _args, { viewer }) => list({ userId: viewer.user.id }, 'createdAt'),
        publishedNotes: () => list({ publishedAt: { $ne: null } }, 'publishedAt'),
      },
      Mutation: {
        addNote: async (_parent, { text }, { viewer }) => {
          if (!text.isWellFormed() || text.trim() === '' || [...text].length > LONGEST_TEXT) {
            throw new BadArgument(`text must have from 1 to ${LONGEST_TEXT} characters.`)
          }
          const note = { _id: new ObjectId(), userId: viewer.user.id, text, createdAt: clock.now(), publishedAt: null }
          await documents().insertOne(note)
          return showOne(note)
        },
        publishNote: async (_parent, { id }, { viewer }) => {
          if (!ObjectId.isValid(id)) return null
          const own = { _id: new ObjectId(id), userId: viewer.user.id }
          const change = { $set: { publishedAt: clock.now() } }
          const note = await documents().findOneAndUpdate(own, change, { returnDocument: 'after' })
          return showOne(note)
        },
      },
    },
  }
}
