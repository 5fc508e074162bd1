import { createHmac } from 'node:crypto'
import type { Ask } from '../load-requests.ts'
import type { SignedIn } from '../signed-in.ts'
import type { Facet } from './facet.ts'

/** A request of one of Facet's APIs. */
export type DialectAsk = Pick<Ask, 'method' | 'path' | 'headers' | 'expectedStatus' | 'body' | 'draws'>

/** What there is to ask for: texts of profiles that are there, by what they are. */
export interface Known extends SignedIn {
  readonly ids: readonly string[]
  readonly uids: readonly string[]
  readonly longIds: readonly string[]
  /** Of profiles that have a username: Ona shows no other. */
  readonly numbers: readonly string[]
}

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

/** One profile, as each API gives it. Oumla has no endpoint that does. */
export function getsOf(facet: Facet, known: Known) {
  const { bearer, signed } = headersOf(facet)
  const { ids, uids, longIds, numbers, tokens, accesses } = known
  return {
    nativeByReference: { ...read, path: '/facet/v1/profiles/reference:{seeded}', headers: bearer },
    nativeById: { ...read, path: '/facet/v1/profiles/{id}', headers: bearer, draws: { id: ids } },
    ocamba: { ...read, path: '/v1/hood/profiles/{longId}', headers: bearer, draws: { longId: longIds } },
    ona: {
      ...{ ...read, path: '/api/v1/profiles/{number}', headers: { authorization: 'Token {token}' } },
      draws: { number: numbers, token: tokens },
    },
    original: { ...read, path: '/v1/user/{uid}', headers: signed, draws: { uid: uids } },
    // Everyone gets their own.
    epixel: {
      ...{ ...read, path: '/api/v1/user/get/profile/' },
      ...{ headers: { apikey: facet.key, authorization: 'Bearer {access}' }, draws: { access: accesses } },
    },
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
