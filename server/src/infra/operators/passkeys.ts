import type { Passkeys } from '../../core/ports.ts'

type Library = typeof import('@simplewebauthn/server')
type Registration = Parameters<Library['verifyRegistrationResponse']>[0]['response']
type Authentication = Parameters<Library['verifyAuthenticationResponse']>[0]['response']

/** Passkeys that stay with their authenticator and make sure of their person: they need neither an e-mail nor a password beside them. */
const selection = { residentKey: 'required', userVerification: 'required' } as const

/** EdDSA, ES256 and RS256 (IANA COSE Algorithms). Said, since the library else tries out what Node calls experimental. */
const supportedAlgorithmIDs = [-8, -7, -257]

/** Passkeys (WebAuthn). What judges them is loaded at the first call: it takes a tenth of a second. */
export function createPasskeys(): Passkeys {
  let loaded: Promise<Library> | undefined
  const library = () => {
    loaded ??= import('@simplewebauthn/server')
    return loaded
  }

  return {
    async registrationOptions({ domain }, challenge, { id, email, name, known }) {
      return (await library()).generateRegistrationOptions({
        rpName: 'Facet',
        rpID: domain,
        userID: new Uint8Array(Buffer.from(id.replaceAll('-', ''), 'hex')),
        userName: email,
        userDisplayName: name,
        challenge: new Uint8Array(challenge),
        excludeCredentials: known.map((credentialId) => ({ id: credentialId })),
        authenticatorSelection: selection,
        supportedAlgorithmIDs,
      })
    },
    async verifyRegistration({ origin, domain }, challenge, response) {
      const { verifyRegistrationResponse } = await library()
      const { registrationInfo } = await orRefused(
        verifyRegistrationResponse({
          response: response as Registration,
          expectedChallenge: challenge,
          expectedOrigin: origin,
          expectedRPID: domain,
          requireUserVerification: true,
          supportedAlgorithmIDs,
        }),
      )
      if (registrationInfo === undefined) return undefined
      const { id, publicKey, counter, transports = [] } = registrationInfo.credential
      return { credentialId: id, publicKey: Buffer.from(publicKey), counter, transports }
    },
    async authenticationOptions({ domain }, challenge) {
      return (await library()).generateAuthenticationOptions({
        rpID: domain,
        challenge: new Uint8Array(challenge),
        userVerification: 'required',
      })
    },
    async verifyAuthentication({ origin, domain }, challenge, response, { credentialId, publicKey, counter }) {
      const { verifyAuthenticationResponse } = await library()
      const { verified, authenticationInfo } = await orRefused(
        verifyAuthenticationResponse({
          response: response as Authentication,
          expectedChallenge: challenge,
          expectedOrigin: origin,
          expectedRPID: domain,
          credential: { id: credentialId, publicKey: new Uint8Array(publicKey), counter },
          requireUserVerification: true,
        }),
      )
      return verified === true ? authenticationInfo?.newCounter : undefined
    },
  }
}

/** The library throws for most answers that do not fit, and says so in others. */
async function orRefused<T extends object>(verified: Promise<T>): Promise<Partial<T>> {
  try {
    return await verified
  } catch {
    return {}
  }
}
