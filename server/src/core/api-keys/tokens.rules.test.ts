import { createHmac, createPrivateKey, generateKeyPairSync, sign } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mint } from './api-keys.rules.ts'
import { verifyToken } from './tokens.rules.ts'

// Tokens are signed here by hand, so that no test asks the library what the library thinks.

const secret = mint('sk', 'sandbox')
const now = new Date('2026-11-25T12:00:00.900Z')
const nowSeconds = Math.floor(now.getTime() / 1000)
const claims = { resource: '*', action: '*', user_id: '*' }
const hs256 = { alg: 'HS256', typ: 'JWT' }

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

function hmac(key: string | Buffer, input: string, hash = 'sha256'): string {
  return createHmac(hash, key).update(input).digest('base64url')
}

function signed(payload: unknown, header: object = hs256, key: string | Buffer = secret, hash = 'sha256'): string {
  const input = `${encode(header)}.${encode(payload)}`
  return `${input}.${hmac(key, input, hash)}`
}

async function expectRefused(token: string, key = secret): Promise<void> {
  await expect(verifyToken(key, token, now), token).rejects.toMatchObject({ fault: { code: 'credentials_invalid' } })
}

describe('verifyToken takes', () => {
  it('the published vector: key `key`, secret `secret`', async () => {
    const vector =
      'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJyZXNvdXJjZSI6IioiLCJhY3Rpb24iOiIqIiwidXNlcl9pZCI6IioiLCJhcGlfa2V5Ijoia2V5In0.iCogVjQ1vnt7MJ2BoHkcRB0ox5cE6gKQbEkd6cgGtPI'
    expect(await verifyToken('secret', vector, now)).toEqual({ ...claims, api_key: 'key' })
    await expectRefused(vector, 'Secret')
    await expectRefused(vector, 'key')
  })

  it('a token signed with the bytes of the whole secret, prefix and checksum included', async () => {
    expect(await verifyToken(secret, signed(claims), now)).toEqual(claims)
    await expectRefused(signed(claims, hs256, secret.slice('sk_sandbox_'.length)))
    await expectRefused(signed(claims, hs256, secret.slice(0, -6)))
    await expectRefused(signed(claims, hs256, Buffer.from(secret, 'base64url')))
  })

  it('any claims, none, and headers without a type', async () => {
    for (const payload of [{}, { aud: 'x', iss: 5, nested: { a: [1] } }, { iat: nowSeconds + 60 }]) {
      expect(await verifyToken(secret, signed(payload), now)).toEqual(payload)
    }
    expect(await verifyToken(secret, signed(claims, { alg: 'HS256' }), now)).toEqual(claims)
  })

  it('`exp` and `nbf` to the second, without tolerance', async () => {
    for (const times of [{ exp: nowSeconds + 1 }, { nbf: nowSeconds }, { nbf: nowSeconds - 1, exp: nowSeconds + 1 }]) {
      expect(await verifyToken(secret, signed({ ...claims, ...times }), now)).toEqual({ ...claims, ...times })
    }
    for (const times of [{ exp: nowSeconds }, { exp: nowSeconds - 1 }, { exp: 0 }, { nbf: nowSeconds + 1 }]) {
      await expectRefused(signed({ ...claims, ...times }))
    }
    for (const times of [{ exp: `${nowSeconds + 60}` }, { exp: null }, { nbf: '0' }, { nbf: [] }]) {
      await expectRefused(signed({ ...claims, ...times }))
    }
  })
})

