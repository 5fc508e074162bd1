import { createHash, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import * as argon2 from '@node-rs/argon2'
import * as bcrypt from '@node-rs/bcrypt'
import { type PasswordHash, readPasswordHash } from '../../core/credentials/password-hashes.rules.ts'
import type { Passwords } from '../../core/ports.ts'
import { createBoundedQueue, type QueueBounds, shareOf, spareCores } from '../bounded-queue.ts'

/** argon2id: the second choice of RFC 9106 would take 64 MiB; this is OWASP's least, and what one hash may cost here. */
export const hashParameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1, outputLen: 32 } as const

const prefix = `$argon2id$v=19$m=${hashParameters.memoryCost},t=${hashParameters.timeCost},p=${hashParameters.parallelism}$`
const saltLength = 22
const digestLength = 43

/** What a hash takes until one was measured. */
const guessedMs = 25
/** A few seconds' worth: who would wait longer has given up by then. */
const waitingPerLane = 250

const deriveKey = promisify(pbkdf2)

/** What one of so many processes may hash at once. */
export function hashingOf(processes: number): QueueBounds {
  const width = shareOf(spareCores, processes)
  return { width, longest: waitingPerLane * width }
}

/** Hashes with argon2id, and verifies what `readPasswordHash` reads. */
export function createPasswords(bounds: QueueBounds = hashingOf(1)): Passwords {
  const queue = createBoundedQueue({ ...bounds, fault: 'hashing_exhausted', guessedMs })
  const dummy = `${prefix}${base64(16)}$${base64(hashParameters.outputLen)}`
  return {
    hash: (password) => queue.run(() => argon2.hash(password, hashParameters)),
    async verify(hash, password) {
      const read = hash === undefined ? undefined : readPasswordHash(hash)
      if (hash === undefined || read === undefined) {
        await queue.run(() => argon2.verify(dummy, password))
        return { matches: false, outdated: false }
      }
      return { matches: await queue.run(() => isMatch(read, password)), outdated: !isPresent(hash) }
    },
  }
}

function isPresent(hash: string): boolean {
  return hash.startsWith(prefix) && hash.length === prefix.length + saltLength + 1 + digestLength
}

async function isMatch(hash: PasswordHash, password: string): Promise<boolean> {
  switch (hash.scheme) {
    case 'argon2':
      return argon2.verify(hash.phc, password)
    case 'bcrypt':
      return bcrypt.verify(hash.prehashed ? createHash('sha256').update(password).digest('hex') : password, hash.hash)
    case 'pbkdf2': {
      const { salt, iterations, key, digest } = hash
      return timingSafeEqual(await deriveKey(password, salt, iterations, key.length, digest), key)
    }
  }
}

function base64(bytes: number): string {
  return randomBytes(bytes).toString('base64').replace(/=+$/, '')
}
