import { test } from 'vitest'
import { between, inEveryOrder, listPairs } from './every-order.ts'
import { adminVerbs, openVerbs, sessionVerbs } from './verbs.ts'
import type { Scene } from './world.ts'

const scene = (name: string): Scene => ({ name, roles: [], crowd: 0 })

test('An ADMIN who acts on a user leaves nobody in who was signed out, whatever the order and wherever one crashes', () =>
  inEveryOrder(
    scene('an ADMIN and a user'),
    between([...sessionVerbs('own'), ...openVerbs], adminVerbs('chief', 'owner')),
  ))

test('So do two requests of an ADMIN', () => inEveryOrder(scene('one ADMIN'), listPairs(adminVerbs('chief', 'owner'))))

test('Two ADMINs never leave the service without one', () => {
  const own = [...adminVerbs('own', 'owner'), ...adminVerbs('own', 'chief'), ...sessionVerbs('own')]
  const chief = [...adminVerbs('chief', 'owner'), ...adminVerbs('chief', 'chief')]
  return inEveryOrder({ ...scene('two ADMINs'), roles: ['ADMIN'] }, between(own, chief))
})
