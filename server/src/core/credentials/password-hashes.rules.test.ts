import { describe, expect, it } from 'vitest'
import { readPasswordHash } from './password-hashes.rules.ts'

const argon2 = (parameters: string, salt = 'c29tZXNhbHQ', hash = 'CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc') =>
  `$argon2id$v=19$${parameters}$${salt}$${hash}`
const bcrypt = (cost: string, prefix = '2b') => `$${prefix}$${cost}$${'C'.repeat(53)}`
const pbkdf2 = (iterations: string | number, key = Buffer.alloc(32).toString('base64'), name = 'sha256') =>
  `pbkdf2_${name}$${iterations}$seasalt$${key}`

describe('readPasswordHash', () => {
  it('reads each form, and what other systems put before it', () => {
    const phc = argon2('m=65536,t=2,p=1')
    expect(readPasswordHash(phc)).toEqual({ scheme: 'argon2', phc })
    expect(readPasswordHash(`argon2${phc}`)).toEqual({ scheme: 'argon2', phc })
    for (const prefix of ['2a', '2b', '2y']) {
      const hash = bcrypt('12', prefix)
      expect(readPasswordHash(hash)).toEqual({ scheme: 'bcrypt', hash, prehashed: false })
      expect(readPasswordHash(`bcrypt$${hash}`)).toEqual({ scheme: 'bcrypt', hash, prehashed: false })
      expect(readPasswordHash(`bcrypt_sha256$${hash}`)).toEqual({ scheme: 'bcrypt', hash, prehashed: true })
    }
    expect(readPasswordHash(pbkdf2(1_000_000))).toMatchObject({ scheme: 'pbkdf2', digest: 'sha256', salt: 'seasalt' })
    const sha1 = pbkdf2(20_000, Buffer.alloc(20).toString('base64'), 'sha1')
    expect(readPasswordHash(sha1)).toMatchObject({ scheme: 'pbkdf2', digest: 'sha1', iterations: 20_000 })
  })

  it('takes what may cost a verification up to a second or so, and nothing dearer', () => {
    for (const hash of [argon2('m=102400,t=2,p=8'), argon2('m=262144,t=4,p=16'), bcrypt('14'), pbkdf2(2_000_000)]) {
      expect(readPasswordHash(hash), hash).toBeDefined()
    }
    const dear = [
      argon2('m=262145,t=1,p=1'),
      argon2('m=262144,t=5,p=1'),
      argon2('m=19456,t=9999,p=1'),
      argon2('m=4194304,t=1,p=1'),
      argon2('m=19456,t=2,p=17'),
      argon2('m=19456,t=2,p=255'),
      argon2('m=999999999999,t=1,p=1'),
      bcrypt('15'),
      bcrypt('31'),
      pbkdf2(2_000_001),
      pbkdf2('99999999999'),
    ]
    for (const hash of dear) expect(readPasswordHash(hash), hash).toBeUndefined()
  })

  it('refuses what others than the password could match, or what is broken', () => {
    const refused = [
      '',
      'plain text',
      '!',
      'md5$salt$5f4dcc3b5aa765d61d8327deb882cf99',
      'sha1$salt$5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8',
      'scrypt$16384$salt$8$1$aaaa',
      argon2('m=19456,t=2,p=1').replace('argon2id', 'argon2d'),
      argon2('m=19456,t=2,p=1').replace('v=19', 'v=16'),
      argon2('m=19456,t=2,p=1', 'c2FsdA'),
      argon2('m=19456,t=2,p=1', 'c29tZXNhbHQ', 'AAAA'),
      argon2('m=19456,t=2,p=1', 'c29tZXNhbHR'),
      argon2('m=4,t=2,p=1'),
      argon2('m=019456,t=2,p=1'),
      argon2('t=2,m=19456,p=1'),
      `${argon2('m=19456,t=2,p=1')}\n`,
      bcrypt('03'),
      bcrypt('12', '2x'),
      `${bcrypt('12')}C`,
      'bcrypt_sha256$',
      pbkdf2(0),
      pbkdf2('1e3'),
      pbkdf2(20_000, Buffer.alloc(31).toString('base64')),
      pbkdf2(20_000, ''),
      pbkdf2(20_000, Buffer.alloc(32).toString('base64'), 'md5'),
      'pbkdf2_sha256$20000$$sDFQOC2k4+tb1jP08va7UubfLHZ9caJ7f35RroLtRS8=',
      `pbkdf2_sha256$20000$${'s'.repeat(250)}$sDFQOC2k4+tb1jP08va7UubfLHZ9caJ7f35RroLtRS8=`,
    ]
    for (const hash of refused) expect(readPasswordHash(hash), hash).toBeUndefined()
  })
})
