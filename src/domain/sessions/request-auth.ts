import { AppError } from '../../errors.ts'
import type { Locale } from '../../locales.ts'
import type { Device, Viewer } from '../../model.ts'
import type { Collections } from '../../mongo/collections.ts'
import type { Deadline } from '../../mongo/deadline.ts'
import type { Report, SecurityEvent } from '../events.ts'
import type { DeviceCookie } from './device-cookie.ts'
import type { SessionCookie } from './session-cookie.ts'

/** How much longer than the request's own queries the events may take, as what follows a commit. */
const RECORD_EXTRA_MS = 700

export interface RequestAuthInit {
  readonly cookie: SessionCookie
  readonly deviceCookie: DeviceCookie
  readonly db: Collections
  readonly deadline: Deadline
  /** The key that the client's attempts are counted under. */
  readonly clientKey: string
  readonly report: Report
  /** Keeps an event; the answer waits for what it returns. */
  readonly record?: (event: SecurityEvent, device: Device) => Promise<void> | null
  readDevice(): Device
  /** The language that the client asks for, among those there are. */
  readLocale(): Locale
  /** Whether a program sent the request by itself: such requests do not keep an idle session alive. */
  readonly isBackground?: boolean
  authenticate(auth: RequestAuth): Promise<Viewer | null>
}

/** The authentication state of one request: the viewer, the cookie, the device, and the report of events. */
export class RequestAuth {
  readonly cookie: SessionCookie
  readonly deviceCookie: DeviceCookie
  readonly deadline: Deadline
  readonly clientKey: string
  /** The collections; their queries end with the request. */
  readonly db: Collections
  readonly report: Report
  readonly #init: RequestAuthInit
  readonly #writes: Promise<void>[] = []
  #pending: Promise<Viewer | null> | null = null
  #viewer: Viewer | null | undefined
  #epoch = 0

  constructor(init: RequestAuthInit) {
    this.cookie = init.cookie
    this.deviceCookie = init.deviceCookie
    this.deadline = init.deadline
    this.clientKey = init.clientKey
    this.db = init.db
    this.report = (event) => {
      init.report(event)
      const written = init.record?.(event, this.device)
      if (written) this.#writes.push(written)
    }
    this.#init = init
  }

  get device(): Device {
    return this.#init.readDevice()
  }

  get locale(): Locale {
    return this.#init.readLocale()
  }

  get isBackground(): boolean {
    return this.#init.isBackground ?? false
  }

  /** Resolves when the events of this request's changes are kept, or cannot be in time. */
  async settleEvents(): Promise<void> {
    if (this.#writes.length === 0) return
    await this.deadline
      .extend(RECORD_EXTRA_MS)
      .race(Promise.all(this.#writes))
      .catch(() => {})
  }

  /** Creates the state for later work in the same session, with a deadline of its own. */
  fork(viewer: Viewer | null, scope: { db: Collections; deadline: Deadline }): RequestAuth {
    const auth = new RequestAuth({ ...this.#init, ...scope, authenticate: async () => viewer })
    auth.#pending = Promise.resolve(viewer)
    auth.#viewer = viewer
    return auth
  }

  /** Returns the viewer. The answer is kept for the request, until a session begins or ends in it. */
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

  /** The viewer, if the request has asked already; otherwise undefined. */
  get viewer(): Viewer | null | undefined {
    return this.#viewer
  }

  /** @throws AppError UNAUTHENTICATED if no viewer is known */
  requireViewer(): Viewer {
    if (!this.#viewer) throw new AppError('UNAUTHENTICATED')
    return this.#viewer
  }

  forgetViewer(): void {
    this.#epoch += 1
    this.#pending = null
    this.#viewer = undefined
  }

  /** Sets the viewer after a commit, so that the answer needs no further read. */
  setViewer(viewer: Viewer): void {
    this.#epoch += 1
    this.#pending = Promise.resolve(viewer)
    this.#viewer = viewer
  }

  /** Clears the browser's cookie; the rest of the request has no viewer. */
  signOut(): void {
    this.forgetViewer()
    this.cookie.clear()
  }
}
