import 'graphiql/setup-workers/vite'
import '@graphiql/react/style.css'
import '@graphiql/plugin-doc-explorer/style.css'
import 'graphiql/graphiql.css'
import './graphiql.css'
import { GraphiQL } from 'graphiql'
import { createRoot } from 'react-dom/client'
import { fetchGraphQL } from './fetcher.ts'
import { memoryStorage } from './memory-storage.ts'
import { linkedTab, readyTabs } from './tabs.ts'

const tabs = [...linkedTab(location.search), ...readyTabs]

function Playground() {
  return (
    <GraphiQL
      fetcher={fetchGraphQL}
      storage={memoryStorage()}
      plugins={[]}
      isHeadersEditorEnabled={false}
      shouldPersistHeaders={false}
      defaultTabs={tabs}
      // The first tab's own variables are ignored in favour of these.
      initialVariables={tabs[0]?.variables ?? ''}
      defaultEditorToolsVisibility="variables"
      defaultQuery=""
    >
      <GraphiQL.Logo>Gatehouse</GraphiQL.Logo>
    </GraphiQL>
  )
}

const root = document.getElementById('graphiql')
if (root) createRoot(root).render(<Playground />)
