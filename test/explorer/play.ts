import './repeat-chance.ts'

import type { RequestAuth } from '../../src/domain/sessions/request-auth.ts'
import { AppError } from '../../src/errors.ts'
import { check } from './checks.ts'
import type { Choice, Game } from './explore.ts'
import { emptyMemory, type Memory } from './memory.ts'
import type { Marks, Party, Phase } from './party.ts'
import { createMemoryPorts, type Ports } from './ports.ts'
import { type Ask, type Place, Script } from './script.ts'
import { collectionText } from './texts.ts'
import { isStep, type Verb } from './verbs.ts'
import { type CookieChange, createCookie, createStagedService } from './wiring.ts'
import { createWorld, type Scene } from './world.ts'

/** A part of the session rules that is left out, to see that the explorer misses it. */
export interface Omission {
  ports?: (ports: Ports, memory: Memory) => Ports
  auth?: (auth: RequestAuth) => void
}

/** How a verb answers. */
interface Answer {
  readonly outcome: string
  readonly done: boolean
  readonly cookie: CookieChange
}

/** One of the two verbs: how far it has come, and whether its answer has been sent. */
interface Side {
  readonly place: Place<Answer>
  readonly status: 'running' | 'answered' | 'crashed'
  readonly marks: Marks
}

interface State {
  readonly memory: Readonly<Memory>
  readonly sides: readonly [Side, Side]
}

const NAMES = ['A', 'B'] as const
const NO_MARKS: Marks = { read: false, opened: false, saw: false, write: null, commit: null, end: null }

const findPhase = ({ read, opened, commit }: Marks): Phase =>
  commit ? 'committed' : opened ? 'opened' : read ? 'read' : 'begun'

const WRITES =
  /^(users\.(update|demote|disable|delete)|sessions\.(replace|deleteByHandle)|factors\.(spend|set|confirm|remove|replace|reset))/

/** The marks of a verb after one more step: in which order the steps that matter were made. */
function marksAfter({ verb, marks }: Party, other: Party, label: string, result: unknown): Marks {
  const succeeded = Boolean(result) && result !== 'duplicate'
  const at = { other: findPhase(other.marks), otherEnded: other.marks.end !== null, otherAnswered: marks.saw }
  const committed = isStep(verb.commit, label) && succeeded ? at : null
  const ended = isStep(verb.ends?.at, label) && succeeded ? at : null
  const takenBack = label === 'users.undoDemotion'
  return {
    read: marks.read || label === 'users.findById' || label === 'users.findByEmail',
    opened: marks.opened || label === 'store.create',
    saw: other.done,
    write: marks.write ?? (WRITES.test(label) ? at : null),
    commit: takenBack ? null : (marks.commit ?? committed),
    end: takenBack ? null : (marks.end ?? ended),
  }
}

/** A port that asks for each of its calls. */
function asking<P extends object>(port: P, name: string, ask: Ask): P {
  const methods = Object.keys(port).map((method) => [method, (...args: unknown[]) => ask(`${name}.${method}`, args)])
  return Object.fromEntries(methods) as P
}

/** One request, from its arrival to its answer. */
async function request(verb: Verb, name: string, ports: Ports, omission: Omission): Promise<Answer> {
  const cookie = await createCookie(ports, verb.by, `new ${name}`)
  const service = createStagedService(ports, verb.emailVerification ?? 'optional')
  const auth = service.createAuth(cookie)
  omission.auth?.(auth)
  try {
    const viewer = verb.guard === 'nobody' ? null : await auth.authenticate()
    if (verb.guard !== 'nobody' && !viewer) throw new AppError('UNAUTHENTICATED')
    if (verb.guard === 'staff' && !viewer?.scopes.has('users:write')) throw new AppError('FORBIDDEN')
    const { kind } = await verb.run(service, auth)
    return { outcome: kind, done: verb.done.includes(kind), cookie: cookie.getChange() }
  } catch (error) {
    const outcome = error instanceof AppError ? error.code : `an unexpected error: ${error}`
    return { outcome, done: false, cookie: cookie.getChange() }
  }
}

