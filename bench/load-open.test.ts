import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { measureOpen, type Phase } from './load-open.ts'

const servers: ReturnType<typeof createServer>[] = []

afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections()
})

/** Serves with that answer; gives the phases to it, over so many connections. */
async function ask(answer: (response: ServerResponse) => void, connections: number, ...phases: Phase[]) {
  const server = createServer((_, response) => answer(response))
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const { phases: results } = await measureOpen({
    ...{ host: '127.0.0.1', port, method: 'GET', path: '/', headers: {}, expectedStatus: 200 },
    ...{ connections, seededRows: 0, phases },
  })
  return results
}

const end = (response: ServerResponse, status: number, headers = {}) => {
  response.writeHead(status, { 'content-length': 0, ...headers }).end()
}

test('a request that is due while the server stands still counts from then, not from when a connection is free', async () => {
  const begunAt = performance.now()
  const standsStill = (response: ServerResponse) => {
    const left = begunAt + 600 - performance.now()
    setTimeout(() => end(response, 200), Math.max(0, left))
  }

  const [result] = await ask(standsStill, 1, { perSecond: 100, ms: 1_000, whenBusy: 'wait' })

  // A closed loop on the one connection would have seen one slow answer.
  expect(result).toMatchObject({ due: 100, sent: 100, lost: 0, acknowledged: 100, errors: 0 })
  expect(result?.p50Ms).toBeGreaterThan(40)
  expect(result?.windows.slice(0, 3).every(({ p99Ms }) => p99Ms > 200)).toBe(true)
})

test('a request that finds every connection busy in an overload is lost, and leaves nothing to the next phase', async () => {
  const held: ServerResponse[] = []
  const holds = (response: ServerResponse) => {
    if (held.push(response) <= 2) setTimeout(() => end(response, 200), 300)
    else end(response, 200)
  }

  const [overload, after] = await ask(
    holds,
    2,
    { perSecond: 500, ms: 200, whenBusy: 'lose' },
    { perSecond: 20, ms: 500, whenBusy: 'wait' },
  )

  expect(overload).toMatchObject({ due: 100, sent: 2, lost: 98, acknowledged: 2 })
  expect(after).toMatchObject({ sent: 10, lost: 0, acknowledged: 10 })
})

test('an answer of 503 is a refusal, told apart by whether it says when to come again, and any other one an error', async () => {
  let count = 0
  const refuses = (response: ServerResponse) => {
    count++
    if (count % 3 === 0) return end(response, 503, { 'retry-after': '1' })
    end(response, count % 3 === 1 ? 503 : 500)
  }

  const [result] = await ask(refuses, 1, { perSecond: 60, ms: 500, whenBusy: 'wait' })

  expect(result).toMatchObject({ acknowledged: 0, refused: { count: 20, withoutRetryAfter: 10 }, errors: 10 })
  expect(result?.firstError).toMatch(/^500: /)
})

test('a connection that the server closes is an error, and another one takes its place', async () => {
  let count = 0
  const closes = (response: ServerResponse) => {
    if (++count === 3) response.destroy()
    else end(response, 200)
  }

  const [result] = await ask(closes, 1, { perSecond: 20, ms: 500, whenBusy: 'wait' })

  expect(result).toMatchObject({ sent: 10, acknowledged: 9, errors: 1 })
})
