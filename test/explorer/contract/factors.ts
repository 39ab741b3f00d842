import { expect } from 'vitest'
import type { FactorFields, PendingTotp, StoredPasskey, StoredTotp } from '../../../src/mongo/factor-document.ts'
import type { FactorChange, Proof } from '../../../src/mongo/factors.ts'
import type { Ports } from '../ports.ts'
import { ago, NOW } from '../world.ts'
import { add as addUsers, ann, ben, ending, wrong } from './ann-and-ben.ts'
import { ANN, BEN, type Cases, NOBODY, promise } from './kit.ts'

const NONE = { passkeys: 0, totpSince: null }
const SOME = { passkeys: 0, totpSince: NOW }
const passkey: StoredPasskey = {
  ...{ id: 'p', credentialId: 'AAAA', publicKey: '', counter: 2, transports: [], name: 'Laptop', rpId: 'localhost' },
  ...{ backupEligible: false, synced: false, loginCapable: true, createdAt: NOW, lastUsedAt: null },
}
const pending: PendingTotp = { secret: 'secret', handle: 'h', expires: NOW }
const totp: StoredTotp = { secret: 'secret', keyId: 'k', lastStep: 5, since: NOW }
const change = (fields: Partial<FactorChange> = {}): FactorChange => ({
  ...{ factorsChangedAt: NOW, ending: null, recoveryCodes: null },
  ...fields,
})
const code = (step: number): Proof => ({ kind: 'TOTP', since: NOW, step, encrypted: { secret: 'new', keyId: 'n' } })
const recovery = (hash: string): Proof => ({ kind: 'RECOVERY_CODE', hash })

/** Adds Ann with a verified address, and Ben. */
async function add(ports: Ports): Promise<void> {
  await addUsers(ports)
  await ports.users.updateById(ANN, { emailVerified: true })
}

/** Gives Ann an authenticator app and two recovery codes as well. */
async function addApp(ports: Ports): Promise<void> {
  await add(ports)
  await ports.factors.setPendingTotp(ann, pending)
  expect(await ports.factors.confirmTotp(ann, NONE, pending, totp, change({ recoveryCodes: ['a', 'b'] }))).toBe(true)
}

const APP: FactorFields = { totp, recoveryCodes: ['a', 'b'] }

/** A write on Ann's app that is refused, and changes nothing. */
const refused = (name: string, write: (factors: Ports['factors']) => Promise<boolean>) =>
  promise(name, async (ports) => {
    await addApp(ports)
    const before = await ports.users.findById(ANN)
    expect(await write(ports.factors)).toBe(false)
    expect(await ports.factors.find(ANN)).toEqual(APP)
    expect(await ports.users.findById(ANN)).toEqual(before)
  })

