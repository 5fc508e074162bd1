import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { useServerDatabases } from '../helpers/database.ts'
import { cleanUpProcesses, newFolder, newKeys, sandboxOf, startedFolder, startFacet } from '../helpers/facet-process.ts'
import { useRedis } from '../helpers/redis-server.ts'

// The limits that the vendor's page prints, by real processes over real sockets.

cleanUpProcesses()
const redis = useRedis()
const perSecond = 10
const requests = 25

const newDatabase = useServerDatabases()

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Readonly<Record<string, unknown>>
}

/** Requests sent at once, in turn to each address: creates, and a list now and then. */
async function burst(urls: readonly string[], secret: string): Promise<Answer[]> {
  const authorization = `Bearer ${secret}`
  const began = performance.now()
  const answers = await Promise.all(
    Array.from({ length: requests }, async (_, i) => {
      const url = `${urls[i % urls.length]}/v1/hood/profiles`
      const body = JSON.stringify({ email: `burst-${randomBytes(6).toString('hex')}@example.com` })
      const create = { method: 'POST', headers: { authorization, 'content-type': 'application/json' }, body }
      const response = await fetch(url, i % 5 === 0 ? { headers: { authorization } } : create)
      return { status: response.status, headers: response.headers, body: (await response.json()) as Answer['body'] }
    }),
  )
  // Else the burst was no burst: it may have lasted into the next window.
  expect(performance.now() - began).toBeLessThan(1_000)
  return answers
}

/** Opens connections and looks up the key, in a dialect that the limits do not count. */
async function warmUp(urls: readonly string[], secret: string): Promise<void> {
  const headers = { authorization: `Bearer ${secret}` }
  await Promise.all(
    Array.from({ length: requests }, async (_, i) => {
      const response = await fetch(`${urls[i % urls.length]}/facet/v1/profiles`, { headers })
      expect(response.status).toBe(200)
      await response.text()
    }),
  )
}

function expectLimited(answers: readonly Answer[]): void {
  const served = answers.filter(({ status }) => status === 200 || status === 201)
  const refused = answers.filter(({ status }) => status === 429)
  expect([served.length, refused.length]).toEqual([perSecond, requests - perSecond])
  for (const { headers, body } of refused) {
    expect(headers.get('retry-after')).toBe('1')
    expect([...headers.keys()].filter((name) => name.startsWith('x-ratelimit-'))).toEqual([])
    expect(headers.get('content-type')).toBe('application/json')
    expect(body).toEqual({
      ...{ code: 429, title: 'Too many requests.', message: 'The rate limit was exceeded.' },
      trace_id: headers.get('x-request-id'),
    })
  }
  const left = served.map(({ headers }) => Number(headers.get('x-ratelimit-remaining')))
  expect(left.toSorted((a, b) => a - b)).toEqual(Array.from({ length: perSecond }, (_, i) => i))
  for (const { headers } of served) {
    expect([headers.get('x-ratelimit-limit'), headers.get('x-ratelimit-reset')]).toEqual([String(perSecond), '1'])
    expect(headers.get('retry-after')).toBeNull()
  }
}

/** The time that a refusal names is over when it says so: then the next request is served. */
async function expectServedAgain(url: string, secret: string): Promise<void> {
  const status = async () =>
    (await fetch(`${url}/v1/hood/profiles`, { headers: { authorization: `Bearer ${secret}` } })).status
  await expect.poll(status, { timeout: 3_000, interval: 100 }).toBe(200)
}

describe(`${requests} requests at once`, () => {
  it('to one process: ten are served, the others are told when to come again', async () => {
    const dataDir = await startedFolder()
    const url = await startFacet({ FACET_DATA_DIR: dataDir, FACET_PORT: '0', FACET_LOG_LEVEL: 'error' }).ready()
    const { secret } = sandboxOf(dataDir)
    await warmUp([url], secret)
    expectLimited(await burst([url], secret))
    await expectServedAgain(url, secret)
  }, 60_000)

  it('to two processes that share a Redis: ten are served by both together', async () => {
    const shared = {
      ...{ DATABASE_URL: await newDatabase(), ...newKeys(), REDIS_URL: redis.url },
      ...{ FACET_PORT: '0', FACET_LOG_LEVEL: 'error' },
    }
    const folders = [newFolder(), newFolder()]
    const start = (dataDir: string) => startFacet({ ...shared, FACET_DATA_DIR: dataDir }).ready()
    const urls = await Promise.all(folders.map(start))
    const { secret } = sandboxOf(folders[0] ?? '')
    await warmUp(urls, secret)
    expectLimited(await burst(urls, secret))
    for (const url of urls) await expectServedAgain(url, secret)
  }, 60_000)
})
