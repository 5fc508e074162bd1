import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import pg from 'pg'
import { describe, expect, it, vi } from 'vitest'
import {
  childrenOf,
  cleanUpProcesses,
  isAlive,
  newFolder,
  postgresOn,
  postmasterOf,
  sandboxOf,
  startCli,
  startedFolder,
  startFacet,
} from '../helpers/facet-process.ts'
import { holdCreates } from '../helpers/held-creates.ts'

cleanUpProcesses()

async function started(): Promise<{
  facet: ReturnType<typeof startFacet>
  url: string
  dataDir: string
  secret: string
}> {
  const dataDir = await startedFolder()
  const facet = startFacet({ FACET_DATA_DIR: dataDir, FACET_PORT: '0', FACET_LOG_LEVEL: 'info' })
  const url = await facet.ready()
  return { facet, url, dataDir, secret: sandboxOf(dataDir).secret }
}

/** A connection of the test's own to the embedded database. */
async function connect(dataDir: string): Promise<pg.Client> {
  const { host, port, user, password, database } = JSON.parse(readFileSync(join(dataDir, 'postgres.json'), 'utf8'))
  const client = new pg.Client({ host, port, user, password, database })
  // The server's end takes the connection with it.
  client.on('error', () => {})
  await client.connect()
  return client
}

describe.each(['SIGTERM', 'SIGINT'] as const)('%s', (signal) => {
  it('ends the server, its worker and its PostgreSQL, with exit code 0', async () => {
    const { facet, dataDir } = await started()
    const postmaster = postmasterOf(dataDir)
    const children = childrenOf(facet.pid)
    expect(children).toContain(postmaster)
    expect(children).toHaveLength(2)
    expect(await facet.end(signal)).toEqual({ code: 0, signal: null })
    expect([postmaster, ...children].filter(isAlive)).toEqual([])
    // Its worker had hardly started: what it had not opened yet it did not open on what was closed.
    expect(facet.output.stdout + facet.output.stderr).not.toMatch(/"level":(40|50)/)
  })
})

describe('a stop during the start', () => {
  const settings = (dataDir: string) => ({ FACET_DATA_DIR: dataDir, FACET_PORT: '0', FACET_LOG_LEVEL: 'info' })
  const untilPostgres = (dataDir: string) =>
    vi.waitUntil(() => existsSync(join(dataDir, 'postgres', 'postmaster.pid')), { interval: 1, timeout: 60_000 })

  it.each(['first', 'further'])('ends the PostgreSQL of the %s start, which was just starting', async (which) => {
    const dataDir = which === 'first' ? newFolder() : await startedFolder()
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
      const facet = startFacet(settings(dataDir))
      await untilPostgres(dataDir)
      expect(await facet.end(signal)).toEqual({ code: 0, signal: null })
      expect(facet.output.stdout).not.toContain('ready')
      expect(facet.output.stderr).not.toContain('rror')
      expect(postgresOn(dataDir)).toEqual([])
    }
    await startFacet(settings(dataDir)).ready()
    // A process that a connection was just given to looks like the first one for a moment.
    await vi.waitFor(() => expect(postgresOn(dataDir)).toHaveLength(1))
  })

  it.each([['apps', 'list'], ['migrate'], ['doctor']])(
    'of a command (%s) ends its PostgreSQL, and the command as the signal would',
    async (...args) => {
      const dataDir = await startedFolder()
      const facet = startCli(args, settings(dataDir))
      await untilPostgres(dataDir)
      expect(await facet.end('SIGTERM')).toEqual({ code: 143, signal: null })
      expect(facet.output.stdout + facet.output.stderr).toBe('')
      expect(postgresOn(dataDir)).toEqual([])
    },
  )

  it('leaves a command that waits for another node no longer than the signal', async () => {
    const { facet, dataDir } = await started()
    const client = await connect(dataDir)
    await client.query('select pg_advisory_lock($1)', [String(0x66_61_63_65_74n)])
    const command = startCli(['apps', 'list'], settings(dataDir))
    await vi.waitUntil(
      async () =>
        (
          await client.query(
            "select 1 from pg_stat_activity where application_name = 'facet setup' and wait_event_type = 'Lock'",
          )
        ).rowCount === 1,
      { timeout: 30_000 },
    )
    expect(await command.end('SIGINT')).toEqual({ code: 130, signal: null })
    await client.end()
    expect(isAlive(facet.pid)).toBe(true)
  })
})

