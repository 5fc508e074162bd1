import Fastify from 'fastify'
import { beforeAll, describe, expect, it } from 'vitest'
import type { IssuedApiKey } from '../../../src/core/api-keys/api-keys.types.ts'
import { type Ctx, type Scope, scopes } from '../../../src/core/context.ts'
import { createSequencer } from '../../../src/core/feed/feed.service.ts'
import { answerFault } from '../../../src/dialects/native/errors.ts'
import { apiKeyRoutes } from '../../../src/dialects/native/routes/api-keys.ts'
import { faultOf } from '../../../src/http/faults.ts'
import { type TestTenant, useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { type Answer, type Client, clientOf, expectProblem } from './client.ts'

const database = useDatabase()
const api = useApi(database)
const unknownId = '01900000-0000-7000-8000-000000000000'
const daySeconds = 86_400
let tenant: TestTenant
let client: Client

beforeAll(async () => {
  tenant = await api.newTenant()
  client = clientOf(api, tenant.apiKey)
})

/** What events of the type tell of a key of the tenant, the oldest first. */
async function told(type: string, keyId: string): Promise<Record<string, unknown>[]> {
  await createSequencer(tenant.ctx, tenant.ctx.appId).number()
  const { data } = (await client.get(`/events?type=${type}`)).json()
  return data.filter(({ subjectId }: { subjectId: string }) => subjectId === keyId)
}

describe('POST /facet/v1/api-keys/:id/rotate: 201', () => {
  it('makes a pair like the old one, which works beside it for a day and expires then', async () => {
    const before = Date.now()
    const expiresAt = new Date('2999-01-01T00:00:00Z')
    const old = await api.newKey(tenant, ['events:read', 'profiles:read'], expiresAt)
    const answer = await client.post(`/api-keys/${old.id}/rotate`)
    expect(answer.statusCode, answer.body).toBe(201)
    const { secret, ...shown } = answer.json()
    expect(shown).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      name: old.name,
      key: expect.stringMatching(/^pk_sandbox_[0-9A-Za-z]{38}$/),
      scopes: ['events:read', 'profiles:read'],
      createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
      expiresAt: expiresAt.toISOString(),
      revokedAt: null,
      lastUsedAt: null,
    })
    expect(shown.id).not.toBe(old.id)
    for (const each of [old, { secret }]) expect((await clientOf(api, each).get('/profiles')).statusCode).toBe(200)
    const end = Date.parse((await client.get(`/api-keys/${old.id}`)).json().expiresAt) - daySeconds * 1_000
    expect(end).toBeGreaterThanOrEqual(before)
    expect(end).toBeLessThanOrEqual(Date.now())
  })

  it('ends the old one at once where nothing is to overlap', async () => {
    const old = await api.newKey(tenant, ['profiles:read'])
    const own = clientOf(api, old)
    expect((await own.get('/profiles')).statusCode).toBe(200)
    const answer = await client.post(`/api-keys/${old.id}/rotate`, { overlapSeconds: 0 })
    expect(answer.statusCode).toBe(201)
    expect((await own.get('/profiles')).statusCode).toBe(401)
    expect((await clientOf(api, answer.json()).get('/profiles')).statusCode).toBe(200)
  })

  it('moves the end of the old one to an earlier moment only', async () => {
    const soon = new Date(Date.now() + 60_000)
    const old = await api.newKey(tenant, ['profiles:read'], soon)
    const answer = await client.post(`/api-keys/${old.id}/rotate`, { overlapSeconds: 604_800 })
    expect(answer.json().expiresAt).toBe(soon.toISOString())
    expect((await client.get(`/api-keys/${old.id}`)).json().expiresAt).toBe(soon.toISOString())
  })

  it('is told by an event of the new key and one of the old, without a secret', async () => {
    const old = await api.newKey(tenant, ['profiles:read'])
    const issued = (await client.post(`/api-keys/${old.id}/rotate`, { overlapSeconds: 60 })).json()
    const { expiresAt } = (await client.get(`/api-keys/${old.id}`)).json()
    expect(await told('api_key.created', issued.id)).toMatchObject([{ data: { after: { key: issued.key } } }])
    const events = await told('api_key.rotated', old.id)
    expect(events).toMatchObject([
      { data: { before: { expiresAt: null }, after: { expiresAt, replacedBy: issued.id } } },
    ])
    expect(JSON.stringify(events)).not.toContain('sk_')
  })

  it('makes one pair however often it is repeated under an Idempotency-Key, also when the old one has ended', async () => {
    const old = await api.newKey(tenant, ['profiles:read'])
    const repeated = { 'idempotency-key': 'rotate-once' }
    const rotate = () => client.post(`/api-keys/${old.id}/rotate`, { overlapSeconds: 0 }, repeated)
    const first = await rotate()
    const second = await rotate()
    expect([second.statusCode, second.body]).toEqual([201, first.body])
    expect(second.headers['idempotency-replayed']).toBe('true')
  })

  it('lets a key put another in its own place', async () => {
    const old = await api.newKey(tenant, ['keys:manage'])
    const answer = await clientOf(api, old).post(`/api-keys/${old.id}/rotate`, { overlapSeconds: 60 })
    expect((await clientOf(api, answer.json()).get('/api-keys')).statusCode).toBe(200)
  })
})

