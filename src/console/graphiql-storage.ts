/**
 * GraphiQL saves every tab as it is typed, passwords in variables included. This storage keeps the tabs for as long as the
 * browser's tab is open, so that a reload loses nothing, and leaves out whatever is secret.
 */

/** The names of what is never kept, in variables as in a query's own arguments. */
const SECRET_NAME = /password|token|secret|proof|code/i
const SECRET_ARGUMENT =
  /(\w*(?:password|token|secret|proof|code)\w*\s*:\s*)(?:"""[\s\S]*?(?:"""|$)|"(?:[^"\\\n]|\\.)*(?:"|$))/gi

const withoutSecretValues = (_key: string, value: unknown): unknown => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, SECRET_NAME.test(name) ? '' : inner]))
}

/** Variables without secrets; nothing of a text that is not JSON yet, since nobody can tell what is in it. */
export function redactVariables(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), withoutSecretValues, 2)
  } catch {
    return ''
  }
}

/** A query without the secrets that were written into it. */
export const redactQuery = (text: string): string => text.replace(SECRET_ARGUMENT, '$1""')

interface StoredTab {
  query?: string | null
  variables?: string | null
}

const redactTab = (tab: StoredTab): StoredTab => ({
  ...tab,
  query: tab.query ? redactQuery(tab.query) : null,
  variables: tab.variables ? redactVariables(tab.variables) : null,
})

function redactTabs(text: string): string {
  const state: { tabs: StoredTab[] } = JSON.parse(text)
  return JSON.stringify({ ...state, tabs: state.tabs.map(redactTab) })
}

const TABS_KEY = 'graphiql:tabState'

/** The tab that was open before a reload; null where there was none. */
export function readActiveTab(): StoredTab | null {
  const stored = sessionStorage.getItem(TABS_KEY)
  if (stored === null) return null
  const { tabs, activeTabIndex }: { tabs: StoredTab[]; activeTabIndex: number } = JSON.parse(stored)
  return tabs[activeTabIndex] ?? null
}

/** Forgets the tabs, since a link asks for another start. */
export const forgetStoredTabs = (): void => sessionStorage.removeItem(TABS_KEY)

/** The storage for GraphiQL: its tabs go to sessionStorage without secrets, all else is forgotten with the page. */
export function createGraphiqlStorage() {
  const memory = new Map<string, string>()
  return {
    get length() {
      return memory.size
    },
    getItem: (key: string) => (key === TABS_KEY ? sessionStorage.getItem(key) : (memory.get(key) ?? null)),
    setItem(key: string, value: string) {
      if (key === TABS_KEY) sessionStorage.setItem(key, redactTabs(value))
      else memory.set(key, value)
    },
    removeItem(key: string) {
      if (key === TABS_KEY) sessionStorage.removeItem(key)
      else memory.delete(key)
    },
    clear() {
      sessionStorage.removeItem(TABS_KEY)
      memory.clear()
    },
  }
}
