import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { listenOnLoopback } from '../../test/helpers/api.ts'
import { refused, served, told, useLimitedServers } from '../../test/helpers/limited-server.ts'

const { open } = useLimitedServers()
afterEach(() => void vi.useRealTimers())

/** Stops the clock; gives what moves it on. */
function holdClock(): (ms: number) => void {
  vi.useFakeTimers({ toFake: ['Date'] })
  return (ms) => void vi.setSystemTime(Date.now() + ms)
}

describe('the windows of an app', () => {
  it('let 10 of 25 requests of one second through, and refuse 15 before they are served', async () => {
    const { ask, served: handled } = open({})
    const answers = await Promise.all(Array.from({ length: 25 }, () => ask()))
    expect(answers.filter(({ statusCode }) => statusCode === 200)).toHaveLength(10)
    const rest = answers.filter(({ statusCode }) => statusCode !== 200)
    expect(rest.map((answer) => [answer.statusCode, answer.json(), told(answer.headers)])).toEqual(
      Array.from({ length: 15 }, () => [429, { code: 'rate_limited' }, refused(1)]),
    )
    expect(handled.count).toBe(10)
  })

  it('begin anew after their second and their minute', async () => {
    const { ask } = open({ perSecond: 2, perMinute: 3 })
    const wait = holdClock()
    expect((await ask()).statusCode).toBe(200)
    expect((await ask()).statusCode).toBe(200)
    wait(999)
    expect(told((await ask()).headers)).toEqual(refused(1))
    wait(1)
    expect((await ask()).statusCode).toBe(200)
    wait(1_000)
    expect(told((await ask()).headers)).toEqual(refused(58))
    wait(57_999)
    expect(told((await ask()).headers)).toEqual(refused(1))
    wait(1)
    expect((await ask()).statusCode).toBe(200)
  })

  it('are described by the one in which the fewest requests are left', async () => {
    const { ask } = open({ perSecond: 3, perMinute: 5 })
    const wait = holdClock()
    expect(told((await ask()).headers)).toEqual(served(3, 2, 1))
    expect(told((await ask()).headers)).toEqual(served(3, 1, 1))
    wait(10_400)
    // As few are left in both: the minute is the one that lasts.
    expect(told((await ask()).headers)).toEqual(served(5, 2, 50))
    expect(told((await ask()).headers)).toEqual(served(5, 1, 50))
    expect(told((await ask()).headers)).toEqual(served(5, 0, 50))
  })

  it('take nothing from the minute for what the second refuses', async () => {
    const { ask } = open({ perSecond: 1, perMinute: 3 })
    const wait = holdClock()
    for (let round = 0; round < 3; round++) {
      expect((await ask()).statusCode).toBe(200)
      for (let again = 0; again < 5; again++) expect(told((await ask()).headers)).toEqual(refused(round < 2 ? 1 : 58))
      wait(1_000)
    }
    expect(told((await ask()).headers)).toEqual(refused(57))
  })

  it('say the longer wait when both are used up, whichever it is', async () => {
    const { ask } = open({ perSecond: 2, perMinute: 2 })
    const wait = holdClock()
    await ask()
    wait(59_500)
    await ask()
    await ask()
    // The minute ends in half a second, the second a whole one later than it.
    expect(told((await ask()).headers)).toEqual(refused(1))
    wait(500)
    expect((await ask()).statusCode).toBe(429)
    wait(500)
    expect((await ask()).statusCode).toBe(200)
  })

  it('are of one app, and no other is held up', async () => {
    const { ask } = open({ perSecond: 1 })
    expect((await ask('a')).statusCode).toBe(200)
    expect((await ask('a')).statusCode).toBe(429)
    expect((await ask('b')).statusCode).toBe(200)
  })

  it('are told by answers of every status', async () => {
    const { ask } = open({})
    expect(told((await ask('a', '/failing')).headers)).toEqual(served(10, 9, 1))
    const nothing = await ask('a', '/nothing')
    expect(nothing.statusCode).toBe(404)
    expect(told(nothing.headers)).toEqual(served(10, 8, 1))
  })
})

