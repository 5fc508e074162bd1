import { beforeAll, describe, expect, it } from 'vitest'
import { issueApiKey } from '../../../src/core/api-keys/api-keys.service.ts'
import { appScopes } from '../../../src/core/api-keys/sandbox.service.ts'
import { scopes } from '../../../src/core/context.ts'
import { beginSession } from '../../../src/core/credentials/sessions.service.ts'
import { createSequencer } from '../../../src/core/feed/feed.service.ts'
import { sendMail } from '../../../src/core/mail/mail.service.ts'
import { inviteTo } from '../../../src/core/operators/invitations.service.ts'
import { createApp } from '../../../src/core/organizations/organizations.service.ts'
import { inTx } from '../../../src/core/transactions.ts'
import { type TestTenant, useApi } from '../../helpers/api.ts'
import { useCustodyKey } from '../../helpers/custody.ts'
import { useDatabase } from '../../helpers/database.ts'
import { newOperator } from '../../helpers/operators.ts'
import { makeWaitingWallets } from '../../helpers/wallet-maker.ts'
import { type Client, clientOf, expectProblem, listPath, type ProfileBody, pathBy } from './client.ts'

const database = useDatabase()
const api = useApi(database)
const custodyKey = useCustodyKey(database)

const identity = { reference: 'wall', username: 'wall.e', email: 'wall@example.com', phone: '+4930901820' }
let victim: TestTenant
let victims: Client
let profile: ProfileBody
/** The event of the profile's creation. */
let eventId: string
/** A list that the profile is in. */
let listId: string
/** An endpoint that has one delivery, of sequence 1. */
let endpointId: string
/** A mail in the outbox. */
let mailId: string
/** A session of the profile's person. */
let sessionId: string
/** A wallet of the profile, which has an address, and the workflow that made it. */
let walletId: string
let workflowId: string
/** A member of the organization, and an open invitation to it. */
let memberId: string
let invitationId: string
let attackers: Record<string, Client>
/** Each route that names something by its path, once for each id of the victim that fits. */
let matrix: { method: string; path: string; code: string; ofOrganization: boolean }[]

beforeAll(async () => {
  victim = await api.newTenant()
  victims = clientOf(api, victim.apiKey)
  listId = (await victims.post('/profile-lists', { name: 'Wall' })).json().id
  profile = await victims.make({ ...identity, fullName: 'Wall E', listIds: [listId] })
  await createSequencer(victim.ctx, victim.ctx.appId).number()
  eventId = (await victims.get('/events?type=profile.created')).json().data[0].id
  endpointId = await newEndpoint()
  await sendMail(victim.ctx, { to: identity.email, subject: 'Wall', text: 'It is 123456.' })
  mailId = (await victims.get('/outbox')).json().data[0].id
  await inTx(victim.ctx, (tx) => beginSession(tx, profile.id))
  sessionId = (await victims.get(`/profiles/${profile.id}/sessions`)).json().data[0].id
  const asked = await victims.post(`/profiles/${profile.id}/wallets`, { network: 'AMOY', withAddress: true })
  workflowId = asked.json().workflow.id
  await makeWaitingWallets(victim.ctx, custodyKey)
  walletId = (await victims.get(`/profiles/${profile.id}/wallets`)).json().data[0].id
  const stranger = await api.newTenant({ mode: 'live' })
  const { organizationId } = victim.ctx
  const sibling = await createApp(database.system(), { organizationId, name: 'Sibling', mode: 'sandbox' })
  memberId = (await newOperator(database, { [organizationId]: 'viewer' })).id
  const invitation = { email: 'invited@example.com', role: 'viewer' } as const
  invitationId = (await inviteTo(database.system(), organizationId, invitation)).id
  attackers = {
    'of another organization': clientOf(api, await api.newKey(stranger, scopes)),
    'of another app of the organization': clientOf(
      api,
      await issueApiKey(database.system(), sibling.id, { name: 'Sibling', scopes: appScopes, expiresAt: null }),
    ),
  }
  matrix = await everyRoute()
})

async function newEndpoint(): Promise<string> {
  const { id } = (await victims.post('/webhook-endpoints', { url: 'https://wall.example.com', types: ['*'] })).json()
  const { appId } = victim.ctx
  await database.db.query(
    `insert into webhook_deliveries (app_id, endpoint_id, sequence, event_id, type, subject_id, state, created_at)
     values ($1, $2, 1, $3, 'profile.created', $4, 'failed', now())`,
    [appId, id, eventId, profile.id],
  )
  await database.db.query(
    `insert into webhook_attempts (app_id, endpoint_id, sequence, number, started_at, duration_ms, status)
     values ($1, $2, 1, 1, now(), 1, 500)`,
    [appId, id],
  )
  return id
}

