import { beforeAll, describe, expect, it } from 'vitest'
import { issueApiKey } from '../../../src/core/api-keys/api-keys.service.ts'
import { appScopes } from '../../../src/core/api-keys/sandbox.service.ts'
import { createApp } from '../../../src/core/organizations/organizations.service.ts'
import { type TestTenant, useApi } from '../../helpers/api.ts'
import { useCustodyKey } from '../../helpers/custody.ts'
import { useDatabase } from '../../helpers/database.ts'
import { makeWaitingWallets } from '../../helpers/wallet-maker.ts'
import {
  deposit,
  errors,
  expectError,
  get,
  make,
  mounts,
  type Pair,
  post,
  sdkClaims,
  searchPath,
  tokenOf,
} from './client.ts'

const database = useDatabase()
const api = useApi(database)
const custodyKey = useCustodyKey(database)

const identity = { user_external_id: 'wall', email: 'wall@example.com' }
let victim: TestTenant
let uid: string
let attackers: Record<string, Pair>

beforeAll(async () => {
  victim = await api.newTenant()
  uid = await make(api, victim.apiKey, identity)
  await deposit(api, '/v1', victim.apiKey, uid)
  await makeWaitingWallets(victim.ctx, custodyKey)
  const { organizationId } = victim.ctx
  const sibling = await createApp(database.system(), { organizationId, name: 'Sibling', mode: 'sandbox' })
  attackers = {
    'of another organization': (await api.newTenant({ mode: 'live' })).apiKey,
    'of another app of the organization': await issueApiKey(database.system(), sibling.id, {
      name: 'Sibling',
      scopes: appScopes,
      expiresAt: null,
    }),
  }
})

/** Everything that is stored of the victim. */
async function stored(): Promise<unknown> {
  const tables = ['profiles', 'profile_counts', 'idempotency_keys', 'wallets', 'addresses', 'workflows', 'events']
  const rows = tables.map((table) =>
    database.db.query(`select to_jsonb(t) as row from ${table} t where app_id = $1 order by t::text`, [
      victim.ctx.appId,
    ]),
  )
  return Promise.all(rows)
}

it('the matrix below knows every route that is published', async () => {
  const { paths } = (await api.server.inject('/original/openapi.json')).json<{ paths: Record<string, object> }>()
  const routes = Object.entries(paths).flatMap(([path, item]) => Object.keys(item).map((method) => `${method} ${path}`))
  expect(routes.sort()).toEqual(['get /v1/deposit', 'get /v1/user', 'get /v1/user/{uid}', 'post /v1/user'])
})

describe.each(['of another organization', 'of another app of the organization'])('A pair %s', (name) => {
  it('finds no user of the app by any route and any identifier', async () => {
    const attacker = attackers[name] as Pair
    const before = await stored()
    for (const mount of mounts) {
      expectError(await get(api, `${mount}/user/${uid}`, attacker), errors.userNotFound)
      expectError(await deposit(api, mount, attacker, uid), errors.userNotFound)
      const { user_external_id, email } = identity
      for (const query of [identity, { user_external_id }, { client_id: user_external_id }, { email }]) {
        const response = await get(api, searchPath(mount, query), attacker)
        expect([response.statusCode, response.body]).toEqual([200, '{"success":false,"data":null}'])
      }
    }
    expect(await stored()).toEqual(before)
  })

  it('may use the same identifiers and the same Idempotency-Key, which belong to each app alone', async () => {
    const attacker = attackers[name] as Pair
    const before = await stored()
    const made = await post(api, '/v1', attacker, JSON.stringify(identity), { 'idempotency-key': 'wall' })
    expect(made.statusCode).toBe(201)
    const found = await get(api, searchPath('/v1', identity), attacker)
    expect(found.json().data.uid).toBe(made.json().data.uid)
    expect(found.json().data.uid).not.toBe(uid)
    expect((await get(api, searchPath('/v1', identity), victim.apiKey)).json().data.uid).toBe(uid)
    expect(await stored()).toEqual(before)
  })

  it('opens nothing with the public key of the app, which is no secret', async () => {
    const attacker = attackers[name] as Pair
    const { key } = victim.apiKey
    for (const claims of [undefined, sdkClaims(key), sdkClaims(attacker.key)]) {
      for (const [shown, secret] of [
        [key, attacker.secret],
        [attacker.key, victim.apiKey.secret],
      ] as const) {
        const headers = { 'x-api-key': shown, authorization: `Bearer ${tokenOf(secret, claims)}` }
        const response = await api.server.inject({ method: 'GET', url: `/v1/user/${uid}`, headers })
        expectError(response, errors.unauthorized)
      }
    }
  })
})
