/**
 * Two verbs run side by side, and every call of a port waits for its turn. The search makes every order of those turns,
 * with a crash of either verb after each of its steps. A verb knows nothing but what its steps have answered, so two
 * orders that lead to the same answers and the same documents go on alike: the rest is made once, and counted for both.
 */

/** What can happen next. */
export interface Decision {
  readonly actor: number
  readonly crash: boolean
}

interface Waiting {
  readonly label: string
  take(): Promise<void>
}

/** A verb under way: it stands still at each step until it is let go on. */
export class Actor {
  readonly name: string
  /** All that the verb has asked and been told. */
  history = ''
  taken = 0
  state: 'running' | 'finished' | 'crashed' = 'running'
  #waiting: Waiting | null = null

  constructor(name: string) {
    this.name = name
  }

  /** Makes `run` one step: it is made at this actor's next turn. */
  step<T>(label: string, run: () => Promise<T>): Promise<T> {
    if (this.#waiting) throw new Error(`${this.name} makes ${label} while it waits for ${this.#waiting.label}`)
    return new Promise((resolve, reject) => {
      this.#waiting = { label, take: () => run().then(resolve, reject) }
    })
  }

  /** The step that the verb waits for. */
  get next(): string | null {
    return this.#waiting?.label ?? null
  }

  start(program: () => Promise<void>): Promise<void> {
    void program().then(() => {
      this.state = 'finished'
    })
    return this.#settled()
  }

  /** Makes the step that the verb waits for, and gives its name. */
  async take(): Promise<string> {
    const waiting = this.#waiting
    if (!waiting) throw new Error(`${this.name} waits for nothing`)
    this.#waiting = null
    this.taken += 1
    await waiting.take()
    await this.#settled()
    return waiting.label
  }

  /** Nothing here waits for a timer or a socket, so a few rounds of promises bring the verb to its next step. */
  async #settled(): Promise<void> {
    for (let round = 0; !this.#waiting && this.state === 'running'; round += 1) {
      if (round > 1000) throw new Error(`${this.name} waits for something that is no step`)
      await null
    }
  }
}

/** One run: two verbs on a world of their own. */
export interface Play {
  readonly actors: readonly [Actor, Actor]
  /** Is a step of this name in nobody's way, so that its place among the other's steps makes no difference? */
  isAlone(label: string): boolean
  /** All that decides how the run goes on and how it is judged; equal for two runs that cannot be told apart. */
  key(): string
  /** What is wrong now that both verbs have ended, if anything. */
  judge(): Promise<string | null>
}

export interface Exploration {
  /** Orders of steps and crashes. */
  orders: number
  /** Runs made for them: no state is entered twice. */
  runs: number
  fault: { what: string; steps: readonly string[] } | null
}

interface Node {
  readonly next: Node[]
  orders: number
}

/** A run to be made: to the parent by these decisions, the last of which leads on from it. */
interface Branch {
  readonly decisions: readonly Decision[]
  readonly parent: Node | null
}

/** Either may go on, or crash once it has begun, unless the other one has crashed. */
function choicesOf({ actors, isAlone }: Play): Decision[] {
  const running = [0, 1].filter((actor) => actors[actor]?.state === 'running')
  const alone = running.filter((actor) => isAlone(actors[actor]?.next ?? ''))
  const going = alone.length > 0 ? alone.slice(0, 1) : running
  const crashing = actors.some(({ state }) => state === 'crashed')
    ? []
    : going.filter((actor) => (actors[actor]?.taken ?? 0) > 0)
  return [...going.map((actor) => ({ actor, crash: false })), ...crashing.map((actor) => ({ actor, crash: true }))]
}

async function perform({ actors }: Play, { actor: index, crash }: Decision): Promise<string> {
  const actor = actors[index === 0 ? 0 : 1]
  if (!crash) return `${actor.name}: ${await actor.take()}`
  actor.state = 'crashed'
  return `${actor.name} crashes`
}

/** How many ways lead from a state to the end. */
function countOrders(node: Node): number {
  if (node.orders === 0) node.orders = node.next.reduce((sum, next) => sum + countOrders(next), 0)
  return node.orders
}

/** Makes every order of the steps of two verbs, to the first fault. */
export async function explore(begin: () => Promise<Play>): Promise<Exploration> {
  const known = new Map<string, Node>()
  const branches: Branch[] = [{ decisions: [], parent: null }]
  let root: Node | null = null
  let runs = 0

  for (let branch = branches.pop(); branch; branch = branches.pop()) {
    runs += 1
    const play = await begin()
    const steps: string[] = []
    for (const decision of branch.decisions) steps.push(await perform(play, decision))
    const decisions = [...branch.decisions]
    let parent = branch.parent
    for (;;) {
      const key = play.key()
      const old = known.get(key)
      const node = old ?? { next: [], orders: 0 }
      parent?.next.push(node)
      root ??= node
      if (old) break
      known.set(key, node)
      const [first, ...others] = choicesOf(play)
      if (!first) {
        node.orders = 1
        const what = await play.judge()
        if (what) return { orders: 0, runs, fault: { what, steps } }
        break
      }
      for (const other of others) branches.push({ decisions: [...decisions, other], parent: node })
      decisions.push(first)
      steps.push(await perform(play, first))
      parent = node
    }
  }
  return { orders: root ? countOrders(root) : 0, runs, fault: null }
}
