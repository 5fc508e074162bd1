import { describe, expect, it } from 'vitest'
import { createPasswords } from './passwords.ts'

const passwords = createPasswords({ width: 2, longest: 100 })
const password = 'lètmein-Пароль-密码'

/** Made by Django 5.2.17, its bcrypt and argon2-cffi for this test, from the password above. */
const brought = {
  'pbkdf2_sha256 as Django makes it':
    'pbkdf2_sha256$1000000$qMpxAmURaxGJZETVmXojSd$bZpolmsl5Jnsb5K4ziNLFgRER1JvULauUqgT7+dHdD0=',
  'pbkdf2_sha256 of long ago': 'pbkdf2_sha256$20000$seasalt$sDFQOC2k4+tb1jP08va7UubfLHZ9caJ7f35RroLtRS8=',
  pbkdf2_sha1: 'pbkdf2_sha1$20000$seasalt$A+aTBspKTCfQf8Jra2rUiuzsceA=',
  'argon2id as Django makes it':
    'argon2$argon2id$v=19$m=102400,t=2,p=8$M1ppTWZiSnZlSXFQRmVPZWxFbk9tRA$GZuxH753RwugJ5kc6k6j6otJWo5et4ZV+Go4mivh0Fc',
  'argon2id with other parameters':
    '$argon2id$v=19$m=512,t=1,p=1$U2TAkqfhOF9obTyfRxU2Ww$KpjJjaTONi0Ln4RBof6qgcxdOoxh+eB3BdyFTJfkQFM',
  argon2i: '$argon2i$v=19$m=512,t=2,p=2$p6dlsD5Df1KFK7oR+ERgbQ$9yzYp79Tz4nlmOeIOkwRuhtgpOu7OVhHcS0H7A7rvuo',
  'bcrypt_sha256 as Django makes it': 'bcrypt_sha256$$2b$12$JJI7yGy0cTlRgLAW4R32cenQV5rB3JWZyo0dJclFC/6l65A9nUyda',
  bcrypt_sha256: 'bcrypt_sha256$$2b$04$Imi5t/d4EroEjWRr/SvRK.0/ZngALfGc2fwGr9iManTUGisLY8hvu',
  bcrypt: 'bcrypt$$2b$04$THxXUx3rI24OTon34Qb4cOu0WHMZNzcVDQUE/P0If9uQ3YaJQxerG',
  'bcrypt with nothing before it': '$2b$04$THxXUx3rI24OTon34Qb4cOu0WHMZNzcVDQUE/P0If9uQ3YaJQxerG',
}

/** Public vectors: the reference implementation of argon2 (src/test.c), and the tests of crypt_blowfish (wrapper.c). */
const published: [hash: string, password: string][] = [
  ['$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA', 'password'],
  ['$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc', 'password'],
  ['$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW', 'U*U'],
  ['$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW', 'U*U'],
]

describe('createPasswords', () => {
  it('makes argon2id hashes of 19 MiB, two passes and one lane, each with a salt of its own', async () => {
    const [one, two] = [await passwords.hash(password), await passwords.hash(password)]
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
    expect(one).not.toBe(two)
    expect(await passwords.verify(one, password)).toEqual({ matches: true, outdated: false })
    expect(await passwords.verify(one, `${password} `)).toEqual({ matches: false, outdated: false })
  })

  it('compares passwords as they are given: another normal form is another password', async () => {
    const hash = await passwords.hash('\u00e9'.repeat(9))
    expect((await passwords.verify(hash, 'e\u0301'.repeat(9))).matches).toBe(false)
  })

  it.each(Object.entries(brought))(
    'verifies what was brought along, and calls it outdated: %s',
    async (_name, hash) => {
      expect(await passwords.verify(hash, password)).toEqual({ matches: true, outdated: true })
      expect(await passwords.verify(hash, `${password}!`)).toEqual({ matches: false, outdated: true })
      expect(await passwords.verify(hash, '')).toEqual({ matches: false, outdated: true })
    },
  )

  it.each(published)('verifies the published vector %s', async (hash, known) => {
    expect((await passwords.verify(hash, known)).matches).toBe(true)
    expect((await passwords.verify(hash, `${known}x`)).matches).toBe(false)
  })

  it('lets nothing match without a hash, or with one that it would not verify', async () => {
    for (const hash of [undefined, '', '!', 'plain', '$2b$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW']) {
      expect(await passwords.verify(hash, 'plain')).toEqual({ matches: false, outdated: false })
    }
  })

  it('refuses at once past the bound, in the order of coming otherwise, while other work goes on', async () => {
    const few = createPasswords({ width: 1, longest: 8 })
    const done: number[] = []
    const nine = Array.from({ length: 9 }, (_, i) => few.hash(`password ${i}`).then(() => done.push(i)))
    const began = performance.now()
    const refused = await few.verify(undefined, password).catch((error) => error.fault)
    expect(performance.now() - began).toBeLessThan(5)
    expect(refused).toEqual({ code: 'hashing_exhausted', retryAfterMs: expect.any(Number) })
    expect(refused.retryAfterMs).toBeGreaterThan(0)
    let beats = 0
    const beat = setInterval(() => beats++, 1)
    await Promise.all(nine)
    clearInterval(beat)
    expect(done).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
    // A hash takes some 20 ms. If the event loop waited for it, there would be one beat between two of them.
    expect(beats).toBeGreaterThan(3 * done.length)
    expect((await few.verify(await few.hash(password), password)).matches).toBe(true)
  })
})
