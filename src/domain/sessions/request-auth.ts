import { AppError } from '../../errors.ts'
import type { Device, Viewer } from '../../model.ts'
import type { Collections } from '../../mongo/collections.ts'
import type { Deadline } from '../../mongo/deadline.ts'
import type { Report } from '../events.ts'
import type { DeviceCookie } from './device-cookie.ts'
import type { SessionCookie } from './session-cookie.ts'

/** What a request's authentication state is made from. */
export interface RequestAuthInit {
  readonly cookie: SessionCookie
  readonly deviceCookie: DeviceCookie
  readonly db: Collections
  /** When the request's queries end. */
  readonly deadline: Deadline
  /** The key under which the client's attempts are counted. */
  readonly clientKey: string
  readonly report: Report
  readDevice(): Device
  /** Whether nobody's hand is behind the request, so that it keeps no idle session alive. */
  readonly isBackground?: boolean
  /** Finds out who is signed in. */
  authenticate(auth: RequestAuth): Promise<Viewer | null>
}

/** The authentication state of one request: who is signed in, by which cookie, from which device, and the report of events. */
export class RequestAuth {
  readonly cookie: SessionCookie
  readonly deviceCookie: DeviceCookie
  readonly deadline: Deadline
  readonly clientKey: string
  /** The collections; their queries end with the request. */
  readonly db: Collections
  readonly report: Report
  readonly #init: RequestAuthInit
  #pending: Promise<Viewer | null> | null = null
  #viewer: Viewer | null | undefined
  #epoch = 0

  constructor(init: RequestAuthInit) {
    this.cookie = init.cookie
    this.deviceCookie = init.deviceCookie
    this.deadline = init.deadline
    this.clientKey = init.clientKey
    this.db = init.db
    this.report = init.report
    this.#init = init
  }

  get device(): Device {
    return this.#init.readDevice()
  }

  get isBackground(): boolean {
    return this.#init.isBackground ?? false
  }

  /** Creates the state for later work on behalf of the same session, with queries of its own deadline. */
  fork(viewer: Viewer | null, scope: { db: Collections; deadline: Deadline }): RequestAuth {
    const auth = new RequestAuth({ ...this.#init, ...scope, authenticate: async () => viewer })
    auth.#pending = Promise.resolve(viewer)
    auth.#viewer = viewer
    return auth
  }

  /** Returns who is signed in. The answer is remembered for the request, until a session begins or ends in it. */
  authenticate(): Promise<Viewer | null> {
    this.#pending ??= this.#authenticate()
    return this.#pending
  }

  async #authenticate(): Promise<Viewer | null> {
    const epoch = this.#epoch
    const viewer = await this.#init.authenticate(this)
    if (epoch === this.#epoch) this.#viewer = viewer
    return viewer
  }

  /** Who is signed in, as far as the request has asked: undefined if it has not. */
  get viewer(): Viewer | null | undefined {
    return this.#viewer
  }

  /** @throws AppError UNAUTHENTICATED where nobody is known to be signed in */
  requireViewer(): Viewer {
    if (!this.#viewer) throw new AppError('UNAUTHENTICATED')
    return this.#viewer
  }

  /** Makes the next question read everything again. */
  forgetViewer(): void {
    this.#epoch += 1
    this.#pending = null
    this.#viewer = undefined
  }

  /** Remembers who is signed in after a commit, so that the answer to it reads nothing again. */
  setViewer(viewer: Viewer): void {
    this.#epoch += 1
    this.#pending = Promise.resolve(viewer)
    this.#viewer = viewer
  }

  /** Ends the request's session: the browser's cookie is cleared, and nobody is signed in any more. */
  signOut(): void {
    this.forgetViewer()
    this.cookie.clear()
  }
}
