import { existsSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Browser } from '../testkit/browser.ts'
import { sharedService } from '../testkit/lend.ts'
import { signUp } from '../testkit/people.ts'
import { idOf } from '../testkit/staff.ts'

const example = new URL('../../src/features/notes/feature.ts', import.meta.url)

interface Note {
  id: string
  text: string
  publishedAt: string | null
  author: { id: string; name: string }
}

const NOTE = '{ id text publishedAt author { id name } }'

const add = async (who: Browser, text: string) =>
  (await who.gql<{ addNote: Note | null }>(`mutation ($text: String!) { addNote(text: $text) ${NOTE} }`, { text })).body
    .data?.addNote

const publish = async (who: Browser, id: string) =>
  (await who.gql<{ publishNote: Note | null }>(`mutation ($id: ID!) { publishNote(id: $id) ${NOTE} }`, { id })).body
    .data?.publishNote

const mine = async (who: Browser) =>
  (await who.gql<{ myNotes: Note[] | null }>(`{ myNotes ${NOTE} }`)).body.data?.myNotes

const published = async (who: Browser) =>
  (await who.gql<{ publishedNotes: Note[] }>(`{ publishedNotes ${NOTE} }`)).body.data?.publishedNotes

// The example goes with its two places, and this test has then nothing to say.
describe.skipIf(!existsSync(example))('notes, the example of a noun of one’s own', () => {
  const service = sharedService()
  let count = 0

  async function author(names: object = {}): Promise<{ who: Browser; id: string }> {
    count += 1
    const email = `author${count}@example.com`
    const who = service().browser()
    await signUp(who, email, undefined, names)
    return { who, id: await idOf(service(), email) }
  }

  test('a note is for its author alone until it is published', async () => {
    const [ada, bea] = [await author({ firstName: 'Ada' }), await author()]
    const note = await add(ada.who, 'a first thought')
    expect(note).toMatchObject({ text: 'a first thought', publishedAt: null, author: { id: ada.id, name: 'Ada' } })
    expect(await mine(ada.who)).toEqual([note])
    expect(await mine(bea.who)).toEqual([])
    expect(await published(bea.who)).toEqual([])

    const shown = await publish(ada.who, note?.id ?? '')
    expect(shown).toEqual({ ...note, publishedAt: service().clock.now().toISOString() })
    for (const who of [bea.who, service().browser()]) expect(await published(who)).toEqual([shown])
  })

  test('nobody publishes the note of another, nor one that is not there', async () => {
    const [ada, bea] = [await author(), await author()]
    const note = await add(ada.who, 'mine')
    for (const id of [note?.id ?? '', '0'.repeat(24), 'x', '']) expect(await publish(bea.who, id)).toBeNull()
    expect((await mine(ada.who))?.[0]?.publishedAt).toBeNull()
  })

  test('an author without a name is somebody, and strangers see no more of them', async () => {
    const ada = await author()
    const note = await publish(ada.who, (await add(ada.who, 'farewell'))?.id ?? '')
    expect(note?.author.name).toBe('Somebody')
    const found = (await published(service().browser()))?.find(({ id }) => id === note?.id)
    expect(found?.author).toEqual({ id: ada.id, name: 'Somebody' })
    const refused = await service().browser().gql('{ publishedNotes { author { email } } }')
    expect(refused).toMatchObject({ status: 400, code: 'GRAPHQL_VALIDATION_FAILED' })
  })

  test('the export of a user holds their notes, and a deleted user takes them along', async () => {
    const ada = await author()
    const note = await publish(ada.who, (await add(ada.who, 'farewell'))?.id ?? '')
    const { body } = await ada.who.get('/account/export')
    expect(body).toMatchObject({ notes: [{ text: 'farewell' }] })
    await ada.who.gql('mutation { deleteAccount { __typename } }')
    const isListed = async () => (await published(service().browser()))?.some(({ id }) => id === note?.id)
    await expect.poll(isListed).toBe(false)
    expect(await service().db.collection('notes').countDocuments({ userId: ada.id })).toBe(0)
  })

  test('a text has from 1 to 1000 characters, all of them whole', async () => {
    const ada = await author()
    for (const text of ['', '  ', 'x'.repeat(1001), 'half \ud800'])
      expect(await ada.who.gql('mutation ($text: String!) { addNote(text: $text) { id } }', { text })).toMatchObject({
        status: 400,
        code: 'BAD_USER_INPUT',
      })
    expect((await add(ada.who, '😀'.repeat(1000)))?.text).toBe('😀'.repeat(1000))
  })
})
