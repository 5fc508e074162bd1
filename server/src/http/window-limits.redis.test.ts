import { afterEach, describe, expect, it, vi } from 'vitest'
import { listenOnLoopback } from '../../test/helpers/api.ts'
import { refused, served, told, useLimitedServers } from '../../test/helpers/limited-server.ts'
import { useRedis } from '../../test/helpers/redis-server.ts'
import type { Log } from '../core/ports.ts'
import { findRedisTrouble, type OpenRedis, openRedis } from '../infra/redis.ts'

const redis = useRedis()
const locked = useRedis({ password: 'correct-horse' })
const ancient = useRedis({
  password: 'correct-horse',
  args: ['--rename-command', 'HELLO', '', '--rename-command', 'AUTH', ''],
})
const replica = useRedis({ args: ['--replicaof', '127.0.0.1', '1'] })
const { open } = useLimitedServers()

const opened: OpenRedis[] = []
afterEach(async () => {
  for (const client of opened.splice(0)) await client.close()
})

/** A client of its own, as each process has, and what it logged. */
function openStore(url: string) {
  const lines: string[] = []
  const note = (fields: object, message: string) => void lines.push(JSON.stringify({ ...fields, message }))
  const log: Log = { debug: note, info: note, warn: note, error: note }
  const client = openRedis(url, log)
  opened.push(client)
  const { client: store } = client
  if (store === undefined) throw new Error('There is a URL')
  const becomes = (status: string) => vi.waitUntil(() => store.status === status, { timeout: 20_000, interval: 5 })
  return { store, lines, isReady: () => becomes('ready'), isLost: () => vi.waitUntil(() => store.status !== 'ready') }
}

/** Two processes' worth of servers that count in the same Redis. */
async function openTwo(limits: Parameters<typeof open>[0]) {
  const stores = [openStore(redis.url), openStore(redis.url)] as const
  await Promise.all(stores.map(({ isReady }) => isReady()))
  return [open(limits, stores[0].store), open(limits, stores[1].store), ...stores] as const
}

// Windows outlive a test, so each has an app of its own.
let apps = 0
const newApp = () => `app-${++apps}`

describe('servers that share a Redis', () => {
  it('let 10 of 25 requests of one second through between them, and refuse 15', async () => {
    const [one, two] = await openTwo({})
    const app = newApp()
    const answers = await Promise.all(Array.from({ length: 25 }, (_, index) => (index % 2 ? one : two).ask(app)))
    const statuses = answers.map(({ statusCode }) => statusCode)
    expect(statuses.filter((status) => status === 200)).toHaveLength(10)
    expect(statuses.filter((status) => status === 429)).toHaveLength(15)
    expect(one.served.count + two.served.count).toBe(10)
  })

  it('share the minute too, and take nothing from it for what is refused', async () => {
    const [one, two] = await openTwo({ perMinute: 3, perSecond: 100 })
    const app = newApp()
    expect(told((await one.ask(app)).headers)).toEqual(served(3, 2, 60))
    expect(told((await two.ask(app)).headers)).toEqual(served(3, 1, 60))
    expect(told((await one.ask(app)).headers)).toEqual(served(3, 0, 60))
    for (const server of [one, two, one]) expect(told((await server.ask(app)).headers)).toEqual(refused(60))
    two.settings.limits.perMinute = 4
    expect(told((await two.ask(app)).headers)).toEqual(served(4, 0, 60))
  })

  it('say the longer wait when the second is used up and the minute too', async () => {
    const [one, two] = await openTwo({ perMinute: 2, perSecond: 2 })
    const app = newApp()
    for (const server of [one, two]) expect((await server.ask(app)).statusCode).toBe(200)
    expect(told((await one.ask(app)).headers)).toEqual(refused(60))
  })
})