/** A stage for any two verbs in any scene. What a verb does is found out once, and known beside every other verb. */
export function createStage(omission: Omission = {}): (scene: Scene, verbs: readonly [Verb, Verb]) => Game<State> {
  const memory = emptyMemory()
  let newId = ''
  const plain = createMemoryPorts(memory, () => newId)
  const ports = omission.ports?.(plain, memory) ?? plain
  const judging = createStagedService(ports, 'optional')
  const scripts = [new Map<Verb, Script<Answer>>(), new Map<Verb, Script<Answer>>()] as const

  function createScript(verb: Verb, actor: 0 | 1): Script<Answer> {
    const name = NAMES[actor]
    const script =
      scripts[actor].get(verb) ??
      new Script(name, (ask) => {
        const asked: Ports = {
          users: { ...asking(ports.users, 'users', ask), createId: () => `new user of ${name}` },
          sessions: asking(ports.sessions, 'sessions', ask),
          store: asking(ports.store, 'store', ask),
          tokens: asking(ports.tokens, 'tokens', ask),
          mails: asking(ports.mails, 'mails', ask),
          factors: asking(ports.factors, 'factors', ask),
          loginChallenges: asking(ports.loginChallenges, 'loginChallenges', ask),
        }
        return request(verb, name, asked, omission)
      })
    scripts[actor].set(verb, script)
    return script
  }

  function make(label: string, args: readonly unknown[]): Promise<unknown> {
    const [port = '', method = ''] = label.split('.')
    const run = Reflect.get(Reflect.get(ports, port), method) as (...args: readonly unknown[]) => Promise<unknown>
    return run(...args)
  }

  return (scene, verbs) => {
    const before = createWorld(scene)
    const mailsMatter = verbs.some(({ commit }) => isStep(commit, 'users.setToken'))
    /** A step in nobody's way, whose place among the other's steps makes no difference. */
    const isAlone = ({ place }: Side) => !mailsMatter && place.call?.label.startsWith('mails.') === true

    function createParty({ place: { end }, status, marks }: Side, actor: 0 | 1): Party {
      const answer = status === 'answered' ? end : null
      return {
        name: NAMES[actor],
        verb: verbs[actor],
        marks,
        outcome: answer?.outcome ?? null,
        done: answer?.done ?? false,
        cookie: answer?.cookie ?? null,
        crashed: status === 'crashed',
      }
    }
    const createParties = ({ sides: [a, b] }: State) => [createParty(a, 0), createParty(b, 1)] as const

    /** The state in which one of the two has changed. */
    const withSide = ({ sides: [a, b] }: State, actor: 0 | 1, side: Side, memory: Readonly<Memory>): State => ({
      memory,
      sides: actor === 0 ? [side, b] : [a, side],
    })

    async function step(state: State, actor: 0 | 1): Promise<State> {
      const side = state.sides[actor]
      const { call, taken } = side.place
      const parties = createParties(state)
      const marks = (label: string, result: unknown) =>
        marksAfter(parties[actor], parties[actor === 0 ? 1 : 0], label, result)
      if (!call) {
        return withSide(state, actor, { ...side, status: 'answered', marks: marks('answer', null) }, state.memory)
      }
      Object.assign(memory, state.memory)
      newId = `made by ${NAMES[actor]} with step ${taken}`
      const result = await make(call.label, call.args)
      const after = { ...memory }
      const place = await createScript(verbs[actor], actor).after(side.place, result)
      return withSide(state, actor, { ...side, place, marks: marks(call.label, result) }, after)
    }

    return {
      async begin() {
        const createSide = async (actor: 0 | 1): Promise<Side> => {
          const place = await createScript(verbs[actor], actor).start()
          return { place, status: 'running', marks: NO_MARKS }
        }
        return { memory: before, sides: [await createSide(0), await createSide(1)] }
      },
      /** Either may go on, or crash once it has begun, unless the other one has crashed. */
      choices({ sides }) {
        const running = ([0, 1] as const).filter((actor) => sides[actor].status === 'running')
        const alone = running.filter((actor) => isAlone(sides[actor]))
        const going = alone.length > 0 ? alone.slice(0, 1) : running
        const crashing = sides.some(({ status }) => status === 'crashed')
          ? []
          : going.filter((actor) => sides[actor].place.taken > 0)
        const choice = (crash: boolean) => (actor: 0 | 1) => ({ actor, crash })
        return [...going.map(choice(false)), ...crashing.map(choice(true))]
      },
      name({ sides }, { actor, crash }: Choice) {
        return crash ? `${NAMES[actor]} crashes` : `${NAMES[actor]}: ${sides[actor].place.call?.label ?? 'answer'}`
      },
      async play(state, { actor, crash }) {
        return crash
          ? withSide(state, actor, { ...state.sides[actor], status: 'crashed' }, state.memory)
          : step(state, actor)
      },
      key({ memory, sides }) {
        const told = sides.map(({ place, status, marks }) => `${place.number} ${status} ${JSON.stringify(marks)}`)
        return [...told, ...Object.values(memory).map(collectionText)].join('\n')
      },
      judge(state) {
        Object.assign(memory, state.memory)
        return check({ before, memory, parties: createParties(state), ports, service: judging })
      },
    }
  }
}