describe('POST /facet/v1/api-keys/:id/rotate: 400', () => {
  it.each([
    ['a negative overlap', { overlapSeconds: -1 }, '/overlapSeconds', 'range'],
    ['an overlap of more than a week', { overlapSeconds: 604_801 }, '/overlapSeconds', 'range'],
    ['half a second', { overlapSeconds: 0.5 }, '/overlapSeconds', 'type'],
    ['a text', { overlapSeconds: '60' }, '/overlapSeconds', 'type'],
    ['an unknown field', { name: 'x' }, '/name', 'unknown'],
  ])('refuses %s, and changes nothing', async (_, body, path, rule) => {
    const old = await api.newKey(tenant, ['profiles:read'])
    expectProblem(await client.post(`/api-keys/${old.id}/rotate`, body), 400, 'input_invalid', [{ path, rule }])
    expect((await client.get(`/api-keys/${old.id}`)).json().expiresAt).toBeNull()
  })
})

describe('POST /facet/v1/api-keys/:id/rotate: 403', () => {
  it.each(scopes.filter((scope) => scope !== 'keys:manage'))(
    'gives no key with %s to one that lacks it',
    async (scope) => {
      const strong = await api.newKey(tenant, ['keys:manage', scope])
      const weak = clientOf(
        api,
        await api.newKey(
          tenant,
          scopes.filter((other) => other !== scope),
        ),
      )
      const answer = await weak.post(`/api-keys/${strong.id}/rotate`)
      expectProblem(answer, 403, 'scope_missing')
      expect(answer.json().detail).toContain(scope)
      expect((await client.get(`/api-keys/${strong.id}`)).json().expiresAt).toBeNull()
    },
  )
})

describe('POST /facet/v1/api-keys/:id/rotate: 404, 409', () => {
  it.each([unknownId, 'nonsense', '%00'])('404: knows no key %s', async (id) => {
    expectProblem(await client.post(`/api-keys/${id}/rotate`), 404, 'api_key_not_found')
  })

  it('409: lets nobody take the place of a key that was revoked or has expired', async () => {
    const revoked = await api.newKey(tenant, ['profiles:read'])
    await client.post(`/api-keys/${revoked.id}/revoke`)
    const expired = await api.newKey(tenant, ['profiles:read'], new Date(Date.now() - 1))
    for (const { id } of [revoked, expired]) {
      expectProblem(await client.post(`/api-keys/${id}/rotate`), 409, 'api_key_ended')
    }
  })
})

/** Asks the routes as an operator whose role gives the scopes. */
async function asOperator(ctx: Ctx, path: string, held: readonly Scope[] = scopes): Promise<Answer> {
  const app = Fastify()
  app.decorateRequest('ctx')
  app.addHook('onRequest', async (request, reply) => {
    request.ctx = { ...ctx, now: new Date(), actor: { kind: 'operator', id: unknownId }, scopes: new Set(held) }
    reply.header('x-request-id', request.id)
  })
  app.setErrorHandler((error, request, reply) => answerFault(faultOf(error, request), request, reply))
  await app.register(apiKeyRoutes)
  return app.inject({ url: path })
}

const secretPath = ({ id }: IssuedApiKey) => `/api-keys/${id}/secret`

describe('GET /facet/v1/api-keys/:id/secret: 200', () => {
  it('shows an operator the secret of a sandbox key, and tells that it did', async () => {
    const apiKey = await api.newKey(tenant, ['profiles:read'])
    const answer = await asOperator(tenant.ctx, secretPath(apiKey))
    expect([answer.statusCode, answer.json()]).toEqual([200, { secret: apiKey.secret }])
    const events = await told('api_key.secret_shown', apiKey.id)
    expect(events).toMatchObject([
      { actor: { kind: 'operator', id: unknownId }, data: { before: null, after: { id: apiKey.id } } },
    ])
    expect(JSON.stringify(events)).not.toContain('sk_')
  })

  it('is told before it is shown: where that cannot be written, nothing is shown', async () => {
    const apiKey = await api.newKey(tenant, ['profiles:read'])
    const failing = async () => Promise.reject(new Error('No transaction'))
    const ctx = { ...tenant.ctx, db: { ...tenant.ctx.db, transaction: failing } }
    const answer = await asOperator(ctx, secretPath(apiKey))
    expect(answer.statusCode).toBe(500)
    expect(answer.body).not.toContain('sk_')
  })
})

describe('GET /facet/v1/api-keys/:id/secret: 403, 404', () => {
  it('403: shows no key a secret, its own neither, and keeps nothing of the answer', async () => {
    const answer = await client.get(secretPath(tenant.apiKey))
    expectProblem(answer, 403, 'secret_not_shown')
    expect(answer.headers['cache-control']).toBe('no-store')
    expect(await told('api_key.secret_shown', tenant.apiKey.id)).toEqual([])
  })

  it('403: shows nobody the secret of a live app', async () => {
    const live = await api.newTenant({ mode: 'live' })
    expectProblem(await asOperator(live.ctx, secretPath(live.apiKey)), 403, 'secret_not_shown')
  })

  it('403: shows an operator no secret of a key that can do more than they may', async () => {
    const strong = await api.newKey(tenant, ['profiles:read', 'webhooks:manage'])
    const weak = scopes.filter((scope) => scope !== 'webhooks:manage')
    expectProblem(await asOperator(tenant.ctx, secretPath(strong), weak), 403, 'scope_missing')
    expectProblem(await asOperator(tenant.ctx, secretPath(strong), ['webhooks:manage']), 403, 'scope_missing')
  })

  it('404: knows no key of another app', async () => {
    const stranger = await api.newTenant()
    expectProblem(await asOperator(tenant.ctx, secretPath(stranger.apiKey)), 404, 'api_key_not_found')
    expectProblem(await asOperator(tenant.ctx, `/api-keys/${unknownId}/secret`), 404, 'api_key_not_found')
  })
})