describe('verifyToken refuses', () => {
  it.each(['none', 'None', 'NONE', 'nOnE', '', null, undefined, ['HS256'], 'hs256', 'HS256 '])(
    'the algorithm %j, with a signature and without',
    async (alg) => {
      const token = signed(claims, { alg, typ: 'JWT' })
      await expectRefused(token)
      await expectRefused(token.slice(0, token.lastIndexOf('.') + 1))
      await expectRefused(token.slice(0, token.lastIndexOf('.')))
    },
  )

  it.each([
    ['HS384', 'sha384'],
    ['HS512', 'sha512'],
    ['HS256', 'sha384'],
    ['HS512', 'sha256'],
  ])('the algorithm %s with the right secret and %s', async (alg, hash) => {
    await expectRefused(signed(claims, { alg, typ: 'JWT' }, secret, hash))
  })

  it.each(['RS256', 'PS256', 'ES256', 'EdDSA', 'RS512'])(
    '%s, signed by anybody’s key or by the secret',
    async (alg) => {
      const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
      const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
      const input = `${encode({ alg, typ: 'JWT' })}.${encode(claims)}`
      const byKey = `${input}.${sign('sha256', Buffer.from(input), createPrivateKey(privateKey.export({ type: 'pkcs8', format: 'pem' }))).toString('base64url')}`
      await expectRefused(byKey)
      await expectRefused(signed(claims, { alg, typ: 'JWT' }))
      await expectRefused(signed(claims, { alg, typ: 'JWT' }, pem))
      // Key confusion: even where the secret were a public key, only HS256 is spoken.
      await expectRefused(byKey, pem)
    },
  )

  it('a token signed with another secret, with the public half of a pair, or with nothing', async () => {
    for (const key of [mint('sk', 'sandbox'), mint('pk', 'sandbox'), secret.replace('sk_', 'pk_'), '', ' ', 'secret']) {
      await expectRefused(signed(claims, hs256, key))
    }
  })

  it('a key that the token brings along or points to', async () => {
    const own = Buffer.alloc(32, 1)
    const jwk = { kty: 'oct', k: own.toString('base64url'), alg: 'HS256' }
    const pointers = [
      { jwk },
      { kid: '/dev/null' },
      { kid: "' union select 'x" },
      { jku: 'https://evil.example/keys' },
      { x5u: 'https://evil.example/x' },
      { x5c: ['MA=='] },
    ]
    for (const pointer of pointers) {
      await expectRefused(signed(claims, { ...hs256, ...pointer }, own))
      await expectRefused(signed(claims, { ...hs256, ...pointer }, ''))
      // With the right secret they mean nothing.
      expect(await verifyToken(secret, signed(claims, { ...hs256, ...pointer }), now)).toEqual(claims)
    }
  })

  it('critical headers, and payloads that are not encoded', async () => {
    for (const header of [
      { crit: ['exp'], exp: 1 },
      { crit: ['x'], x: 1 },
      { crit: [] },
      { crit: 'b64' },
      { crit: ['b64'], b64: false },
      { crit: ['b64'], b64: true, x: 1, alg: 'none' },
    ]) {
      await expectRefused(signed(claims, { ...hs256, ...header }))
    }
    const header = encode({ ...hs256, crit: ['b64'], b64: false })
    const raw = JSON.stringify(claims)
    await expectRefused(`${header}.${raw}.${hmac(secret, `${header}.${raw}`)}`)
  })

  it('a payload that is no JSON object', async () => {
    for (const payload of [[], null, 'x', 5, true]) await expectRefused(signed(payload))
    for (const bytes of [Buffer.from('{'), Buffer.from(''), Buffer.of(0xff, 0xfe), Buffer.from('{"a":1}x')]) {
      const input = `${encode(hs256)}.${bytes.toString('base64url')}`
      await expectRefused(`${input}.${hmac(secret, input)}`)
    }
  })

  it('a token with any one character changed', async () => {
    const token = signed(claims)
    for (let place = 0; place < token.length - 1; place++) {
      const other = token[place] === 'A' ? 'B' : 'A'
      await expectRefused(token.slice(0, place) + other + token.slice(place + 1))
    }
    for (const cut of [1, 2, 10, 43, 44]) await expectRefused(token.slice(0, -cut))
  })

  it('parts of other tokens put together, and shapes of other standards', async () => {
    const [header, payload, signature] = signed(claims).split('.')
    const [, otherPayload] = signed({ ...claims, api_key: 'other' }).split('.')
    await expectRefused(`${header}.${otherPayload}.${signature}`)
    await expectRefused(`${header}.${payload}.${signature}.`)
    await expectRefused(`${header}.${payload}..${signature}`)
    await expectRefused(`.${payload}.${signature}`)
    const jwe = encode({ alg: 'dir', enc: 'A256GCM' })
    await expectRefused(`${jwe}..AAAAAAAAAAAAAAAA.${payload}.AAAAAAAAAAAAAAAAAAAAAA`)
    await expectRefused(JSON.stringify({ protected: header, payload, signature }))
  })

  it('anything else, and never fails in another way', async () => {
    const part = fc.oneof(
      fc.base64String(),
      fc.json().map((text) => Buffer.from(text).toString('base64url')),
      fc.string(),
    )
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => parts.join('.')),
      fc.tuple(fc.json(), fc.json()).map(([header, payload]) => {
        const input = `${Buffer.from(header).toString('base64url')}.${Buffer.from(payload).toString('base64url')}`
        return `${input}.${hmac(secret, input)}`
      }),
    )
    await fc.assert(
      fc.asyncProperty(texts, (text) => expectRefused(text)),
      { numRuns: 500 },
    )
  })

  it('without a trace of secret or token in what it throws', async () => {
    const error: Error = await verifyToken(secret, signed({ ...claims, exp: 1 }), now).catch((thrown) => thrown)
    const all = JSON.stringify([error, error.message, error.stack, error.cause])
    expect(all).not.toContain(secret)
    expect(all).not.toContain(encode(claims).slice(0, 20))
  })
})
