import { afterEach, describe, expect, it, vi } from 'vitest'
import { updateApp } from '../../../src/core/organizations/organizations.service.ts'
import { steadyNotices, useApi } from '../../helpers/api.ts'
import { statementsOf, useDatabase } from '../../helpers/database.ts'
import { refused, served, told } from '../../helpers/limited-server.ts'
import { type Answer, anEmail, clientOf, errors, expectError, mounts, newTenant } from './client.ts'
import { rateLimits } from './fixtures/seed-001.ts'

// How the windows count: server/src/http/window-limits.test.ts. What real processes do: server/test/chaos/ocamba-limits.test.ts.

const database = useDatabase()
const api = useApi(database)
/** Looks up a key once: no notice makes it forget one. */
const steady = useApi(database, {}, steadyNotices)

afterEach(() => {
  vi.restoreAllMocks()
})

const statuses = (answers: readonly Answer[]) => answers.map(({ statusCode }) => statusCode)

describe('X-RateLimit-*', () => {
  it('tells of the limits that the seed prints, unless an app has others', async () => {
    const { apiKey } = await api.newTenant()
    const { perSecond } = rateLimits
    expect(told((await clientOf(api, apiKey).get('/profiles')).headers)).toEqual(served(perSecond, perSecond - 1, 1))
    const minute = await newTenant(api, database, { perSecond: 1_000, perMinute: rateLimits.perMinute })
    const answer = await clientOf(api, minute.apiKey).get('/profiles')
    expect(told(answer.headers)).toEqual(served(rateLimits.perMinute, rateLimits.perMinute - 1, 60))
  })

  it('stands beside refusals of the request, and not beside those of the key', async () => {
    const { apiKey } = await newTenant(api, database, { perMinute: 100 })
    const client = clientOf(api, apiKey)
    const answers = [
      await client.post('/profiles', {}),
      await client.get('/profiles/1'),
      await client.post('/profiles', '{'),
    ]
    const left = answers.map(({ headers }) => headers['x-ratelimit-remaining'])
    expect(left).toEqual(['99', '98', '97'])
    const strange = await clientOf(api, { secret: 'x' }).get('/profiles')
    expect(told(strange.headers)).toEqual({})
    // A path that there is not is nobody's.
    expect(told((await client.get('/nothing')).headers)).toEqual({})
  })
})

describe('429', () => {
  it('is what follows the last request of a second: 10 of 25 are served, whatever they ask', async () => {
    const { apiKey } = await api.newTenant()
    const asks = Array.from({ length: 25 }, (_, i) => {
      const client = clientOf(api, apiKey, mounts[i % 2])
      return i % 3 === 0 ? client.get('/profiles') : client.post('/profiles', { email: anEmail() })
    })
    const answers = await Promise.all(asks)
    const over = answers.filter(({ statusCode }) => statusCode === 429)
    expect(statuses(answers).filter((status) => status === 200 || status === 201)).toHaveLength(10)
    expect(over).toHaveLength(15)
    for (const answer of over) {
      expectError(answer, errors.limited)
      expect(told(answer.headers)).toEqual(refused(1))
    }
    for (const { headers, statusCode } of answers) {
      if (statusCode !== 429) expect(told(headers)).toMatchObject({ limit: '10', reset: '1', retryAfter: undefined })
    }
  })

  it('is what follows the last request of a minute, with the seconds to wait', async () => {
    const { apiKey } = await newTenant(api, database, { perMinute: 3 })
    const client = clientOf(api, apiKey)
    for (const left of [2, 1, 0]) expect(told((await client.get('/profiles')).headers)).toEqual(served(3, left, 60))
    const answer = await client.get('/profiles')
    expectError(answer, errors.limited)
    expect(told(answer.headers)).toEqual(refused(60))
  })

  it('costs the database no statement, nor anybody else a request', async () => {
    const { apiKey } = await newTenant(steady, database, { perSecond: 1, perMinute: 1 })
    const other = clientOf(steady, (await newTenant(steady, database)).apiKey)
    const client = clientOf(steady, apiKey)
    expect(statuses([await client.get('/profiles'), await other.get('/profiles')])).toEqual([200, 200])
    const query = vi.spyOn(database.db, 'query')
    const transaction = vi.spyOn(database.db, 'transaction')
    for (let i = 0; i < 20; i++) {
      expectError(await client.post('/profiles', { email: anEmail() }), errors.limited)
      expectError(await client.get('/profiles'), errors.limited)
    }
    expect(statementsOf(query)).toEqual([])
    expect(transaction).not.toHaveBeenCalled()
    vi.restoreAllMocks()
    expect((await other.get('/profiles')).statusCode).toBe(200)
  })

  it('with Retry-After: -1 is what a request gets that comes while too many are under way', async () => {
    const { apiKey } = await newTenant(api, database, { parallel: 3 })
    const client = clientOf(api, apiKey)
    const answers = await Promise.all(Array.from({ length: 10 }, () => client.post('/profiles', { email: anEmail() })))
    const over = answers.filter(({ statusCode }) => statusCode === 429)
    expect(over).toHaveLength(7)
    for (const answer of over) {
      expectError(answer, errors.parallel)
      expect(told(answer.headers)).toEqual(refused(-1))
    }
    // They are over, and so is the refusal.
    expect((await client.get('/profiles')).statusCode).toBe(200)
  })

  it('goes by the app, not by the key, and by limits that are changed at once', async () => {
    const tenant = await newTenant(api, database, { perMinute: 2 })
    const [one, two] = [clientOf(api, tenant.apiKey), clientOf(api, await api.newKey(tenant, ['profiles:read']))]
    expect(statuses([await one.get('/profiles'), await two.get('/profiles')])).toEqual([200, 200])
    expectError(await one.get('/profiles'), errors.limited)
    expectError(await two.get('/profiles'), errors.limited)
    await updateApp(database.system(), tenant.ctx.appId, { settings: { limits: { perMinute: 1_000 } } })
    const status = async () => (await one.get('/profiles')).statusCode
    await expect.poll(status, { timeout: 5_000, interval: 50 }).toBe(200)
  })

  it('leaves other dialects alone', async () => {
    const { apiKey } = await newTenant(api, database, { perSecond: 1, perMinute: 1 })
    const client = clientOf(api, apiKey)
    expect(statuses([await client.get('/profiles'), await client.get('/profiles')])).toEqual([200, 429])
    const authorization = `Bearer ${apiKey.secret}`
    for (const url of ['/facet/v1/profiles', '/api/v1/profiles']) {
      const headers = { authorization, 'x-api-key': apiKey.secret }
      expect((await api.server.inject({ url, headers })).statusCode).toBe(200)
    }
  })
})
