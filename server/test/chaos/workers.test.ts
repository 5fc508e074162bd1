import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { Agent, type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import pg from 'pg'
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { useServerDatabases } from '../helpers/database.ts'
import {
  childrenOf,
  cleanUpProcesses,
  type FacetProcess,
  isAlive,
  newFolder,
  newKeys,
  runCli,
  sandboxOf,
  startFacet,
} from '../helpers/facet-process.ts'
import { type HeldCreates, holdCreates } from '../helpers/held-creates.ts'
import { listReferences, startWriters } from '../helpers/writers.ts'

// One server of two processes, to which all of this happens.

cleanUpProcesses('all')
const newDatabase = useServerDatabases()

const perMinute = 40
const kills = process.env.FACET_PROVE ? 5 : 1
let env: Record<string, string>
let facet: FacetProcess
let url: string
let secret: string

beforeAll(async () => {
  env = {
    DATABASE_URL: await newDatabase(),
    FACET_DATA_DIR: newFolder(),
    FACET_PORT: '0',
    FACET_LOG_LEVEL: 'error',
    FACET_WORKERS: '2',
    // Enough in each for all that a test holds back, should chance give them all to one.
    FACET_DATABASE_CONNECTIONS: '40',
    FACET_RATE_LIMIT: String(perMinute),
    ...newKeys(),
  }
  facet = startFacet(env)
  url = await facet.ready()
  secret = sandboxOf(env.FACET_DATA_DIR ?? '').secret
})

/** The processes that serve HTTP. */
function serving(): number[] {
  return childrenOf(facet.pid).filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('\0api\0'))
}

interface Asked {
  readonly method?: string
  readonly key?: string
  readonly body?: object
  readonly agent?: Agent
  readonly headers?: Readonly<Record<string, string>>
}

/** One request, over a connection of its own unless an agent keeps it. */
async function ask(path: string, { method = 'GET', key = secret, body, agent, headers: further }: Asked = {}) {
  const headers = { authorization: `Bearer ${key}`, ...(body && { 'content-type': 'application/json' }), ...further }
  const outgoing = request(url + path, { method, headers, agent: agent ?? false })
  outgoing.end(body && JSON.stringify(body))
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
  const said = await text(response)
  return { status: response.statusCode ?? 0, headers: response.headers, body: said }
}

/** By state, as Linux writes it: what listens, and what is connected. */
const socketStates = { listening: '0A', connected: '01' } as const

