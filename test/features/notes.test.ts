import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { Browser } from '../testkit/browser.ts'
import { signUp } from '../testkit/client.ts'
import { provideService } from '../testkit/fixtures.ts'
import { findUserId } from '../testkit/users.ts'

const example = new URL('../../src/features/notes/feature.ts', import.meta.url)

interface Note {
  id: string
  text: string
  publishedAt: string | null
  author: { id: string; name: string }
}

const NOTE = '{ id text publishedAt author { id name } }'

const addNote = async (browser: Browser, text: string) =>
  (await browser.gql<{ addNote: Note | null }>(`mutation ($text: String!) { addNote(text: $text) ${NOTE} }`, { text }))
    .body.data?.addNote

const publishNote = async (browser: Browser, id: string) =>
  (await browser.gql<{ publishNote: Note | null }>(`mutation ($id: ID!) { publishNote(id: $id) ${NOTE} }`, { id })).body
    .data?.publishNote

const listOwnNotes = async (browser: Browser) =>
  (await browser.gql<{ myNotes: Note[] | null }>(`{ myNotes ${NOTE} }`)).body.data?.myNotes

const listPublishedNotes = async (browser: Browser) =>
  (await browser.gql<{ publishedNotes: Note[] }>(`{ publishedNotes ${NOTE} }`)).body.data?.publishedNotes

// Who removes the example leaves this test without a subject.
const testExample = test.skipIf(!existsSync(example))
const service = provideService()
let count = 0

async function signUpAuthor(names: object = {}): Promise<{ browser: Browser; id: string }> {
  count += 1
  const email = `author${count}@example.com`
  const browser = service().openBrowser()
  await signUp(browser, { email, ...names })
  return { browser, id: await findUserId(service(), email) }
}

testExample('a note is for its author alone until it is published', async () => {
  const [ada, bea] = [await signUpAuthor({ firstName: 'Ada' }), await signUpAuthor()]
  const note = await addNote(ada.browser, 'a first thought')
  expect(note).toMatchObject({ text: 'a first thought', publishedAt: null, author: { id: ada.id, name: 'Ada' } })
  expect(await listOwnNotes(ada.browser)).toEqual([note])
  expect(await listOwnNotes(bea.browser)).toEqual([])
  expect(await listPublishedNotes(bea.browser)).toEqual([])

  const shown = await publishNote(ada.browser, note?.id ?? '')
  expect(shown).toEqual({ ...note, publishedAt: service().clock.now().toISOString() })
  for (const browser of [bea.browser, service().openBrowser()])
    expect(await listPublishedNotes(browser)).toEqual([shown])
})

testExample('nobody publishes the note of another user, nor one that does not exist', async () => {
  const [ada, bea] = [await signUpAuthor(), await signUpAuthor()]
  const note = await addNote(ada.browser, 'mine')
  for (const id of [note?.id ?? '', '0'.repeat(24), 'x', '']) expect(await publishNote(bea.browser, id)).toBeNull()
  expect((await listOwnNotes(ada.browser))?.[0]?.publishedAt).toBeNull()
})

testExample('an author without a name is shown as Somebody, and strangers see no more of them', async () => {
  const ada = await signUpAuthor()
  const note = await publishNote(ada.browser, (await addNote(ada.browser, 'farewell'))?.id ?? '')
  expect(note?.author.name).toBe('Somebody')
  const found = (await listPublishedNotes(service().openBrowser()))?.find(({ id }) => id === note?.id)
  expect(found?.author).toEqual({ id: ada.id, name: 'Somebody' })
  const refused = await service().openBrowser().gql('{ publishedNotes { author { email } } }')
  expect(refused).toMatchObject({ status: 400, code: 'GRAPHQL_VALIDATION_FAILED' })
})

testExample('the export of a user holds their notes, and deleting the user deletes them', async () => {
  const ada = await signUpAuthor()
  const note = await publishNote(ada.browser, (await addNote(ada.browser, 'farewell'))?.id ?? '')
  const { body } = await ada.browser.get('/account/export')
  expect(body).toMatchObject({ notes: [{ text: 'farewell' }] })
  await ada.browser.gql('mutation { deleteAccount { __typename } }')
  const isListed = async () => (await listPublishedNotes(service().openBrowser()))?.some(({ id }) => id === note?.id)
  await expect.poll(isListed).toBe(false)
  expect(await service().db.collection('notes').countDocuments({ userId: ada.id })).toBe(0)
})

testExample('a note has from 1 to 1000 characters, all of them whole', async () => {
  const ada = await signUpAuthor()
  for (const text of ['', '  ', 'x'.repeat(1001), 'half \ud800'])
    expect(await ada.browser.gql('mutation ($text: String!) { addNote(text: $text) { id } }', { text })).toMatchObject({
      status: 400,
      code: 'BAD_USER_INPUT',
    })
  expect((await addNote(ada.browser, '😀'.repeat(1000)))?.text).toBe('😀'.repeat(1000))
})
