import { createHmac } from 'node:crypto'
import type { LightMyRequestResponse } from 'fastify'
import { getPersonTokens } from '../../src/core/credentials/profile-tokens.service.ts'
import { beginSession } from '../../src/core/credentials/sessions.service.ts'
import { inTx } from '../../src/core/transactions.ts'
import type { TestApi, TestTenant } from '../helpers/api.ts'

/** What a scenario tells of a person; each dialect takes the facts that it has a place for. */
export interface Facts {
  readonly reference?: string
  readonly email?: string
  readonly phone?: string
  readonly fullName?: string
  readonly username?: string
}

export type Fact = keyof Facts

/** The ids of one profile, as the dialects know it. */
export interface Ids {
  readonly id: string
  readonly uid: string
  readonly longId: string
  readonly number: string
  readonly reference: string | null
}

/** What a dialect does for a scenario: its clients' own calls, and what they read out of the answers. */
export interface DialectFace {
  readonly name: string
  /** The facts that it can set and show. */
  readonly facts: readonly Fact[]
  /** The facts without which it makes no profile; its face makes some up where a scenario has none. */
  readonly needs?: readonly Fact[]
  /** The fact without which it shows no profile. */
  readonly identity?: Fact
  /** Makes a profile; the caller looks at the answer. */
  make(tenant: TestTenant, facts: Facts): Promise<LightMyRequestResponse>
  /** The facts that it shows of the profile, those that are not set left out; undefined when it shows no such profile. */
  see(tenant: TestTenant, ids: Ids): Promise<Facts | undefined>
  /** How it answers that it made one: 201 where nothing is said. */
  readonly made?: number
  /** How it refuses an identifier that another profile has. */
  readonly duplicate: number
}

/** Every dialect that exists. */
export function facesOf(api: TestApi): readonly DialectFace[] {
  const call = callerOf(api)
  return [
    {
      name: 'native',
      facts: ['reference', 'email', 'phone', 'fullName', 'username'],
      make: (tenant, facts) => call('POST', '/facet/v1/profiles', bearer(tenant), facts),
      async see(tenant, { id }) {
        const answer = await call('GET', `/facet/v1/profiles/${id}`, bearer(tenant))
        const { reference, email, phone, fullName, username } = answer.json()
        return answer.statusCode === 200 ? setOf({ reference, email, phone, fullName, username }) : undefined
      },
      duplicate: 409,
    },
    {
      name: 'oumla',
      facts: ['reference'],
      make: (tenant, { reference }) => call('POST', '/api/v1/profiles', keyed(tenant), { reference, type: 'User' }),
      async see(tenant, ids) {
        const { profiles } = (await call('GET', '/api/v1/profiles?take=100', keyed(tenant))).json()
        // It has no other identity to show where no reference is set.
        const shown = profiles.find(({ reference }: Facts) => reference === (ids.reference ?? ids.id))
        return shown && setOf({ reference: ids.reference === null ? null : shown.reference })
      },
      duplicate: 404,
    },
    {
      name: 'ocamba',
      facts: ['email', 'phone', 'fullName'],
      make: (tenant, { email, phone, fullName }) =>
        call('POST', '/v1/hood/profiles', bearer(tenant), {
          ...{ email, mobile_phone_number: phone, full_name: fullName },
        }),
      async see(tenant, { longId }) {
        const answer = await call('GET', `/v1/hood/profiles/${longId}`, bearer(tenant))
        if (answer.statusCode !== 200) return undefined
        const { email, mobile_phone_number: phone, full_name: fullName } = answer.json().items[0]
        return setOf({ email, phone, fullName })
      },
      duplicate: 400,
    },
    {
      name: 'original',
      facts: ['reference', 'email'],
      make: (tenant, { reference, email }) =>
        call('POST', '/v1/user', signed(tenant), { user_external_id: reference, email }),
      async see(tenant, { uid }) {
        const answer = await call('GET', `/v1/user/${uid}`, signed(tenant))
        if (answer.statusCode !== 200) return undefined
        const { user_external_id: reference, email } = answer.json().data
        return setOf({ reference, email })
      },
      duplicate: 400,
    },
    onaFace(call),
    epixelFace(call),
  ]
}

export type Call = (
  method: 'GET' | 'POST',
  url: string,
  headers: Record<string, string>,
  body?: object,
) => Promise<LightMyRequestResponse>