describe('a Redis that is down', () => {
  it('does not keep a server from answering, which counts for itself until it is back, and logs each once', async () => {
    const [one, two, first, second] = await openTwo({ perSecond: 100, perMinute: 5 })
    const app = newApp()
    for (const server of [one, two, one, two]) expect((await server.ask(app)).statusCode).toBe(200)
    await redis.kill()
    // Some are asked before the loss is known, and answered all the same.
    for (let count = 5; count > 0; count--)
      expect(told((await one.ask(app)).headers)).toMatchObject(served(5, count - 1, 60))
    expect((await one.ask(app)).statusCode).toBe(429)
    expect(told((await two.ask(app)).headers)).toEqual(served(5, 4, 60))
    await vi.waitUntil(() => first.lines.length > 0 && second.lines.length > 0)
    await redis.start()
    await Promise.all([first.isReady(), second.isReady()])
    // It kept nothing, so they begin anew, and together.
    expect(told((await one.ask(app)).headers)).toEqual(served(5, 4, 60))
    expect(told((await two.ask(app)).headers)).toEqual(served(5, 3, 60))
    for (const { lines } of [first, second]) {
      expect(lines).toEqual([expect.stringContaining('Redis cannot be used'), expect.stringContaining('Redis is back')])
    }
  })

  it('does so too when it holds its connections and answers nothing', async () => {
    const { store, isReady, isLost } = openStore(redis.url)
    await isReady()
    const server = open({ perMinute: 5 }, store)
    const app = newApp()
    await server.ask(app)
    redis.pause()
    try {
      const begin = performance.now()
      expect((await server.ask(app)).statusCode).toBe(200)
      expect(performance.now() - begin).toBeLessThan(2_000)
      await isLost()
      // Known to be silent, it is not waited for again.
      const asked = performance.now()
      for (let count = 0; count < 4; count++) await server.ask(app)
      expect(performance.now() - asked).toBeLessThan(400)
      expect((await server.ask(app)).statusCode).toBe(429)
    } finally {
      redis.resume()
    }
    await isReady()
    expect((await server.ask(app)).statusCode).toBe(200)
  })

  it('keeps no place for a client that left while its request was counted', async () => {
    const { store, isReady } = openStore(redis.url)
    await isReady()
    const { server, ask, waiting } = open({ parallel: 1 }, store)
    const url = await listenOnLoopback(server)
    const app = newApp()
    const leaving = new AbortController()
    redis.pause()
    try {
      server.server.once('request', () => leaving.abort())
      const left = fetch(`${url}/slow`, { headers: { 'x-app': app }, signal: leaving.signal })
      await expect(left).rejects.toThrow('aborted')
      await vi.waitUntil(() => waiting.length === 1, { timeout: 5_000 })
      expect((await ask(app)).statusCode).toBe(200)
    } finally {
      redis.resume()
    }
    waiting[0]?.()
  })

  it('may come later than the server', async () => {
    await redis.kill()
    const { store, isReady } = openStore(redis.url)
    const server = open({ perMinute: 1 }, store)
    const app = newApp()
    expect((await server.ask(app)).statusCode).toBe(200)
    expect((await server.ask(app)).statusCode).toBe(429)
    await redis.start()
    await isReady()
    expect((await server.ask(app)).statusCode).toBe(200)
  })
})

describe('a Redis that takes no writes', () => {
  it('is like one that is down, and says so once', async () => {
    const { store, lines, isReady } = openStore(replica.url)
    await isReady()
    const { ask } = open({ perMinute: 2 }, store)
    for (const status of [200, 200, 429, 429]) expect((await ask()).statusCode).toBe(status)
    expect(lines).toEqual([expect.stringContaining('READONLY')])
    expect(await findRedisTrouble(replica.url)).toContain('READONLY')
  })
})

describe('the password of a Redis', () => {
  it('opens it', async () => {
    const { store, isReady, lines } = openStore(locked.url)
    await isReady()
    expect((await open({}, store).ask()).statusCode).toBe(200)
    expect(await store.keys('*')).toHaveLength(2)
    expect(lines).toEqual([])
    expect(await findRedisTrouble(locked.url)).toBeUndefined()
  })

  it('is told to nobody when it is wrong: the server counts for itself, and logs the reason', async () => {
    const url = locked.url.replace('correct-horse', 'hunter2')
    const { store, lines } = openStore(url)
    let tries = 0
    store.on('reconnecting', () => tries++)
    await vi.waitUntil(() => tries === 3, { timeout: 10_000 })
    expect((await open({}, store).ask()).statusCode).toBe(200)
    expect(lines).toEqual([expect.stringContaining('WRONGPASS')])
    expect(lines.join()).not.toContain('hunter2')
    const trouble = await findRedisTrouble(url)
    expect(trouble).toContain('WRONGPASS')
    expect(trouble).not.toContain('hunter2')
  })

  it('is not told when a server repeats it, as those do that do not know the command', async () => {
    const { lines } = openStore(ancient.url)
    await vi.waitUntil(() => lines.length > 0)
    expect(lines).toEqual([expect.stringContaining('unknown command')])
    expect(lines.join()).not.toContain('horse')
    expect(await findRedisTrouble(ancient.url)).toMatch(/^ERR unknown command \S+$/)
  })
})
