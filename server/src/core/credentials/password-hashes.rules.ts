/** A stored hash that can be verified: how, and with what. */
export type PasswordHash =
  | { readonly scheme: 'argon2'; readonly phc: string }
  | { readonly scheme: 'bcrypt'; readonly hash: string; readonly prehashed: boolean }
  | {
      readonly scheme: 'pbkdf2'
      readonly digest: 'sha256' | 'sha1'
      readonly iterations: number
      readonly salt: string
      readonly key: Buffer
    }

/** The column's length. */
const longest = 255
/** What one verification may cost, so that no hash is a denial of service: each about half a second to a second. */
const limits = {
  argon2MemoryKib: 262_144,
  argon2Work: 1_048_576,
  argon2Lanes: 16,
  bcryptCost: 14,
  iterations: 2_000_000,
}
const least = { argon2SaltBytes: 8, argon2Bytes: 16, bcryptCost: 4 }

const argon2Form =
  /^\$argon2(?:id|i)\$v=19\$m=([1-9]\d{0,8}),t=([1-9]\d{0,3}),p=([1-9]\d{0,2})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/
const bcryptForm = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/
const pbkdf2Form = /^pbkdf2_(sha256|sha1)\$([1-9]\d{0,8})\$([^$]+)\$([A-Za-z0-9+/]+=?)$/
const keyBytes = { sha256: 32, sha1: 20 } as const

/**
 * Reads a hash: a PHC string of argon2id or argon2i, a bcrypt hash, or one of Django's forms (`pbkdf2_sha256$…`,
 * `pbkdf2_sha1$…`, `bcrypt$…`, `bcrypt_sha256$…`, `argon2$…`). Undefined for any other, and for one that would cost too
 * much to verify.
 */
export function readPasswordHash(text: string): PasswordHash | undefined {
  if (text.length > longest) return undefined
  if (text.startsWith('pbkdf2_')) return readPbkdf2(text)
  if (text.startsWith('bcrypt_sha256$')) return readBcrypt(text.slice('bcrypt_sha256$'.length), true)
  if (text.startsWith('bcrypt$')) return readBcrypt(text.slice('bcrypt$'.length), false)
  if (text.startsWith('argon2$')) return readArgon2(text.slice('argon2'.length))
  return text.startsWith('$2') ? readBcrypt(text, false) : readArgon2(text)
}

function readArgon2(phc: string): PasswordHash | undefined {
  const [, memory, passes, lanes, salt = '', hash = ''] = argon2Form.exec(phc) ?? []
  const memoryKib = Number(memory)
  const fits =
    memoryKib <= limits.argon2MemoryKib &&
    memoryKib * Number(passes) <= limits.argon2Work &&
    memoryKib >= 8 * Number(lanes) &&
    Number(lanes) <= limits.argon2Lanes &&
    bytesOf(salt) >= least.argon2SaltBytes &&
    bytesOf(hash) >= least.argon2Bytes
  return fits ? { scheme: 'argon2', phc } : undefined
}

function readBcrypt(hash: string, prehashed: boolean): PasswordHash | undefined {
  const cost = Number(bcryptForm.exec(hash)?.[1])
  return cost >= least.bcryptCost && cost <= limits.bcryptCost ? { scheme: 'bcrypt', hash, prehashed } : undefined
}

function readPbkdf2(text: string): PasswordHash | undefined {
  const [, name, count, salt = '', base64 = ''] = pbkdf2Form.exec(text) ?? []
  const digest = name === 'sha1' ? 'sha1' : 'sha256'
  const [iterations, key] = [Number(count), Buffer.from(base64, 'base64')]
  // A key that is shorter than its digest would be matched by others than the password too.
  if (!(iterations <= limits.iterations) || key.length !== keyBytes[digest]) return undefined
  return { scheme: 'pbkdf2', digest, iterations, salt, key }
}

/** How many bytes are written as base64 without padding; 0 when the text is none as it must be written. */
function bytesOf(base64: string): number {
  const bytes = Buffer.from(base64, 'base64')
  return bytes.toString('base64').replace(/=+$/, '') === base64 ? bytes.length : 0
}
