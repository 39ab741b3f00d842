// The fastest of the peers: mercurius on Fastify, with @fastify/session and the same store. Its packages are installed where the
// benchmark keeps what it has compiled, not with those of Gatehouse.
import fastifyCookie from '@fastify/cookie'
import fastifySession from '@fastify/session'
import MongoStore from 'connect-mongo'
import Fastify from 'fastify'
import mercurius from 'mercurius'
import { client, db, resolvers, typeDefs } from './stock-schema.js'

const app = Fastify()
app.get('/readyz', async () => {
  await db.command({ ping: 1 })
  return { status: 'ready' }
})
app.register(fastifyCookie)
app.register(fastifySession, {
  cookieName: 'sid',
  secret: 'a secret of the benchmark, and of nothing else',
  cookie: { secure: false },
  saveUninitialized: false,
  store: MongoStore.create({ client, dbName: db.databaseName }),
})
app.register(mercurius, { schema: typeDefs, resolvers, jit: 1, context: (request) => ({ request }) })
await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' })
