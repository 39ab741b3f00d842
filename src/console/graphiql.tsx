import 'graphiql/setup-workers/vite'
import '@graphiql/react/style.css'
import '@graphiql/plugin-doc-explorer/style.css'
import 'graphiql/graphiql.css'
import './graphiql.css'
import { GraphiQL } from 'graphiql'
import { createRoot } from 'react-dom/client'
import { fetchGraphQL } from './fetcher.ts'
import { createGraphiqlStorage, forgetStoredTabs, readActiveTab } from './graphiql-storage.ts'
import { linkedTab, readyTabs } from './tabs.ts'

const linked = linkedTab(location.search)
if (linked.length > 0) {
  forgetStoredTabs()
  // So that a reload brings back what was typed since, and not the link.
  history.replaceState(null, '', location.pathname)
}
const restored = readActiveTab()
const tabs = [...linked, ...readyTabs]

function Playground() {
  return (
    <GraphiQL
      fetcher={fetchGraphQL}
      storage={createGraphiqlStorage()}
      plugins={[]}
      isHeadersEditorEnabled={false}
      shouldPersistHeaders={false}
      defaultTabs={tabs}
      // GraphiQL ignores what an open tab holds in favour of these, and finds the tab again by them.
      {...(restored ? { initialQuery: restored.query ?? '' } : {})}
      initialVariables={(restored ?? tabs[0])?.variables ?? ''}
      defaultEditorToolsVisibility="variables"
      defaultQuery=""
    >
      <GraphiQL.Logo>
        <a href="/">Gatehouse</a>
      </GraphiQL.Logo>
    </GraphiQL>
  )
}

const root = document.getElementById('graphiql')
if (root) createRoot(root).render(<Playground />)
