import { createHmac } from 'node:crypto'
import type { Ask } from '../load-requests.ts'
import type { Facet } from './facet.ts'

/** A request of one of Facet's APIs. */
export type DialectAsk = Pick<Ask, 'method' | 'path' | 'headers' | 'expectedStatus' | 'body' | 'draws'>

const json = { 'content-type': 'application/json' }
const read = { method: 'GET', expectedStatus: 200 } as const

/** How each API is told who asks. */
function headersOf({ key, secret }: Facet) {
  return {
    bearer: { authorization: `Bearer ${secret}` },
    keyed: { 'x-api-key': secret },
    signed: { 'x-api-key': key, authorization: `Bearer ${signatureOf(secret)}` },
  }
}

/** Original's token: signed by the secret, for everything (contracts/original.md). */
function signatureOf(secret: string): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const input = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ user_id: '*', resource: '*', action: '*' })}`
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
}

/** A profile of the least that each API takes. Epixel makes none without a password. */
export function createsOf(facet: Facet) {
  const { bearer, keyed, signed } = headersOf(facet)
  const create = (path: string, headers: Record<string, string>, body: string): DialectAsk => {
    return { method: 'POST', path, headers: { ...headers, ...json }, body, expectedStatus: 201 }
  }
  const plain = '{"reference":"{new}","type":"User"}'
  const person = '{"username":"u{new}","email":"u{new}@example.com","name":"Ada Lovelace"}'
  return {
    oumla: create('/api/v1/profiles', keyed, plain),
    native: create('/facet/v1/profiles', bearer, plain),
    ocamba: create('/v1/hood/profiles', bearer, '{"email":"u{new}@example.com"}'),
    original: create('/v1/user', signed, '{"user_external_id":"{new}"}'),
    // Its app is found by the host.
    ona: create('/api/v1/profiles', {}, person),
  }
}

/**
 * One profile, as each API gives it; what they draw has the names of columns, and `token` and `access` of people who have signed in.
 * Oumla has no endpoint that does.
 */
export function getsOf(facet: Facet) {
  const { bearer, signed } = headersOf(facet)
  const session = { apikey: facet.key, authorization: 'Bearer {access}' }
  return {
    nativeByReference: { ...read, path: '/facet/v1/profiles/reference:{seeded}', headers: bearer },
    nativeById: { ...read, path: '/facet/v1/profiles/{id}', headers: bearer },
    ocamba: { ...read, path: '/v1/hood/profiles/{long_id}', headers: bearer },
    ona: { ...read, path: '/api/v1/profiles/{number}', headers: { authorization: 'Token {token}' } },
    original: { ...read, path: '/v1/user/{uid}', headers: signed },
    // Everyone gets their own.
    epixel: { ...read, path: '/api/v1/user/get/profile/', headers: session },
  } satisfies Record<string, DialectAsk>
}

/** Ten profiles and the exact total. */
export function listsOf(facet: Facet) {
  const { bearer, keyed } = headersOf(facet)
  return {
    oumla: { ...read, path: '/api/v1/profiles?take=10', headers: keyed },
    ocamba: { ...read, path: '/v1/hood/profiles?page=1,10', headers: bearer },
    native: { ...read, path: '/facet/v1/profiles?limit=10', headers: bearer },
  } satisfies Record<string, DialectAsk>
}
