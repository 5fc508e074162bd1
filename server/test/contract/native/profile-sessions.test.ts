import { beforeAll, describe, expect, it } from 'vitest'
import { beginSession, renewSession } from '../../../src/core/credentials/sessions.service.ts'
import { inTx } from '../../../src/core/transactions.ts'
import { type TestTenant, useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { type Client, clientOf, expectProblem, type ProfileBody } from './client.ts'

const database = useDatabase()
const api = useApi(database)
let tenant: TestTenant
let client: Client
let reader: Client
beforeAll(async () => {
  tenant = await api.newTenant()
  client = clientOf(api, tenant.apiKey)
  reader = clientOf(api, await api.newKey(tenant, ['profiles:read']))
})

const now = () => ({ ...tenant.ctx, now: new Date() })
const begin = (id: string) => inTx(now(), (tx) => beginSession(tx, id))
const sessionsOf = async ({ id }: ProfileBody) => (await client.get(`/profiles/${id}/sessions`)).json().data
const unknownId = '01900000-0000-7000-8000-000000000000'

describe('GET /facet/v1/profiles/:profile/sessions', () => {
  it('200: lists the sessions, the newest first, with what there is to know and no token', async () => {
    const profile = await client.make({ username: 'lists' })
    const first = await begin(profile.id)
    await begin(profile.id)
    await renewSession(now(), first.refresh)
    const answer = await reader.get('/profiles/username:lists/sessions')
    expect(answer.statusCode).toBe(200)
    const instant = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
    const session = { id: expect.any(String), createdAt: instant, renewedAt: instant, expiresAt: instant }
    expect(answer.json()).toEqual({ data: [session, session] })
    const [newest, oldest] = answer.json().data
    expect(newest.id > oldest.id).toBe(true)
    expect(newest.renewedAt).toBe(newest.createdAt)
    expect(oldest.renewedAt > oldest.createdAt).toBe(true)
    expect(Date.parse(oldest.expiresAt) - Date.parse(oldest.renewedAt)).toBe(30 * 86_400_000)
    expect(await sessionsOf(await client.make())).toEqual([])
  })

  it('404: for a profile that there is not', async () => {
    expectProblem(await client.get(`/profiles/${unknownId}/sessions`), 404, 'profile_not_found')
  })
})

describe('DELETE /facet/v1/profiles/:profile/sessions', () => {
  it('204: ends one by its id, or all', async () => {
    const profile = await client.make()
    for (let i = 0; i < 3; i++) await begin(profile.id)
    const [one, ...others] = await sessionsOf(profile)
    const path = `/profiles/${profile.id}/sessions`
    const answer = await client.delete(`${path}/${one.id}`)
    expect([answer.statusCode, answer.body]).toEqual([204, ''])
    expect(await sessionsOf(profile)).toEqual(others)
    expectProblem(await client.delete(`${path}/${one.id}`), 404, 'session_not_found')
    expect((await client.delete(path)).statusCode).toBe(204)
    expect(await sessionsOf(profile)).toEqual([])
    expect((await client.delete(path)).statusCode).toBe(204)
  })

  it('404: for an id of none, of another profile, or none at all; and a profile that there is not', async () => {
    const [profile, other] = [await client.make(), await client.make()]
    await begin(other.id)
    const [{ id }] = await sessionsOf(other)
    for (const unknown of [unknownId, id, 'x', '%00']) {
      expectProblem(await client.delete(`/profiles/${profile.id}/sessions/${unknown}`), 404, 'session_not_found')
    }
    expect(await sessionsOf(other)).toHaveLength(1)
    expectProblem(await client.delete(`/profiles/${unknownId}/sessions`), 404, 'profile_not_found')
  })

  it('403: with a key that may only read', async () => {
    const profile = await client.make()
    await begin(profile.id)
    const [{ id }] = await sessionsOf(profile)
    expectProblem(await reader.delete(`/profiles/${profile.id}/sessions`), 403, 'scope_missing')
    expectProblem(await reader.delete(`/profiles/${profile.id}/sessions/${id}`), 403, 'scope_missing')
    expect(await sessionsOf(profile)).toHaveLength(1)
  })
})
