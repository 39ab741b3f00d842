import type { RequestHandler } from 'express'

/** Cuts the port off an address as proxies write it: `203.0.113.7:51008`, `[2001:db8::1]:443`. */
function dropPort(address: string): string {
  if (address.startsWith('[')) return address.slice(1).split(']', 1)[0] ?? ''
  const [host = '', ...rest] = address.split(':')
  return rest.length === 1 ? host : address
}

/** Makes X-Forwarded-For a list of plain addresses: Express takes a port for a part of the address, and trusts none with one. */
export const readForwardedAddresses: RequestHandler = (request, _response, next) => {
  const { 'x-forwarded-for': forwarded } = request.headers
  if (typeof forwarded === 'string') {
    request.headers['x-forwarded-for'] = forwarded
      .split(',')
      .map((address) => dropPort(address.trim()))
      .join(', ')
  }
  next()
}
