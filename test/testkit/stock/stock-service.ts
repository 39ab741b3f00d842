/**
 * The service that a tutorial ends with: express, express-session and connect-mongo with their defaults. The tests
 * run the same steps on it and on Gatehouse, so that each failure that Gatehouse avoids is seen to be real.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import MongoStore from 'connect-mongo'
import express, { type ErrorRequestHandler } from 'express'
import session from 'express-session'
import { MongoClient } from 'mongodb'

declare module 'express-session' {
  interface SessionData {
    stockUser?: string
    writes?: number
  }
}

export const STOCK_SESSIONS = 'stockSessions'

export interface StockService {
  url: string
  /** Counts the requests that failed after their headers were sent. */
  countLateFailures(): number
  close(): Promise<void>
}

/** Starts it on a port of its own. `secure` is what guides tell people to set in production. */
export async function startStockService(mongoUrl: string, { secure = false } = {}): Promise<StockService> {
  const client = await MongoClient.connect(mongoUrl)
  const store = MongoStore.create({ client, dbName: client.db().databaseName, collectionName: STOCK_SESSIONS })
  let lateFailures = 0
  const answerError: ErrorRequestHandler = (_error, _request, response, _next) => {
    if (response.headersSent) lateFailures += 1
    else response.status(500).json({ error: true })
  }
  const app = express()
  app.use(express.json())
  app.use(
    session({ name: 'sid', secret: 'a secret', resave: false, saveUninitialized: false, store, cookie: { secure } }),
  )
  app.post('/login', (request, response, next) => {
    request.session.regenerate((failed) => {
      if (failed) return next(failed)
      request.session.stockUser = request.body.email
      request.session.save((unsaved) => (unsaved ? next(unsaved) : response.json({ user: request.body.email })))
    })
  })
  app.post('/login-without-save', (request, response) => {
    request.session.stockUser = request.body.email
    response.json({ user: request.body.email })
  })
  app.post('/logout', (request, response) => {
    request.session.destroy(() => {
      response.clearCookie('sid')
      response.json({ ended: true })
    })
  })
  app.post('/me', (request, response) => {
    response.json({ user: request.session.stockUser ?? null })
  })
  app.post('/write', (request, response) => {
    request.session.writes = (request.session.writes ?? 0) + 1
    response.json({ writes: request.session.writes })
  })
  app.use(answerError)

  const server = createServer(app)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    countLateFailures: () => lateFailures,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await client.close()
    },
  }
}
