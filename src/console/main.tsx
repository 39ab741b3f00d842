import './styles/tokens.css'
import './styles/base.css'
import './styles/buttons.css'
import './styles/frame.css'
import './styles/surfaces.css'
import './styles/lists.css'
import './styles/forms.css'
import './styles/messages.css'
import './styles/dialogs.css'
import './styles/factors.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { buildAccent } from '../accent.ts'
import { createAuthClient } from '../client/auth-client.ts'
import { AuthProvider } from '../client/provider.tsx'
import { App } from './app.tsx'
import { watchLinkToken } from './link-token.ts'
import { settings } from './settings.ts'
import { showPreferredLocale } from './translate.ts'

watchLinkToken()
for (const [name, value] of Object.entries(buildAccent(settings.accentColor))) {
  document.documentElement.style.setProperty(name, value)
}

const authClient = createAuthClient()
const root = document.getElementById('root')
if (root) {
  await showPreferredLocale()
  createRoot(root).render(
    <StrictMode>
      <AuthProvider client={authClient}>
        <App />
      </AuthProvider>
    </StrictMode>,
  )
}