describe('a stop', () => {
  it('finishes the request in flight, takes no new one, and says of itself that it is not ready', async () => {
    const { facet, url, dataDir, secret } = await started()
    const client = await connect(dataDir)
    const held = await holdCreates(client)
    const agent = new Agent({ keepAlive: true })
    const outgoing = request(`${url}/api/v1/profiles`, {
      method: 'POST',
      agent,
      headers: { 'x-api-key': secret, 'content-type': 'application/json' },
    })
    const answered = once(outgoing, 'response')
    outgoing.end('{"reference":"in-flight","type":"User"}')
    await vi.waitUntil(async () => (await held.waiting()) === 1, { timeout: 10_000 })
    facet.child.kill('SIGTERM')
    await vi.waitUntil(
      () =>
        fetch(`${url}/healthz`).then(
          () => false,
          () => true,
        ),
      { timeout: 10_000 },
    )
    await held.letGo()
    const [response] = await answered
    expect(response.statusCode).toBe(201)
    expect(await text(response)).toContain('in-flight')
    await client.end()
    const begin = performance.now()
    expect(await facet.ended()).toEqual({ code: 0, signal: null })
    // Long before the 10 s after which requests are cut off.
    expect(performance.now() - begin).toBeLessThan(5_000)
  })

  it('waits for a request that does not end no longer than 10 s', async () => {
    const { facet, url, dataDir, secret } = await started()
    const client = await connect(dataDir)
    const held = await holdCreates(client)
    const stuck = fetch(`${url}/api/v1/profiles`, {
      method: 'POST',
      headers: { 'x-api-key': secret, 'content-type': 'application/json' },
      body: '{"reference":"stuck","type":"User"}',
    }).catch(() => {})
    await vi.waitUntil(async () => (await held.waiting()) === 1, { timeout: 10_000 })
    const begin = performance.now()
    await facet.end('SIGTERM')
    expect(performance.now() - begin).toBeLessThan(15_000)
    await client.end().catch(() => {})
    await stuck
  })
})

describe('the worker process', () => {
  it('is not given the master key', async () => {
    const dataDir = newFolder()
    const facet = startFacet({ FACET_DATA_DIR: dataDir, FACET_PORT: '0', FACET_MASTER_KEY: 'ab'.repeat(32) })
    await facet.ready()
    const worker = childrenOf(facet.pid).find((pid) => pid !== postmasterOf(dataDir))
    const environment = readFileSync(`/proc/${worker}/environ`, 'utf8')
    expect(environment).toContain('FACET_DATA_DIR=')
    expect(environment).not.toContain('FACET_MASTER_KEY')
  })

  it('is started again when it dies', async () => {
    const { facet, dataDir } = await started()
    const workers = () => childrenOf(facet.pid).filter((pid) => pid !== postmasterOf(dataDir))
    const [worker] = workers()
    process.kill(worker ?? 0, 'SIGKILL')
    await vi.waitUntil(() => workers().length === 1 && workers()[0] !== worker, { timeout: 10_000 })
  })

  it('does not outlive a server that was killed', async () => {
    const { facet, dataDir } = await started()
    const workers = childrenOf(facet.pid).filter((pid) => pid !== postmasterOf(dataDir))
    expect(workers).toHaveLength(1)
    await facet.end('SIGKILL')
    await vi.waitUntil(() => !workers.some(isAlive), { timeout: 10_000 })
    // The test's folder goes next; its PostgreSQL must not be left behind.
    process.kill(postmasterOf(dataDir), 'SIGINT')
  })
})

describe('the log', () => {
  it('holds a line for each request with its id, route and status, and never a secret, a query or a body', async () => {
    const { facet, url, secret } = await started()
    const response = await fetch(`${url}/facet/v1/profiles?email=ada@example.com`, {
      headers: { authorization: `Bearer ${secret}` },
    })
    await fetch(`${url}/oumla/api/v1/profiles/${secret}`, { headers: { 'x-api-key': secret } })
    await facet.end('SIGTERM')
    const lines = facet.output.stdout
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line))
    expect(lines.find((line) => line.reqId === response.headers.get('x-request-id'))).toMatchObject({
      msg: 'Answered',
      dialect: 'native',
      method: 'GET',
      route: '/facet/v1/profiles',
      status: 200,
    })
    expect(facet.output.stdout + facet.output.stderr).not.toMatch(/sk_sandbox|ada@example/)
  })
})
