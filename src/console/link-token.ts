/**
 * The threat: a token in the address bar is copied, bookmarked, or read over a shoulder. So the fragment of a mail's link
 * is read once, kept in memory, and wiped from the address.
 */
import { createStore } from '../client/store.ts'

const store = createStore<string | null>(null)

function take(): void {
  const token = new URLSearchParams(location.hash.slice(1)).get('token')
  if (token === null) return
  history.replaceState(history.state, '', location.pathname + location.search)
  store.set(token)
}

/** Takes the token of the link that led here, and of any that is pasted into this tab later. */
export function watchLinkToken(): void {
  take()
  window.addEventListener('hashchange', take)
}

export const linkToken = store
