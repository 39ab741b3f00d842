import { afterAll, afterEach, beforeAll, onTestFinished } from 'vitest'
import { type ProxiedService, startProxiedService } from './mongo/proxied-service.ts'
import { type Service, type ServiceOptions, startService } from './service.ts'

/** Starts something before the first test of a file and closes it after the last one. */
export function provideForFile<T extends { close(): Promise<void> }>(start: () => Promise<T>): () => T {
  let started: T | undefined
  beforeAll(async () => {
    started = await start()
  })
  afterAll(() => started?.close())
  return () => {
    if (!started) throw new Error('It is there once the tests run.')
    return started
  }
}

/** Provides one service for all tests of a file. */
export const provideService = (options: ServiceOptions = {}): (() => Service) =>
  provideForFile(() => startService(options))

/** Provides one service behind a proxy for all tests of a file; after each test the proxy lets everything pass again. */
export function provideProxiedService(options: ServiceOptions = {}): () => ProxiedService {
  const service = provideForFile(() => startProxiedService(options))
  afterEach(() => service().proxy.restore())
  return service
}

/** Starts a service for one test, and closes it with the test. */
export async function startOwnService(options: ServiceOptions = {}): Promise<Service> {
  const service = await startService(options)
  onTestFinished(() => service.close())
  return service
}

/** Starts a service behind a proxy for one test, and closes it with the test. */
export async function startOwnProxiedService(
  options: Parameters<typeof startProxiedService>[0] = {},
): Promise<ProxiedService> {
  const service = await startProxiedService(options)
  onTestFinished(() => service.close())
  return service
}