/** Calls the server under test. */
export function callerOf(api: TestApi): Call {
  return (method, url, headers, body) =>
    api.server.inject({
      method,
      url,
      headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { payload: JSON.stringify(body) }),
    })
}

/** The secret of a key as a bearer. */
export const bearer = ({ apiKey }: TestTenant) => ({ authorization: `Bearer ${apiKey.secret}` })

/** The secret of a key in a header of its own. */
export const keyed = ({ apiKey }: TestTenant) => ({ 'x-api-key': apiKey.secret })

/** The public half of a key, and a token signed with the other. */
export const signed = ({ apiKey }: TestTenant) => ({
  'x-api-key': apiKey.key,
  authorization: `Bearer ${tokenOf(apiKey.secret)}`,
})

function onaFace(call: Call): DialectFace {
  return {
    name: 'ona',
    facts: ['username', 'email', 'fullName'],
    needs: ['username', 'email', 'fullName'],
    identity: 'username',
    make(tenant, { username = anew(), email = `${anew()}@example.com`, fullName = 'Nobody' }) {
      return call('POST', '/api/v1/profiles', atHost(tenant), { username, email, name: fullName })
    },
    async see(tenant, { id, number }) {
      const path = `/api/v1/profiles/${number}`
      if ((await call('GET', path, atHost(tenant))).statusCode !== 200) return undefined
      // It shows an e-mail to its owner alone.
      const { permanent } = await getPersonTokens(tenant.ctx, id)
      const answer = await call('GET', path, { ...atHost(tenant), authorization: `Token ${permanent}` })
      const { username, email, name: fullName } = answer.json()
      return setOf({ username, email, fullName })
    },
    duplicate: 400,
  }
}

function epixelFace(call: Call): DialectFace {
  const named = ({ apiKey }: TestTenant) => ({ apikey: apiKey.key })
  return {
    name: 'epixel',
    facts: ['username', 'email', 'phone', 'fullName'],
    needs: ['username', 'email', 'phone', 'fullName'],
    made: 200,
    make(tenant, { username = anew(), email = `${anew()}@example.com`, phone = anewNumber(), fullName = 'No Body' }) {
      const [first_name, last_name] = fullName.split(' ')
      const agreed = { password: 'plum-Orchard-77', agree_terms: '1', user_type: 'customer', country_code: 'DE' }
      const fields = { username, email, phone_number: phone, first_name, last_name, ...agreed }
      return call('POST', '/api/v1/user/signup/', named(tenant), fields)
    },
    async see(tenant, { id }) {
      // Only its own person sees a profile, who is there as long as it is.
      const session = await inTx({ ...tenant.ctx, now: new Date() }, (tx) => beginSession(tx, id)).catch(
        () => undefined,
      )
      const authorization = `Bearer ${session?.access}`
      const answer = await call('GET', '/api/v1/user/get/profile/', { ...named(tenant), authorization })
      if (answer.statusCode !== 200) return undefined
      const [shown] = answer.json().data.UserProfile
      const fullName = `${shown.first_name} ${shown.last_name}`.trim()
      return setOf({
        username: shown.username,
        email: shown.email,
        phone: shown.phone_code + shown.phone_number,
        fullName,
      })
    },
    duplicate: 400,
  }
}

/** Where a dialect finds the app of a tenant that it has no key of. */
export function hostOf({ ctx }: TestTenant): string {
  return `${ctx.appId}.example.com`
}

const atHost = (tenant: TestTenant) => ({ host: hostOf(tenant) })

let made = 0
/** A name that nobody has. */
const anew = () => `somebody.${++made}`
const anewNumber = () => `+4930${String(++made).padStart(7, '9')}`

/** The facts among these. */
export function pick(facts: Facts, names: readonly Fact[]): Facts {
  return Object.fromEntries(Object.entries(facts).filter(([name]) => names.includes(name as Fact)))
}

/** Empty is null in one dialect and an empty text in another. */
function setOf(shown: Partial<Record<Fact, string | null>>): Facts {
  return Object.fromEntries(Object.entries(shown).filter(([, value]) => value !== null && value !== ''))
}

function tokenOf(secret: string): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const input = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ user_id: '*', resource: '*', action: '*' })}`
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
}