describe('a change of the limits', () => {
  it('holds for the next request, downwards and upwards', async () => {
    const { ask, settings } = open({ perMinute: 4 })
    holdClock()
    for (let count = 0; count < 4; count++) expect((await ask()).statusCode).toBe(200)
    for (let count = 0; count < 4; count++) expect(told((await ask()).headers)).toEqual(refused(60))
    settings.limits.perSecond = 20
    settings.limits.perMinute = 6
    // What the minute refused is not held against it.
    expect(told((await ask()).headers)).toEqual(served(6, 1, 60))
    settings.limits.perMinute = 5
    expect(told((await ask()).headers)).toEqual(refused(60))
    settings.limits.perMinute = 150
    settings.limits.perSecond = 1
    expect(told((await ask()).headers)).toEqual(refused(1))
  })
})

describe('requests under way', () => {
  it('are so many at a time; one more is refused with -1, and served once one of them is done', async () => {
    const { ask, waiting } = open({ parallel: 2 })
    const slow = [ask('a', '/slow'), ask('a', '/slow')]
    await vi.waitUntil(() => waiting.length === 2)
    const third = await ask()
    expect([third.statusCode, third.json()]).toEqual([429, { code: 'parallel_limit_reached' }])
    expect(told(third.headers)).toEqual(refused(-1))
    expect((await ask('b')).statusCode).toBe(200)
    waiting.pop()?.()
    await Promise.race(slow)
    expect((await ask()).statusCode).toBe(200)
    waiting.pop()?.()
    await Promise.all(slow)
  })

  it('are over when they were answered, with whatever status, one after the other without end', async () => {
    const { ask } = open({ parallel: 1, perSecond: 100 })
    for (const url of ['/', '/failing', '/nothing', '/', '/failing'])
      expect((await ask('a', url)).statusCode).not.toBe(429)
  })

  it('are looked at behind the windows: what the rate refuses, it refuses', async () => {
    const { ask, waiting } = open({ parallel: 1, perSecond: 1 })
    const slow = ask('a', '/slow')
    await vi.waitUntil(() => waiting.length === 1)
    expect((await ask()).json()).toEqual({ code: 'rate_limited' })
    waiting.pop()?.()
    await slow
  })

  it('are over once, at the moment when their client leaves', async () => {
    const { server, ask, waiting } = open({ parallel: 2, perSecond: 100 })
    const url = await listenOnLoopback(server)
    const leaving = new AbortController()
    const asked = fetch(`${url}/slow`, { signal: leaving.signal }).catch((error: Error) => error.name)
    await vi.waitUntil(() => waiting.length === 1)
    const stays = ask('a', '/slow')
    await vi.waitUntil(() => waiting.length === 2)
    expect((await ask()).statusCode).toBe(429)
    leaving.abort()
    expect(await asked).toBe('AbortError')
    await vi.waitUntil(async () => (await ask()).statusCode === 200)
    // The answer that nobody reads any more gives no second place back.
    waiting[0]?.()
    const next = ask('a', '/slow')
    await vi.waitUntil(() => waiting.length === 3)
    expect((await ask()).statusCode).toBe(429)
    for (const answer of waiting) answer()
    expect((await Promise.all([stays, next])).map(({ statusCode }) => statusCode)).toEqual([200, 200])
    expect((await ask()).statusCode).toBe(200)
  })

  it('are over when the connection is lost on which they wait for each other', async () => {
    const { server, ask, waiting } = open({ parallel: 3, perSecond: 100 })
    const { port } = new URL(await listenOnLoopback(server))
    const socket = connect(Number(port), '127.0.0.1')
    await once(socket, 'connect')
    socket.write('GET /slow HTTP/1.1\r\nHost: x\r\nx-app: a\r\n\r\n'.repeat(3))
    await vi.waitUntil(() => waiting.length === 3)
    expect((await ask()).statusCode).toBe(429)
    socket.destroy()
    await vi.waitUntil(async () => (await ask()).statusCode === 200)
    const next = [ask('a', '/slow'), ask('a', '/slow'), ask('a', '/slow')]
    await vi.waitUntil(() => waiting.length === 6)
    expect((await ask()).statusCode).toBe(429)
    for (const answer of waiting) answer()
    await Promise.all(next)
  })
})
