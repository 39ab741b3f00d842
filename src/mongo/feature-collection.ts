import type { Collection, Document } from 'mongodb'
import { getFeatureDeadline } from './deadline.ts'

/** The methods of a collection that a feature uses, with the place of their options. */
const OPTIONS_INDEX: Readonly<Record<string, number>> = {
  find: 1,
  findOne: 1,
  aggregate: 1,
  distinct: 2,
  countDocuments: 1,
  estimatedDocumentCount: 0,
  insertOne: 1,
  insertMany: 1,
  updateOne: 2,
  updateMany: 2,
  replaceOne: 2,
  deleteOne: 1,
  deleteMany: 1,
  bulkWrite: 1,
  findOneAndUpdate: 2,
  findOneAndReplace: 2,
  findOneAndDelete: 1,
}

/** Returns a collection for a feature: what its code queries during a request ends with that request. */
export function bindToDeadline<T extends Document>(collection: Collection<T>): Collection<T> {
  return new Proxy(collection, {
    get(target, name) {
      const value = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      const index = OPTIONS_INDEX[String(name)]
      return (...args: unknown[]) => {
        const deadline = getFeatureDeadline()
        if (index !== undefined && deadline) {
          if (index > 0 && args.length === 0) args.push({})
          const own = args[index] as { signal?: AbortSignal } | undefined
          const signal = own?.signal ? AbortSignal.any([own.signal, deadline.signal]) : deadline.signal
          args[index] = { ...own, signal }
        }
        return Reflect.apply(value, target, args)
      }
    },
  })
}