/** Read from the API's own description, so that a new route cannot be left out. */
async function everyRoute(): Promise<typeof matrix> {
  const document = (await api.server.inject('/facet/v1/openapi.json')).json()
  const routes = Object.entries<object>(document.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => ({ method: method.toUpperCase(), path: path.slice('/facet/v1'.length) })),
  )
  const named = routes.filter(({ path }) => path.includes('{'))
  return named.flatMap(({ method, path }) => {
    const [, resource, parameter] = /^\/([a-z-]+)\/(\{\w+\})/.exec(path) ?? []
    const ids = idsFor(resource)
    return ids.map(({ id, code }) => ({
      method,
      path: path
        .replace(parameter ?? '', id)
        .replace('{sequence}', '1')
        .replace('{id}', sessionId),
      code,
      ofOrganization: resource === 'operators' || resource === 'invitations',
    }))
  })
}

function idsFor(resource: string | undefined): { id: string; code: string }[] {
  switch (resource) {
    case 'profiles': {
      const keys = ['reference', 'username', 'email', 'phone'] as const
      const paths = [
        `/profiles/${profile.id}`,
        pathBy('uid', profile.uid),
        ...keys.map((key) => pathBy(key, identity[key])),
      ]
      return paths.map((path) => ({ id: path.slice('/profiles/'.length), code: 'profile_not_found' }))
    }
    case 'profile-lists':
      return [{ id: listId, code: 'profile_list_not_found' }]
    case 'api-keys':
      return [{ id: victim.apiKey.id, code: 'api_key_not_found' }]
    case 'events':
      return [{ id: eventId, code: 'event_not_found' }]
    case 'webhook-endpoints':
      return [{ id: endpointId, code: 'webhook_endpoint_not_found' }]
    case 'wallets':
      return [{ id: walletId, code: 'wallet_not_found' }]
    case 'workflows':
      return [{ id: workflowId, code: 'workflow_not_found' }]
    case 'outbox':
      return [{ id: mailId, code: 'outbox_mail_not_found' }]
    case 'apps':
      return [{ id: victim.ctx.appId, code: 'app_not_found' }]
    case 'operators':
      return [{ id: memberId, code: 'operator_not_found' }]
    case 'invitations':
      return [{ id: invitationId, code: 'invitation_not_found' }]
    default:
      throw new Error(`The tenant wall is not tested for /${resource}: add its ids here`)
  }
}

/** A body that the route would take of a key to which the network is open. */
function bodyFor(method: string, path: string, network: string): object | undefined {
  if (path.endsWith('/recover')) return { since: '2020-01-01T00:00:00Z' }
  if (path.endsWith('/merge')) return { source: profile.id }
  if (method === 'POST' && path.endsWith('/wallets')) return { network }
  if (method !== 'PATCH') return undefined
  if (path.startsWith('/operators/')) return { role: 'admin' }
  if (path.startsWith('/apps/') || path.startsWith('/profile-lists/')) return { name: 'taken over' }
  return path.startsWith('/webhook-endpoints/') ? { description: 'taken over' } : { label: 'taken over' }
}

/** Everything that is stored of the victim. */
async function stored(): Promise<unknown> {
  const tables = [
    'profiles',
    'profile_words',
    'profile_counts',
    'profile_marks',
    'profile_departures',
    'profile_lists',
    'profile_properties',
    'suppressions',
    'idempotency_keys',
    'sessions',
    'pictures',
    'api_keys',
    'wallet_accounts',
    'wallets',
    'wallet_counts',
    'addresses',
    'workflows',
    'app_seeds',
    'events',
    'webhook_endpoints',
    'webhook_secrets',
    'webhook_cursors',
    'webhook_deliveries',
    'webhook_attempts',
    'outbox',
    'mail_counts',
  ]
  const rows = tables.map((table) =>
    database.db.query(`select to_jsonb(t) - 'last_used_at' as row from ${table} t where app_id = $1 order by t::text`, [
      victim.ctx.appId,
    ]),
  )
  const apps = database.db.query('select to_jsonb(t) as row from apps t where id = $1', [victim.ctx.appId])
  const members = database.db.query('select * from auth.memberships where operator_id = $1', [memberId])
  const invitations = database.db.query('select * from auth.links where id = $1', [invitationId])
  return Promise.all([...rows, apps, members, invitations])
}

