/**
 * The threat: a link to our login page leads on to a page that looks like ours and asks for the password again. So
 * `returnTo` leads to a path of these pages' origin, or below an origin that the service's settings name.
 */
import { settings } from './settings.ts'

const STORAGE_KEY = 'gatehouse:returnTo'

/** The address that a page may lead back to; null where it names none, or one that is not allowed. */
export function parseReturnTo(value: string | null, origins: readonly string[], own: string): URL | null {
  if (value === null || !URL.canParse(value, own)) return null
  const url = new URL(value, own)
  const isPath = value.startsWith('/') && url.origin === own
  const isListed = /^https?:\/\//.test(value) && (url.origin === own || origins.includes(url.origin))
  return (isPath || isListed) && url.username === '' && url.password === '' ? url : null
}

/** Reads `returnTo` from the page's query. */
export function readReturnTo(search: string): URL | null {
  return parseReturnTo(new URLSearchParams(search).get('returnTo'), settings.returnOrigins, location.origin)
}

/** Adds the page's own `returnTo` to a path, so that it survives the steps in between. */
export function keepReturnTo(path: string, search: string): string {
  const target = readReturnTo(search)
  return target ? `${path}?${new URLSearchParams({ returnTo: shorten(target) })}` : path
}

const shorten = (url: URL) => (url.origin === location.origin ? url.pathname + url.search + url.hash : url.href)

/** Keeps where to go until the link of a mail is opened, which is another tab. */
export function rememberReturnTo(search: string): void {
  const target = readReturnTo(search)
  if (target) localStorage.setItem(STORAGE_KEY, shorten(target))
}

/** The query with which the page of a mail's link leads on to the login; empty where nothing was kept. */
export function recallReturnTo(): string {
  const kept = localStorage.getItem(STORAGE_KEY)
  return kept === null ? '' : `?${new URLSearchParams({ returnTo: kept })}`
}

/** Leads on: within the pages by `navigate`, elsewhere by the browser. */
export function leaveTo(target: URL | null, navigate: (path: string) => void, isPage: (path: string) => boolean): void {
  localStorage.removeItem(STORAGE_KEY)
  if (!target) navigate('/')
  else if (target.origin === location.origin && isPage(target.pathname)) navigate(shorten(target))
  else location.replace(target)
}
