import { IncomingMessage, type ServerOptions, ServerResponse } from 'node:http'
import express, { type Express } from 'express'

/** An Express app, and the classes of its server's requests and responses. */
export interface ExpressApp {
  app: Express
  messageClasses: Required<Pick<ServerOptions, 'IncomingMessage' | 'ServerResponse'>>
}

/**
 * Creates an Express app and the classes of its server's messages, which have the app's prototypes. Express gives each message
 * them otherwise, and an object whose prototype was changed is slow for the rest of its life: a third of the CPU of a request.
 */
export function createExpress(): ExpressApp {
  const app = express()
  class ExpressRequest extends IncomingMessage {}
  class ExpressResponse<Request extends IncomingMessage = IncomingMessage> extends ServerResponse<Request> {}
  Object.setPrototypeOf(ExpressRequest.prototype, app.request)
  Object.setPrototypeOf(ExpressResponse.prototype, app.response)
  Object.assign(app, { request: ExpressRequest.prototype, response: ExpressResponse.prototype })
  return { app, messageClasses: { IncomingMessage: ExpressRequest, ServerResponse: ExpressResponse } }
}
