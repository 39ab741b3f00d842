import { Forbidden, Unauthenticated } from '../../src/domain/outcomes.ts'
import type { Sessions } from '../../src/domain/sessions.ts'
import { check, type Finished, type Marks, type Party, type Phase } from './checks.ts'
import { copyOf, type Memory } from './memory.ts'
import { createMemoryPorts, type Ports } from './ports.ts'
import { Actor, type Play } from './scheduler.ts'
import type { Verb } from './verbs.ts'
import { type CookieChange, createSlot, wire } from './wiring.ts'
import { createWorld, type Scene } from './world.ts'

/** A part of the law that is left out, to see that the explorer misses it. */
export interface Omission {
  ports?: (ports: Ports, memory: Memory) => Ports
  sessions?: (sessions: Sessions) => Sessions
}

/** Random ids, which differ from run to run and mean nothing but themselves. */
const RANDOM_ID = /[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{24,}/g

/** Renames random ids by the order in which they are met. */
function canonical(text: string): string {
  const names = new Map<string, string>()
  return text.replace(RANDOM_ID, (id) => {
    const name = names.get(id) ?? `#${names.size}`
    names.set(id, name)
    return name
  })
}

const texts = new WeakMap<object, string>()

/** A value as text, made once for each document, since documents never change. */
function textOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(JSON.stringify(value))
  if (Array.isArray(value)) return `[${value.map(textOf).join()}]`
  const text = texts.get(value) ?? JSON.stringify(value)
  texts.set(value, text)
  return text
}

const collectionText = (documents: ReadonlyMap<string, object>) => [...documents.values()].map(textOf).sort().join()

/** The documents of a scene before anything happens; each stands for itself in a key, by its number. */
function stageOf(scene: Scene): Memory {
  const memory = createWorld(scene)
  const documents = Object.values(memory).flatMap((collection) => [...collection.values()])
  for (const [index, document] of documents.entries()) texts.set(document, `@${index}`)
  return memory
}

const marksOf = (): Marks => ({ read: false, opened: false, saw: false, write: null, commit: null, end: null })

const phaseOf = ({ read, opened, commit }: Marks): Phase =>
  commit ? 'committed' : opened ? 'opened' : read ? 'read' : 'begun'

const WRITES = /^(users\.(change|disable|remove)|sessions\.(entomb|removeByHandle))/

/** Notes what the checks ask: in which order the steps that matter were made. */
function note(party: Party, other: Party, label: string, result: unknown): void {
  const { marks, verb } = party
  const sawEarlier = marks.saw
  marks.saw = other.outcome !== null && other.done
  const succeeded = Boolean(result) && result !== 'taken'
  if (label === 'users.byId' || label === 'users.byEmail') marks.read = true
  if (label === 'sessions.insert') marks.opened = true
  const at = { other: phaseOf(other.marks), otherEnded: other.marks.end !== null, otherAnswered: sawEarlier }
  if (WRITES.test(label)) marks.write ??= at
  if (label === verb.commit && succeeded) marks.commit ??= at
  if (label === verb.ends?.at && succeeded) marks.end ??= at
  if (label === 'users.reinstate') Object.assign(marks, { commit: null, end: null })
}

function stepwise<P extends object>(port: P, name: string, step: StepOf): P {
  const entries = Object.entries(port).map(([method, run]) => [
    method,
    (...args: unknown[]) => step(`${name}.${method}`, args, () => run(...args)),
  ])
  return Object.fromEntries(entries) as P
}

type StepOf = (label: string, args: unknown[], run: () => Promise<unknown>) => Promise<unknown>

/** One request, from its arrival to its answer. */
async function request(party: Party, actor: Actor, ports: Ports, omission: Omission): Promise<void> {
  const { verb } = party
  const slot = await createSlot(ports, verb.by, `new ${actor.name}`)
  const verbs = wire(ports, verb.emailVerification ?? 'optional', omission.sessions)
  const asker = verbs.sessions.asker(
    slot,
    () => ({ userAgent: null, address: null }),
    () => {},
  )
  const answer = async (outcome: string, done: boolean, cookie: CookieChange) =>
    actor.step('answer', async () => {
      Object.assign(party, { outcome, done, cookie })
    })
  try {
    const viewer = verb.guard === 'nobody' ? null : await asker.identify()
    if (verb.guard !== 'nobody' && !viewer) throw new Unauthenticated()
    if (verb.guard === 'staff' && !viewer?.scopes.has('users:write')) throw new Forbidden()
    const outcome = await verb.run(verbs, asker, viewer as NonNullable<typeof viewer>)
    await answer(outcome.kind, verb.done.includes(outcome.kind), slot.cookieChange())
  } catch (error) {
    const expected = error instanceof Unauthenticated || error instanceof Forbidden
    await answer(expected ? error.name : `a surprise: ${error}`, false, slot.cookieChange())
  }
}

/** A stage for two verbs: each call begins a run on a world of its own. */
export function stage(scene: Scene, verbs: readonly [Verb, Verb], omission: Omission = {}): () => Promise<Play> {
  const before = stageOf(scene)
  return async () => {
    const memory = copyOf(before)
    const plain = createMemoryPorts(memory)
    const ports = omission.ports?.(plain, memory) ?? plain
    const actors = [new Actor('A'), new Actor('B')] as const
    const party = (verb: Verb, name: string): Party => ({
      ...{ verb, name, marks: marksOf(), outcome: null, done: false, cookie: null, crashed: false },
    })
    const parties = [party(verbs[0], 'A'), party(verbs[1], 'B')] as const

    for (const index of [0, 1] as const) {
      const [actor, own, other] = [actors[index], parties[index], parties[index === 0 ? 1 : 0]]
      const step: StepOf = (label, args, run) =>
        actor.step(label, async () => {
          const result = await run()
          actor.history += `${label}${textOf(args)}${textOf(result)};`
          note(own, other, label, result)
          return result
        })
      const seen: Ports = {
        users: { ...stepwise(ports.users, 'users', step), newId: () => `new user of ${actor.name}` },
        sessions: stepwise(ports.sessions, 'sessions', step),
        tokens: stepwise(ports.tokens, 'tokens', step),
        mails: stepwise(ports.mails, 'mails', step),
      }
      await actor.start(() => request(own, actor, seen, omission))
    }

    const mailsMatter = verbs.some(({ commit }) => commit === 'users.setToken')
    return {
      actors,
      isAlone: (label) => !mailsMatter && label.startsWith('mails.'),
      key() {
        const told = actors.map(({ history, state }, index) => {
          const { marks, outcome } = parties[index === 0 ? 0 : 1]
          return `${state} ${outcome} ${JSON.stringify(marks)} ${history}`
        })
        return canonical([...told, ...Object.values(memory).map(collectionText)].join('\n'))
      },
      async judge() {
        for (const [index, own] of parties.entries()) own.crashed = actors[index === 0 ? 0 : 1].state === 'crashed'
        const finished: Finished = { before, memory, parties, ports, verbs: wire(ports, 'optional', omission.sessions) }
        return check(finished)
      },
    }
  }
}