/** How many sockets on the port, in a state, each of the processes has. */
function socketsOf(pids: readonly number[], state: keyof typeof socketStates): number[] {
  const port = Number(new URL(url).port).toString(16).toUpperCase().padStart(4, '0')
  const found = new Set(
    readFileSync('/proc/net/tcp', 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter((columns) => columns[1]?.endsWith(`:${port}`) && columns[3] === socketStates[state])
      .map((columns) => `socket:[${columns[9]}]`),
  )
  return pids.map((pid) => linksOf(pid).filter((link) => found.has(link)).length)
}

/** What the descriptors of a process lead to. One may be closed while it is looked at. */
function linksOf(pid: number): string[] {
  const folder = `/proc/${pid}/fd`
  return readdirSync(folder).map((fd) => {
    try {
      return readlinkSync(`${folder}/${fd}`)
    } catch {
      return ''
    }
  })
}

/** A key of its own, whose requests nobody else makes. */
async function newKey(): Promise<{ id: string; secret: string }> {
  const answer = await ask('/facet/v1/api-keys', {
    method: 'POST',
    body: { name: 'one', scopes: ['profiles:read', 'profiles:write'] },
  })
  expect(answer.status).toBe(201)
  return JSON.parse(answer.body)
}

/** How many requests of the path were answered, by the metrics. */
async function counted(route: string): Promise<number> {
  // The connection may be one that a killed process had not accepted.
  const { body } = await ask('/metrics').catch(() => ask('/metrics'))
  const found = new RegExp(`^facet_http_request_duration_seconds_count{[^}]*route="${route}"[^}]*} (\\d+)$`, 'gm')
  return [...body.matchAll(found)].reduce((sum, [, count]) => sum + Number(count), 0)
}

/** Makes a create a transaction of its own: others share a statement. */
const ownKey = () => ({ 'idempotency-key': randomUUID() })

/** Holds creates back over a connection of their own, until the test ends at the latest. */
async function holdBack(): Promise<HeldCreates> {
  const client = new pg.Client(env.DATABASE_URL)
  await client.connect()
  const held = await holdCreates(client)
  onTestFinished(async () => {
    await held.letGo()
    await client.end()
  })
  return held
}

describe('two processes on one port', () => {
  it('share the connections out', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 64 })
    await Promise.all(Array.from({ length: 64 }, () => ask('/healthz', { agent })))
    const shares = socketsOf(serving(), 'connected')
    agent.destroy()
    // Fewer come by chance once in a million times.
    expect(shares).toHaveLength(2)
    for (const share of shares) expect(share).toBeGreaterThanOrEqual(12)
  })

  it('know a revoked key no more within a second', async () => {
    const { id, secret: revoked } = await newKey()
    const agent = new Agent({ keepAlive: true, maxSockets: 32 })
    const statuses = async () => {
      const answers = Array.from({ length: 16 }, () => ask('/facet/v1/profiles', { key: revoked, agent }))
      return new Set((await Promise.all(answers)).map(({ status }) => status))
    }
    expect(await statuses()).toEqual(new Set([200]))
    expect(Math.min(...socketsOf(serving(), 'connected'))).toBeGreaterThan(0)
    await ask(`/facet/v1/api-keys/${id}/revoke`, { method: 'POST' })
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    expect(await statuses()).toEqual(new Set([401]))
    agent.destroy()
  })

  it('count the requests of a key once: as many are let through as may be, each told another rest', async () => {
    const { secret: key } = await newKey()
    const answers = await Promise.all(Array.from({ length: perMinute + 20 }, () => ask('/facet/v1/profiles', { key })))
    const served = answers.filter(({ status }) => status === 200)
    expect(served).toHaveLength(perMinute)
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(20)
    const rests = served.map(({ headers }) => Number(/;r=(\d+);/.exec(String(headers.ratelimit))?.[1]))
    expect(rests.sort((a, b) => a - b)).toEqual(Array.from({ length: perMinute }, (_, rest) => rest))
  })

  it('count the windows of an app once, and its requests under way', async () => {
    await runCli(['apps', 'update', sandboxOf(env.FACET_DATA_DIR ?? '').appId, '--per-second', '1000'], env)
    const { waiting, letGo } = await holdBack()
    const create = (n: number) =>
      ask('/v1/hood/profiles', { method: 'POST', body: { email: `under-way-${n}@example.com` }, headers: ownKey() })
    const begun = Array.from({ length: 10 }, (_, n) => create(n))
    await vi.waitUntil(async () => (await waiting()) === 10, { timeout: 10_000 })
    const further = await Promise.all(Array.from({ length: 10 }, () => ask('/v1/hood/profiles')))
    expect(new Set(further.map(({ status, headers }) => `${status} ${headers['retry-after']}`))).toEqual(
      new Set(['429 -1']),
    )
    await letGo()
    expect(new Set((await Promise.all(begun)).map(({ status }) => status))).toEqual(new Set([201]))
    const last = await ask('/v1/hood/profiles')
    expect([last.status, last.headers['x-ratelimit-remaining']]).toEqual([200, '129'])
  })

  it('have the port for themselves: others who would share it are refused', async () => {
    const { port } = new URL(url)
    const other = startFacet({ ...env, FACET_PORT: port, FACET_DATA_DIR: newFolder() })
    expect((await other.ended()).code).toBe(1)
    expect(other.output.stderr).toMatch(`FACET_PORT: port ${port} is taken on 127.0.0.1; stop the other program, or`)
    expect(childrenOf(facet.pid)).toHaveLength(3)
  }, 60_000)

  it('outlast each other: one that is killed is started again, nothing acknowledged is lost, no count falls', async () => {
    const writers = startWriters(url, secret, 8)
    await writers.progress(50)
    const route = '/oumla/api/v1/profiles'
    const before = await counted(route)
    expect(before).toBeGreaterThanOrEqual(50)
    for (let kill = 0; kill < kills; kill++) {
      const [killed = 0, other] = serving()
      process.kill(killed, 'SIGKILL')
      await vi.waitUntil(() => !isAlive(killed), { timeout: 10_000 })
      expect(await counted(route)).toBeGreaterThanOrEqual(before)
      await writers.progress(50)
      await vi.waitUntil(() => String(socketsOf(serving(), 'listening')) === '1,1', { timeout: 20_000 })
      expect(serving()).toContain(other)
    }
    await writers.stop()
    expect([...writers.answers.keys()].filter((status) => status !== 0 && status !== 201)).toEqual([])
    const { references, total } = await listReferences(url, secret)
    expect([...writers.acknowledged].filter((reference) => !references.has(reference))).toEqual([])
    expect(total).toBeGreaterThanOrEqual(references.size)
    expect(facet.output.stdout.match(/The API process ended; it is started again/g)).toHaveLength(kills)
  }, 90_000)

  it('answer what is in flight when they are stopped, and end with the server and exit code 0', async () => {
    const { waiting, letGo } = await holdBack()
    const agent = new Agent({ keepAlive: true })
    const begun = Array.from({ length: 8 }, (_, n) =>
      ask('/facet/v1/profiles', { method: 'POST', body: { reference: `in-flight-${n}` }, agent, headers: ownKey() }),
    )
    await vi.waitUntil(async () => (await waiting()) === 8, { timeout: 10_000 })
    const children = childrenOf(facet.pid)
    facet.child.kill('SIGTERM')
    const refused = () =>
      ask('/healthz').then(
        () => false,
        () => true,
      )
    await vi.waitUntil(refused, { timeout: 10_000 })
    await letGo()
    expect((await Promise.all(begun)).map(({ status }) => status)).toEqual(Array(8).fill(201))
    agent.destroy()
    expect(await facet.ended()).toEqual({ code: 0, signal: null })
    expect(children.filter(isAlive)).toEqual([])
  })

  it('end with the process that keeps them when that is killed', async () => {
    facet = startFacet(env)
    await facet.ready()
    const children = childrenOf(facet.pid)
    expect(children).toHaveLength(3)
    await facet.end('SIGKILL')
    await vi.waitUntil(() => !children.some(isAlive), { timeout: 10_000 })
  })
})
