import { beforeAll, describe, expect, it } from 'vitest'
import { createApp, updateApp } from '../../../src/core/organizations/organizations.service.ts'
import { useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import {
  basic,
  type Client,
  clientOf,
  details,
  expectBody,
  expectDetail,
  mounts,
  newSite,
  type Person,
  password,
} from './client.ts'

const database = useDatabase()
const api = useApi(database)

let victims: Client
let victim: Person
let temporary: string
let attackers: Record<string, Client>

beforeAll(async () => {
  victims = await newSite(api, database)
  victim = await victims.person('victim', { metadata: { secret: 1 } })
  temporary = (await victims.get('/user', victim)).json().temp_token
  const { organizationId } = victims.ctx
  const sibling = await createApp(database.system(), { organizationId, name: 'Sibling', mode: 'sandbox' })
  const host = 'sibling.people.example.com'
  await updateApp(database.system(), sibling.id, { hosts: [host] })
  attackers = {
    'of another organization': await newSite(api, database),
    'of another app of the organization': clientOf(api, {
      ctx: { ...victims.ctx, appId: sibling.id },
      host,
      origin: `http://${host}`,
    }),
  }
})

/** Everything that is stored of the victim's app. */
async function stored(): Promise<unknown> {
  const tables = [
    'profiles',
    'profile_counts',
    'idempotency_keys',
    'credentials',
    'profile_tokens',
    'events',
    'login_failures',
  ]
  const rows = tables.map((table) =>
    database.db.query(`select to_jsonb(t) as row from ${table} t where app_id = $1 order by t::text`, [
      victims.ctx.appId,
    ]),
  )
  return Promise.all(rows)
}

it('the walks below know every route that is published', async () => {
  const { paths } = (await api.server.inject('/ona/openapi.json')).json<{ paths: Record<string, object> }>()
  const routes = Object.entries(paths).flatMap(([path, item]) => Object.keys(item).map((method) => `${method} ${path}`))
  const known = routes.filter((route) => !route.includes('verif'))
  expect(known.sort()).toEqual([
    'delete /api/v1/profiles/{user}',
    'delete /api/v1/user/expire',
    'get /api/v1/profiles',
    'get /api/v1/profiles/{user}',
    'get /api/v1/profiles/{user}/monthly_submissions',
    'get /api/v1/user',
    'get /api/v1/users/{user}',
    'patch /api/v1/profiles/{user}',
    'post /api/v1/profile/{user}/change_password',
    'post /api/v1/profiles',
    'post /api/v1/profiles/{user}/change_password',
    'put /api/v1/profiles/{user}',
  ])
})

describe.each(['of another organization', 'of another app of the organization'])('A person %s', (name) => {
  it('finds and changes nobody of the app by any route, name or number', async () => {
    const own = attackers[name] as Client
    const attacker = await own.person('attacker')
    const before = await stored()
    for (const mount of mounts) {
      expectBody(await own.get('/profiles?users=victim', attacker, { mount }), 200, [])
      for (const key of ['victim', String(victim.id)]) {
        for (const [method, path, body] of [
          ['GET', `/profiles/${key}`],
          ['GET', `/profiles/${key}/monthly_submissions`],
          ['GET', `/users/${key}`],
          ['PATCH', `/profiles/${key}`, { city: 'x' }],
          ['PUT', `/profiles/${key}`, { city: 'x' }],
          ['DELETE', `/profiles/${key}`],
          ['POST', `/profile/${key}/change_password`, { current_password: password, new_password: 'x' }],
          ['POST', `/profiles/${key}/change_password`, { current_password: password, new_password: 'x' }],
        ] as const) {
          expectDetail(
            await own.call(method, path, { as: attacker, mount, ...(body && { body }) }),
            details.personNotFound,
          )
        }
      }
    }
    expect(await stored()).toEqual(before)
  })

  it('is nobody at the host of the app, by any of their credentials; and its people are nobody here', async () => {
    const own = attackers[name] as Client
    const attacker = await own.person('attacker-two')
    const before = await stored()
    for (const [method, path] of [
      ['GET', '/profiles'],
      ['GET', '/user'],
      ['DELETE', '/user/expire'],
      ['POST', '/profiles'],
    ] as const) {
      expectDetail(await victims.call(method, path, { as: attacker }), details.tokenWrong)
      expectDetail(await own.call(method, path, { as: victim }), details.tokenWrong)
      expectDetail(await own.call(method, path, { as: `TempToken ${temporary}` }), details.temporaryTokenWrong)
      expectDetail(await own.call(method, path, { as: basic('victim', password) }), details.loginWrong)
    }
    expect(await stored()).toEqual(before)
  })

  it('may have the same name, e-mail and Idempotency-Key, which belong to each app alone', async () => {
    const own = attackers[name] as Client
    const before = await stored()
    const body = { username: 'victim', email: victim.email, first_name: 'Twin', password: 'quince-Meadow-12' }
    expect((await own.register(body, { headers: { 'idempotency-key': 'k' } })).statusCode).toBe(201)
    expect((await own.get('/profiles/victim')).json().first_name).toBe('Twin')
    expect((await victims.get('/profiles/victim')).json().first_name).toBe('Pat')
    expect(await stored()).toEqual(before)
  })
})
