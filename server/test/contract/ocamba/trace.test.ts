import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type App, buildApp } from '../../../src/app.ts'
import { createSequencer } from '../../../src/core/feed/feed.service.ts'
import { quietPorts, steadyNotices, type TestTenant, testConfig, useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { type Answer, type Client, clientOf, newTenant } from './client.ts'
import { exampleProfile } from './fixtures/seed-001.ts'

const database = useDatabase()
const api = useApi(database)

const lines: string[] = []
let app: App
let tenant: TestTenant
let client: Client
beforeAll(async () => {
  const log = pino({ level: 'trace' }, { write: (line: string) => lines.push(line) })
  const { db, keys } = database
  app = await buildApp({ config: testConfig, db, keys, notices: steadyNotices, ...quietPorts, log })
  tenant = await newTenant(api, database)
  client = clientOf(app, tenant.apiKey)
})
afterAll(async () => app?.close(1_000))

interface Line {
  readonly reqId: string
  readonly status?: number
  readonly route?: string
  readonly err?: { readonly message: string }
}

const linesOf = (id: unknown): Line[] => lines.map((line) => JSON.parse(line)).filter(({ reqId }) => reqId === id)

describe('trace_id', () => {
  it('is x-request-id, and the reqId of the one line that the request has in the log', async () => {
    const answers: [Answer, string][] = [
      [await client.post('/profiles', {}), '/ocamba/v1/hood/profiles'],
      [await client.post('/profiles', '{'), '/ocamba/v1/hood/profiles'],
      [await client.get('/profiles?page=x'), '/ocamba/v1/hood/profiles'],
      [await client.get('/profiles/1'), '/ocamba/v1/hood/profiles/:id'],
      [await clientOf(app, { secret: 'x' }).get('/profiles'), '/ocamba/v1/hood/profiles'],
      [await client.get('/nothing'), 'unknown'],
      [await client.call('PUT', '/profiles'), '/ocamba/v1/hood/profiles'],
    ]
    for (const [answer, route] of answers) {
      const { trace_id: id } = answer.json()
      expect(id).toBe(answer.headers['x-request-id'])
      expect(linesOf(id)).toMatchObject([{ status: answer.statusCode, route }])
    }
  })

  it('finds the reason of an internal error in the log, which the answer does not tell', async () => {
    await database.db.query('alter table profile_lists rename to profile_lists_away', [])
    const answer = await client.get('/profile-lists')
    await database.db.query('alter table profile_lists_away rename to profile_lists', [])
    expect(answer.statusCode).toBe(500)
    const [failure, answered, ...others] = linesOf(answer.json().trace_id)
    expect(failure?.err?.message).toContain('profile_lists')
    expect(answered?.status).toBe(500)
    expect(others).toEqual([])
  })

  it('is not taken from the client', async () => {
    const headers = {
      'x-request-id': 'mine',
      'request-id': 'mine',
      traceparent: `00-${'1'.repeat(32)}-${'1'.repeat(16)}-01`,
    }
    const answer = await client.get('/profiles/1', headers)
    expect(answer.json().trace_id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/)
    expect(answer.body).not.toContain('mine')
  })

  it('finds the event of what a request did, too', async () => {
    const made = await client.post('/profiles', exampleProfile)
    const { id } = made.json()
    const requests = {
      'profile.created': made,
      'profile.updated': await client.patch(`/profiles/${id}`, { comment: 'x' }),
      'profile.unsubscribed': await client.post(`/profiles/${id}/unsubscribe`),
      'profile.deleted': await client.delete(`/profiles/${id}`),
      'profile_list.created': await client.post('/profile-lists', { name: 'x' }),
      'profile_property.created': await client.post('/profile-properties', { label: 'x', data_type: 'text' }),
    }
    await createSequencer(tenant.ctx, tenant.ctx.appId).number()
    const answer = await app.server.inject({
      url: '/facet/v1/events',
      headers: { authorization: `Bearer ${tenant.apiKey.secret}` },
    })
    const { data } = answer.json<{ data: { type: string; requestId: string | null }[] }>()
    for (const [type, { headers }] of Object.entries(requests)) {
      const own = data.filter(({ requestId }) => requestId === headers['x-request-id'])
      expect(own.map((event) => event.type)).toEqual([type])
    }
  })

  it('stands beside no secret, body, path or query in the log', () => {
    const text = lines.join('')
    for (const hidden of [tenant.apiKey.secret, exampleProfile.email, '658245684', 'page=x']) {
      expect(text).not.toContain(hidden)
    }
  })
})
