import type { Request, Response } from 'express'
import { readDevice } from '../domain/devices.ts'
import type { Asker, Sessions } from '../domain/sessions.ts'
import { createAttachment } from './attachment.ts'
import { reportOf } from './request-log.ts'
import { type SlotParts, sessionSlot } from './session.ts'

/** Gives each request one asker: who asks is found out once, whoever wants to know. */
export function createAskerOf(sessions: Pick<Sessions, 'asker'>, slotParts: SlotParts): (request: Request) => Asker {
  const askers = createAttachment<Asker>('asker')
  return (request) => {
    const device = () => readDevice(request.headers['user-agent'], request.ip)
    return (
      askers.of(request) ??
      askers.attach(
        request,
        sessions.asker(sessionSlot(request, request.res as Response, slotParts), device, reportOf(request)),
      )
    )
  }
}
