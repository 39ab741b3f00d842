import { setTimeout } from 'node:timers/promises'
import { MongoClient } from 'mongodb'
import type { Instances } from './instances.ts'

const FREEZE_MS = 3_000
const STEP_DOWN_SECONDS = 5

/** Something that goes wrong in a data centre. */
export interface Fault {
  readonly name: string
  run(): Promise<void>
}

/** MongoDB ends connections when its primary steps down, which is no failure of the command. */
const ignore = () => {}

async function stepDown(uri: string): Promise<void> {
  const client = new MongoClient(uri, { serverSelectionTimeoutMS: 5_000 })
  await client.db('admin').command({ replSetStepDown: STEP_DOWN_SECONDS, force: true }).catch(ignore)
  await client.close()
}

/** Stops a database's process for a while: it is there, and answers nothing. */
async function freeze(pids: readonly number[]): Promise<void> {
  const pid = pids[Math.floor(Math.random() * pids.length)]
  if (pid === undefined) return
  process.kill(pid, 'SIGSTOP')
  await setTimeout(FREEZE_MS)
  process.kill(pid, 'SIGCONT')
}

const isReplicaSet = async (uri: string): Promise<boolean> => {
  const client = new MongoClient(uri)
  const { setName } = await client.db('admin').command({ hello: 1 })
  await client.close()
  return setName !== undefined
}

/** Lists the faults that can be had here. `pids` are those of the database's processes, where they run on this machine. */
export async function listFaults(uri: string, pids: readonly number[], instances: Instances): Promise<Fault[]> {
  return [
    { name: 'an instance is killed', run: () => instances.crash() },
    ...((await isReplicaSet(uri)) ? [{ name: 'the primary steps down', run: () => stepDown(uri) }] : []),
    ...(pids.length > 0 ? [{ name: 'a database process hangs', run: () => freeze(pids) }] : []),
  ]
}
