import { ApolloLink } from '@apollo/client'
import { finalize } from 'rxjs'

/** Knows which mutations of this page are under way. Each may be about to change the cookie. */
export class RunningMutations {
  readonly #running = new Set<Promise<void>>()

  /** The link that watches them. */
  readonly link = new ApolloLink((operation, forward) => {
    if (operation.operationType !== 'mutation') return forward(operation)
    let end = () => {}
    const running = new Promise<void>((resolve) => {
      end = resolve
    })
    this.#running.add(running)
    return forward(operation).pipe(
      finalize(() => {
        this.#running.delete(running)
        end()
      }),
    )
  })

  /** Resolves when all that are under way have been answered. */
  async settle(): Promise<void> {
    await Promise.all(this.#running)
  }
}
