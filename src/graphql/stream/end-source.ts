import type { SessionEnd } from '../../domain/sessions/session-end.ts'

/** The events of `sessionEnded`: one, when the session has ended. It is the only source that outlives the session. */
export class SessionEndSource implements AsyncIterable<{ sessionEnded: SessionEnd }> {
  readonly #ended: Promise<SessionEnd>

  constructor(ended: Promise<SessionEnd>) {
    this.#ended = ended
  }

  async *[Symbol.asyncIterator]() {
    yield { sessionEnded: await this.#ended }
  }
}
