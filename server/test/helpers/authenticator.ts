import { createHash, createSign, generateKeyPairSync, randomBytes } from 'node:crypto'

/** What an authenticator has done when it answered (WebAuthn Level 3, 6.1): it was touched, and knows its person. */
const presentAndVerified = 0x05
const withCredential = 0x40

export interface AuthenticatorOptions {
  readonly origin: string
  readonly domain: string
  /** Whether it makes sure of its person; a bare security key only notices that it was touched. */
  readonly verifies?: boolean
}

/** An authenticator with one passkey (ES256), in the place of a browser and its device. */
export function newAuthenticator({ origin, domain, verifies = true }: AuthenticatorOptions) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const credentialId = randomBytes(16)
  const id = credentialId.toString('base64url')
  const flags = verifies ? presentAndVerified : 0x01
  let counter = 0

  const clientData = (type: string, challenge: string) => Buffer.from(JSON.stringify({ type, challenge, origin }))

  function authenticatorData(more: number, tail = Buffer.alloc(0)): Buffer {
    const count = Buffer.alloc(4)
    count.writeUInt32BE(++counter)
    const domainHash = createHash('sha256').update(domain).digest()
    return Buffer.concat([domainHash, Buffer.of(flags | more), count, tail])
  }

  return {
    id,
    /** Answers `navigator.credentials.create`, as JSON. */
    register(challenge: string) {
      const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
      // COSE_Key (RFC 9052) of P-256 for ES256, in CBOR.
      const key = Buffer.concat([
        Buffer.from('a5010203262001215820', 'hex'),
        Buffer.from(x, 'base64url'),
        Buffer.from('225820', 'hex'),
        Buffer.from(y, 'base64url'),
      ])
      const credential = Buffer.concat([Buffer.alloc(16), Buffer.of(0, credentialId.length), credentialId, key])
      const data = authenticatorData(withCredential, credential)
      // {fmt: 'none', attStmt: {}, authData: …} in CBOR.
      const head = Buffer.from('a363666d74646e6f6e656761747453746d74a068617574684461746158', 'hex')
      const attestationObject = Buffer.concat([head, Buffer.of(data.length), data])
      return {
        id,
        rawId: id,
        type: 'public-key',
        clientExtensionResults: {},
        response: {
          clientDataJSON: clientData('webauthn.create', challenge).toString('base64url'),
          attestationObject: attestationObject.toString('base64url'),
          transports: ['internal'],
        },
      }
    },
    /** Answers `navigator.credentials.get`, as JSON. */
    answer(challenge: string) {
      const [data, client] = [authenticatorData(0), clientData('webauthn.get', challenge)]
      const signed = Buffer.concat([data, createHash('sha256').update(client).digest()])
      return {
        id,
        rawId: id,
        type: 'public-key',
        clientExtensionResults: {},
        response: {
          clientDataJSON: client.toString('base64url'),
          authenticatorData: data.toString('base64url'),
          signature: createSign('sha256').update(signed).sign(privateKey).toString('base64url'),
        },
      }
    },
    /** Puts the counter back, as a copy of the authenticator would have it. */
    rewind() {
      counter = 0
    },
  }
}