describe.each(['of another organization', 'of another app of the organization'])('A key %s', (name) => {
  it('404: reaches nothing of an app by any route and any id, and changes nothing there', async () => {
    const attacker = attackers[name] as Client
    const before = await stored()
    const network = (await attacker.get('/networks')).json().data[0].alias
    expect(matrix.length).toBeGreaterThanOrEqual(3 * 6 + 2 + 2 + 1 + 9 + 1 + 3 + 1)
    for (const { method, path, code, ofOrganization } of matrix) {
      const answer = await attacker.call(method as 'GET', path, bodyFor(method, path, network))
      // What is the organization's is there for its other apps too, for keys that may manage it.
      const shared = ofOrganization && name === 'of another app of the organization'
      const [status, refusal] = shared ? [403, 'scope_missing'] : [404, code]
      expect(`${method} ${path} ${answer.statusCode}`).toBe(`${method} ${path} ${status}`)
      expectProblem(answer, status, refusal)
      for (const value of [profile.id, profile.uid, victim.apiKey.key, endpointId, walletId])
        expect(answer.body).not.toContain(value)
    }
    expect(await stored()).toEqual(before)
  })

  it('404: also under an Idempotency-Key that the app has used, and with If-Match', async () => {
    const attacker = attackers[name] as Client
    const key = { 'idempotency-key': `shared ${name}`.replaceAll(' ', '-') }
    const path = `/profiles/${profile.id}`
    expect((await victims.patch(path, { label: name }, key)).statusCode).toBe(200)
    const before = await stored()
    expectProblem(await attacker.patch(path, { label: name }, key), 404, 'profile_not_found')
    expectProblem(await attacker.delete(path, { 'if-match': '*' }), 404, 'profile_not_found')
    expect(await stored()).toEqual(before)
  })

  it('200: lists, filters and searches find nothing of the app', async () => {
    const attacker = attackers[name] as Client
    const ids = [profile.id, profile.uid, profile.longId, String(profile.number)]
    const queries = [
      {},
      { sort: 'updatedAt' },
      ...Object.entries(identity).map(([field, value]) => ({ [field]: value })),
    ]
    for (const query of [...queries, ...[...ids, 'wall', '+4930'].map((q) => ({ q }))]) {
      const page = (await attacker.get(listPath(query))).json()
      expect(page.data, JSON.stringify(query)).toEqual([])
    }
    expect((await attacker.get('/profiles')).json().total).toBe(0)
    const keys = (await attacker.get('/api-keys')).json().data
    expect(keys.map(({ id }: { id: string }) => id)).not.toContain(victim.apiKey.id)
    for (const query of ['', `?profile=${profile.id}`, '?type=*']) {
      expect((await attacker.get(`/events${query}`)).body).not.toContain(profile.id)
    }
    const endpoints = (await attacker.get('/webhook-endpoints')).json().data
    expect(endpoints).toEqual([])
    expect((await attacker.get('/wallets')).json()).toEqual({ data: [], nextCursor: null, total: 0 })
    expect((await attacker.get('/outbox')).body).not.toContain(mailId)
    const apps = (await attacker.get('/apps')).json().data
    expect(apps.map(({ id }: { id: string }) => id)).not.toContain(victim.ctx.appId)
  })

  it('404: merges no profile of the app into an own one, nor the other way round; 400: puts none into its lists', async () => {
    const attacker = attackers[name] as Client
    const own = await attacker.make()
    const before = await stored()
    expectProblem(await attacker.post(`/profiles/${own.id}/merge`, { source: profile.id }), 404, 'profile_not_found')
    expectProblem(await attacker.post(`/profiles/${profile.id}/merge`, { source: own.id }), 404, 'profile_not_found')
    const listed = await attacker.patch(`/profiles/${own.id}`, { listIds: [listId] })
    expectProblem(listed, 400, 'input_invalid', [{ path: '/listIds', rule: 'choice' }])
    expect(await stored()).toEqual(before)
    expect((await attacker.delete(`/profiles/${own.id}`)).statusCode).toBe(204)
  })

  it('201: may use the same identifiers, which belong to the app alone', async () => {
    const attacker = attackers[name] as Client
    const own = await attacker.make(identity)
    expect((await attacker.get(pathBy('reference', 'wall'))).json().id).toBe(own.id)
    expect((await victims.get(pathBy('reference', 'wall'))).json().id).toBe(profile.id)
    expect((await attacker.delete(`/profiles/${own.id}`)).statusCode).toBe(204)
  })
})
