import {
  type CipherKey,
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto'
import type { Keys, Sealer } from '../../core/ports.ts'

const algorithm = 'aes-256-gcm'
const version = 1
const saltBytes = 16
const nonceBytes = 12
const tagBytes = 16
const headerBytes = 1 + saltBytes + nonceBytes + tagBytes

/** A key of 32 bytes, its public id, and a value that proves its possession without giving it away. */
export interface CredentialsKey extends Keys {
  readonly id: string
  readonly check: Buffer
  /** The 32 bytes that all this is made of: given to the processes that serve HTTP, where there are several. */
  readonly master: Buffer
  /** 32 bytes that open webhook secrets and nothing else: what the worker process is given instead of the master key. */
  readonly webhooksKey: Buffer
  /** 32 bytes that open mail that waits to be sent and nothing else: given to the worker process too. */
  readonly mailKey: Buffer
}

/** Makes the sealing key from 32 bytes. Throws RangeError for any other length. */
export function createCredentialsKey(master: Buffer): CredentialsKey {
  if (master.length !== 32) throw new RangeError('A master key has 32 bytes')
  // Separate keys for separate uses, so that no published value says anything of the sealing key.
  const sealing = derive(master, '', 'facet seal v1')
  const proof = derive(master, '', 'facet check v1')
  const webhooksKey = derive(master, '', 'facet webhooks v1')
  const mailKey = derive(master, '', 'facet mail v1')
  // An object made once: from bytes, each hash takes four times as long.
  const hashing = createSecretKey(derive(master, '', 'facet hash v1'))
  const check = createHmac('sha256', proof).update('check').digest()
  return {
    id: createHmac('sha256', proof).update('id').digest('hex').slice(0, 16),
    check,
    master,
    webhooksKey,
    webhooks: createSealer(webhooksKey),
    mailKey,
    mail: createSealer(mailKey),
    hash: (purpose, text) =>
      createHmac('sha256', hashing)
        .update(JSON.stringify([purpose, text]))
        .digest(),
    ...createLastingSealer(sealing),
  }
}

/** Seals under a key of 32 bytes, which its owner may clear, and clears what it derives of it. Throws RangeError for any other length. */
export function createSealer(sealing: Buffer): Sealer {
  if (sealing.length !== 32) throw new RangeError('A sealing key has 32 bytes')
  return sealerWith((salt, use) => withValueKey(sealing, salt, use))
}

/** The same under a key that stays as long as the process. Objects made of keys are cleared nobody knows when, and halve the time. */
function createLastingSealer(sealing: Buffer): Sealer {
  const key = createSecretKey(sealing)
  return sealerWith((salt, use) => use(withValueKey(key, salt, createSecretKey)))
}

/** A key for each value: under one key, random nonces may not be drawn more than 2^32 times (NIST SP 800-38D, 8.3). */
function withValueKey<T>(sealing: Buffer | KeyObject, salt: Buffer, use: (key: Buffer) => T): T {
  const key = derive(sealing, salt, 'facet value v1')
  try {
    return use(key)
  } finally {
    key.fill(0)
  }
}

function sealerWith(withKeyOf: <T>(salt: Buffer, use: (key: CipherKey) => T) => T): Sealer {
  return {
    seal(purpose, rowId, plain) {
      const random = randomBytes(saltBytes + nonceBytes)
      const [salt, nonce] = [random.subarray(0, saltBytes), random.subarray(saltBytes)]
      const cipher = withKeyOf(salt, (key) => createCipheriv(algorithm, key, nonce))
      cipher.setAAD(associated(purpose, rowId))
      const body = Buffer.concat([cipher.update(plain), cipher.final()])
      return Buffer.concat([Buffer.of(version), random, cipher.getAuthTag(), body])
    },
    open(purpose, rowId, sealed) {
      if (sealed[0] !== version) throw new Error('Sealed by an unknown version')
      const salt = sealed.subarray(1, 1 + saltBytes)
      const nonce = sealed.subarray(1 + saltBytes, 1 + saltBytes + nonceBytes)
      const tag = sealed.subarray(1 + saltBytes + nonceBytes, headerBytes)
      const decipher = withKeyOf(salt, (key) => createDecipheriv(algorithm, key, nonce, { authTagLength: tagBytes }))
      decipher.setAAD(associated(purpose, rowId)).setAuthTag(tag)
      // In this mode nothing is left for the end but the proof: what is given is the only copy, for whoever has to clear it.
      const plain = decipher.update(sealed.subarray(headerBytes))
      decipher.final()
      return plain
    },
  }
}

/** Whether a stored check value is this key's. */
export function matches(key: CredentialsKey, stored: { readonly id: string; readonly check: Buffer }): boolean {
  return key.id === stored.id && key.check.length === stored.check.length && timingSafeEqual(key.check, stored.check)
}

function derive(secret: Buffer | KeyObject, salt: Buffer | '', use: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, salt, use, 32))
}

function associated(purpose: string, rowId: string): Buffer {
  return Buffer.from(JSON.stringify([purpose, rowId]))
}
