import { afterAll, beforeAll, onTestFinished } from 'vitest'
import { type Service, type ServiceOptions, startService } from './service.ts'

/** One service for all tests of a block; its parts are there once the block runs. */
export function sharedService(options: ServiceOptions = {}): () => Service {
  let service: Service | undefined
  beforeAll(async () => {
    service = await startService(options)
  })
  afterAll(() => service?.close())
  return () => {
    if (!service) throw new Error('The service is there once the tests run.')
    return service
  }
}

/** A service for this test alone. */
export async function ownService(options: ServiceOptions = {}): Promise<Service> {
  const service = await startService(options)
  onTestFinished(() => service.close())
  return service
}
