import type { CDPSession, Page } from 'playwright-core'

/** An authenticator that Chromium takes for a real one, for the page that it was added to. */
export interface VirtualAuthenticator {
  /** The passkeys that it keeps. */
  listCredentials(): Promise<Credential[]>
  /** Puts a passkey of another authenticator into it: a clone, where that one kept it. */
  addCredential(credential: Credential): Promise<void>
  /** Says whether the user who is asked to show who they are does. */
  setUserVerified(isUserVerified: boolean): Promise<void>
  /** Says whether the user touches it when they are asked to. */
  setPresence(isPresent: boolean): Promise<void>
  remove(): Promise<void>
}

type Credential = Awaited<ReturnType<typeof getCredentials>>[number]

const getCredentials = async (session: CDPSession, authenticatorId: string) =>
  (await session.send('WebAuthn.getCredentials', { authenticatorId })).credentials

/** Adds an authenticator with resident keys, like the one of a phone or a laptop. */
export async function addVirtualAuthenticator(
  page: Page,
  { canVerifyUser = true }: { canVerifyUser?: boolean } = {},
): Promise<VirtualAuthenticator> {
  const session = await page.context().newCDPSession(page)
  await session.send('WebAuthn.enable')
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: canVerifyUser,
      isUserVerified: canVerifyUser,
      automaticPresenceSimulation: true,
    },
  })
  return {
    listCredentials: () => getCredentials(session, authenticatorId),
    async addCredential(credential) {
      await session.send('WebAuthn.addCredential', { authenticatorId, credential })
    },
    async setUserVerified(isUserVerified) {
      await session.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified })
    },
    async setPresence(enabled) {
      await session.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled })
    },
    async remove() {
      await session.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId })
      await session.detach()
    },
  }
}
