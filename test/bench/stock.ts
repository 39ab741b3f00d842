// The server that a tutorial ends with: Apollo Server, Express, express-session and connect-mongo with their defaults. The
// benchmark compares Gatehouse to it; nothing else uses it.
import { createServer } from 'node:http'
import { ApolloServer } from '@apollo/server'
import { ApolloServerPluginDrainHttpServer } from '@apollo/server/plugin/drainHttpServer'
import { expressMiddleware } from '@as-integrations/express5'
import MongoStore from 'connect-mongo'
import express from 'express'
import session from 'express-session'
import { type Context, client, db, resolvers, typeDefs } from './stock-schema.ts'

const app = express()
const server = createServer(app)
const apollo = new ApolloServer<Context>({
  typeDefs,
  resolvers,
  plugins: [ApolloServerPluginDrainHttpServer({ httpServer: server })],
})
await apollo.start()

app.get('/readyz', async (_request, response) => {
  await db.command({ ping: 1 })
  response.json({ status: 'ready' })
})
app.use(
  '/graphql',
  session({
    name: 'sid',
    secret: 'a secret of the benchmark, and of nothing else',
    resave: false,
    saveUninitialized: false,
    store: MongoStore.create({ client, dbName: db.databaseName }),
  }),
  express.json(),
  expressMiddleware(apollo, { context: async ({ req }) => ({ request: req }) }),
)

server.listen(Number(process.env.PORT), '127.0.0.1')