export const factorCases: Cases<Ports['factors']> = {
  find: [
    promise('gives what there is, and nothing for nobody', async (ports) => {
      await addApp(ports)
      expect(await ports.factors.find(ANN)).toEqual(APP)
      expect(await ports.factors.find(NOBODY)).toEqual({})
    }),
  ],
  countTry: [
    promise('counts one try of two that have read the same', async (ports) => {
      await addApp(ports)
      expect(await ports.factors.countTry(ANN, 'factorFailures', 0, NOW, null)).toBe(true)
      expect(await ports.factors.countTry(ANN, 'factorFailures', 0, NOW, null)).toBe(false)
      expect(await ports.factors.countTry(ANN, 'factorFailures', 1, NOW, null)).toBe(true)
      expect(await ports.factors.find(ANN)).toEqual({ ...APP, factorFailures: 2 })
      expect(await ports.factors.countTry(NOBODY, 'factorFailures', 0, NOW, null)).toBe(false)
    }),
    promise('counts none before the time to wait is over', async (ports) => {
      await addApp(ports)
      expect(await ports.factors.countTry(ANN, 'recoveryFailures', 0, ago(1), NOW)).toBe(true)
      expect(await ports.factors.countTry(ANN, 'recoveryFailures', 1, ago(1), null)).toBe(false)
      expect(await ports.factors.countTry(ANN, 'recoveryFailures', 1, NOW, null)).toBe(true)
    }),
  ],
  spend: [
    promise('spends a step once, and none before it, and forgets the failures', async (ports) => {
      await addApp(ports)
      await ports.factors.countTry(ANN, 'recoveryFailures', 0, ago(1), NOW)
      expect(await ports.factors.spend(ann, code(6), { lastLoginAt: NOW })).toBe(true)
      const after = { totp: { ...totp, secret: 'new', keyId: 'n', lastStep: 6 }, recoveryCodes: ['a', 'b'] }
      expect(await ports.factors.find(ANN)).toEqual({ ...after, factorFailures: 0 })
      expect((await ports.users.findById(ANN))?.lastLoginAt).toEqual(NOW)
      expect(await ports.factors.spend(ann, code(6))).toBe(false)
      expect(await ports.factors.spend(ann, code(5))).toBe(false)
      expect(await ports.factors.spend(ann, code(7))).toBe(true)
    }),
    promise('spends a recovery code once', async (ports) => {
      await addApp(ports)
      expect(await ports.factors.spend(ann, recovery('a'), { reauthenticatedAt: NOW })).toBe(true)
      expect(await ports.factors.find(ANN)).toEqual({
        ...{ totp, recoveryCodes: ['b'], factorFailures: 0 },
        reauthenticatedAt: NOW,
      })
      expect(await ports.factors.spend(ann, recovery('a'))).toBe(false)
    }),
    promise('takes a passkey whose counter has grown, or has none', async (ports) => {
      await add(ports)
      await ports.factors.addPasskey(ann, NONE, passkey, change())
      const proof = (counter: number, isBound = true): Proof => ({
        ...{ kind: 'PASSKEY', id: 'p', counter, isBound, synced: true, usedAt: NOW },
      })
      expect(await ports.factors.spend(ann, proof(2))).toBe(false)
      expect(await ports.factors.spend(ann, proof(3))).toBe(true)
      expect(await ports.factors.spend(ann, proof(3))).toBe(false)
      expect(await ports.factors.spend(ann, proof(0))).toBe(false)
      expect(await ports.factors.spend(ann, proof(0, false))).toBe(true)
      expect(await ports.factors.spend(ann, proof(0))).toBe(true)
      const used = { ...passkey, counter: 0, synced: true, lastUsedAt: NOW }
      expect(await ports.factors.find(ANN)).toEqual({ passkeys: [used], factorFailures: 0 })
    }),
    refused('refuses another generation', (factors) => factors.spend(wrong, code(6))),
    refused('refuses another app', (factors) => factors.spend(ann, { ...code(6), since: ago(1) } as Proof)),
  ],
  setPendingTotp: [
    promise('keeps a secret, in place of another, for a verified address', async (ports) => {
      await addUsers(ports)
      expect(await ports.factors.setPendingTotp(ann, pending)).toBe(false)
      await ports.users.updateById(ANN, { emailVerified: true })
      expect(await ports.factors.setPendingTotp(ann, { ...pending, secret: 'first' })).toBe(true)
      expect(await ports.factors.setPendingTotp(ann, pending)).toBe(true)
      expect(await ports.factors.setPendingTotp(wrong, { ...pending, secret: 'third' })).toBe(false)
      expect(await ports.factors.find(ANN)).toEqual({ totpPending: pending })
      expect((await ports.users.findById(ANN))?.secondFactor).toBe(false)
    }),
  ],
  confirmTotp: [
    promise('makes the app a factor, and ends the sessions where it is the first', async (ports) => {
      await add(ports)
      await ports.factors.setPendingTotp(ann, pending)
      const planned = change({ ending, recoveryCodes: ['a', 'b'] })
      expect(await ports.factors.confirmTotp(ann, NONE, pending, totp, planned)).toBe(true)
      expect(await ports.factors.find(ANN)).toEqual(APP)
      expect(await ports.users.findById(ANN)).toEqual({
        ...{ ...ann, emailVerified: true, ...ending },
        ...{ secondFactor: true, factorsChangedAt: NOW },
      })
    }),
    refused('refuses a secret that does not wait', (factors) =>
      factors.confirmTotp(ann, SOME, pending, totp, change()),
    ),
    promise('refuses where the factors are not as read', async (ports) => {
      await add(ports)
      await ports.factors.setPendingTotp(ann, pending)
      expect(await ports.factors.confirmTotp(ann, SOME, pending, totp, change())).toBe(false)
      expect(await ports.factors.confirmTotp(wrong, NONE, pending, totp, change())).toBe(false)
    }),
  ],
  removeTotp: [
    promise('removes it, with the codes where nothing is left', async (ports) => {
      await addApp(ports)
      expect(await ports.factors.removeTotp(ann, SOME, change({ ending, recoveryCodes: [] }))).toBe(true)
      expect(await ports.factors.find(ANN)).toEqual({ recoveryCodes: [] })
      expect(await ports.users.findById(ANN)).toMatchObject({ secondFactor: false, ...ending })
    }),
    refused('refuses another generation', (factors) => factors.removeTotp(wrong, SOME, change())),
    refused('refuses where the factors are not as read', (factors) => factors.removeTotp(ann, NONE, change())),
  ],
  addPasskey: [
    promise('adds it for a verified address, once', async (ports) => {
      await addUsers(ports)
      expect(await ports.factors.addPasskey(ann, NONE, passkey, change())).toBe(false)
      await ports.users.updateById(ANN, { emailVerified: true })
      expect(await ports.factors.addPasskey(ann, SOME, passkey, change())).toBe(false)
      expect(await ports.factors.addPasskey(wrong, NONE, passkey, change())).toBe(false)
      expect(await ports.factors.addPasskey(ann, NONE, passkey, change({ ending }))).toBe(true)
      expect(await ports.factors.find(ANN)).toEqual({ passkeys: [passkey] })
      expect(await ports.users.findById(ANN)).toMatchObject({ secondFactor: true, ...ending })
    }),
    promise('fails with one that another user has', async (ports) => {
      await add(ports)
      await ports.users.updateById(BEN, { emailVerified: true })
      await ports.factors.addPasskey(ann, NONE, passkey, change())
      await expect(ports.factors.addPasskey(ben, NONE, { ...passkey, id: 'q' }, change())).rejects.toThrow('E11000')
    }),
  ],
  removePasskey: [
    promise('removes it', async (ports) => {
      await add(ports)
      await ports.factors.addPasskey(ann, NONE, passkey, change())
      const one = { ...NONE, passkeys: 1 }
      expect(await ports.factors.removePasskey(ann, NONE, 'p', change())).toBe(false)
      expect(await ports.factors.removePasskey(ann, one, 'another', change())).toBe(false)
      expect(await ports.factors.removePasskey(ann, one, 'p', change({ ending }))).toBe(true)
      expect(await ports.factors.find(ANN)).toEqual({ passkeys: [] })
      expect(await ports.users.findById(ANN)).toMatchObject({ secondFactor: false, ...ending })
    }),
  ],
  replaceRecoveryCodes: [
    promise('replaces them all', async (ports) => {
      await addApp(ports)
      expect(await ports.factors.replaceRecoveryCodes(ann, SOME, change({ recoveryCodes: ['c'] }))).toBe(true)
      expect(await ports.factors.find(ANN)).toEqual({ totp, recoveryCodes: ['c'] })
    }),
    refused('refuses where the factors are not as read', (factors) =>
      factors.replaceRecoveryCodes(ann, NONE, change({ recoveryCodes: ['c'] })),
    ),
  ],
  reset: [
    promise('takes all factors and tokens, whatever the version, but for the handle', async (ports) => {
      await addApp(ports)
      await ports.factors.setUserHandle(ANN, 'handle')
      const planned = { ...ending, passwordHash: 'none', factorsChangedAt: NOW }
      expect(await ports.factors.reset(ANN, planned)).toBe(true)
      expect(await ports.factors.find(ANN)).toEqual({ webauthnUserId: 'handle' })
      expect(await ports.users.findById(ANN)).toMatchObject({
        ...{ ...ann, emailVerified: true, ...planned },
        ...{ tokens: {}, secondFactor: false },
      })
      expect(await ports.factors.reset(NOBODY, planned)).toBe(false)
    }),
  ],
  setUserHandle: [
    promise('gives one to who has none', async (ports) => {
      await add(ports)
      expect(await ports.factors.setUserHandle(ANN, 'first')).toBe(true)
      expect(await ports.factors.setUserHandle(ANN, 'second')).toBe(false)
      expect(await ports.factors.setUserHandle(NOBODY, 'x')).toBe(false)
      expect(await ports.factors.find(ANN)).toEqual({ webauthnUserId: 'first' })
    }),
  ],
}
