import { once } from 'node:events'
import { connect } from 'node:net'

/** Writes bytes to the service as they are, and returns all that comes back until the connection ends. */
export async function exchangeRaw(url: string, ...parts: (string | Uint8Array)[]): Promise<string> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname === 'localhost' ? '127.0.0.1' : hostname)
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk))
  // A reset after the answer is the server's right: it need not read the rest of what it refuses.
  socket.on('error', () => {})
  for (const part of parts) socket.write(part)
  await once(socket, 'close')
  return Buffer.concat(chunks).toString('latin1')
}

/** Builds the text of a request; a body gets its length. `Connection: close` ends the exchange with the answer. */
export function buildRawRequest(line: string, headers: readonly string[], body = ''): string {
  const length = body ? [`Content-Length: ${Buffer.byteLength(body)}`] : []
  return [`${line} HTTP/1.1`, 'Host: localhost', 'Connection: close', ...headers, ...length, '', body].join('\r\n')
}

/** Reads the status of each answer in what came back. */
export const readStatuses = (text: string): number[] =>
  [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status))
