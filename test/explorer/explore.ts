/**
 * Two verbs run side by side, and every call of a port waits for its turn. The search makes every order of those turns,
 * with a crash of either verb after each of its steps. Two orders that lead to the same places of the two verbs and to
 * the same documents go on alike: the rest is made once, and counted for both.
 */

/** What can happen next: one of the two goes on, or crashes. */
export interface Choice {
  readonly actor: 0 | 1
  readonly crash: boolean
}

/** Two verbs, and the ways in which they go on. */
export interface Game<State> {
  begin(): Promise<State>
  /** None when both have ended. */
  choices(state: State): readonly Choice[]
  name(state: State, choice: Choice): string
  play(state: State, choice: Choice): Promise<State>
  /** All that decides how the game goes on and how it is judged. */
  key(state: State): string
  /** What is wrong at the end, if anything. */
  judge(state: State): Promise<string | null>
}

export interface Exploration {
  /** Orders of steps and crashes: the runs that would be made one by one. */
  runs: number
  /** The states that they pass, each entered once. */
  states: number
  fault: { what: string; steps: readonly string[] } | null
}

/** Makes every order of the steps of two verbs, to the first fault. */
export async function explore<State>(game: Game<State>): Promise<Exploration> {
  const runsFrom = new Map<string, number>()
  const steps: string[] = []
  let fault: Exploration['fault'] = null

  async function follow(state: State): Promise<number> {
    const key = game.key(state)
    const counted = runsFrom.get(key)
    if (counted !== undefined) return counted
    const choices = game.choices(state)
    let runs = choices.length === 0 ? 1 : 0
    if (choices.length === 0) {
      const what = await game.judge(state)
      if (what) fault = { what, steps: [...steps] }
    }
    for (const choice of choices) {
      steps.push(game.name(state, choice))
      runs += await follow(await game.play(state, choice))
      if (fault) return runs
      steps.pop()
    }
    runsFrom.set(key, runs)
    return runs
  }

  const runs = await follow(await game.begin())
  return { runs, states: runsFrom.size, fault }
}
