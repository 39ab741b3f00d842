/** What the service tells its pages. */
export interface PageSettings {
  serviceName: string
  /** As #rrggbb. */
  accentColor: string
  /** In code points. */
  minPasswordLength: number
  /** Origins, besides the page's own, that `returnTo` may lead to. */
  returnOrigins: readonly string[]
  /** Who may create an account. */
  signup: 'open' | 'invited' | 'closed'
  graphiql: boolean
  isDevelopment: boolean
}

const DEFAULTS: PageSettings = {
  serviceName: 'Gatehouse',
  accentColor: '#0f766e',
  minPasswordLength: 15,
  returnOrigins: [],
  signup: 'open',
  graphiql: false,
  isDevelopment: false,
}

function readSettings(): PageSettings {
  const text = document.querySelector<HTMLMetaElement>('meta[name="gatehouse-settings"]')?.content ?? '{}'
  return { ...DEFAULTS, ...JSON.parse(text) }
}

export const settings = readSettings()
