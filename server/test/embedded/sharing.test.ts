import { rm } from 'node:fs/promises'
import { afterAll, afterEach, expect, test } from 'vitest'
import type { EmbeddedPostgres } from '../../src/infra/db/embedded/embedded-postgres.ts'
import { Bench, madeDataDir, postmasterPid, postmastersByPs, query, serverProcesses, sleep } from './helpers.ts'

const bench = new Bench()
const template = `/tmp/fctest-sharing-${process.pid}`
afterEach(() => bench.clean(), 60_000)
afterAll(() => rm(template, { recursive: true, force: true }))
const within = 60_000

test('a visitor shares the server of the main process', { timeout: within }, async () => {
  const dataDir = await madeDataDir(bench, template)
  const main = bench.child({ dataDir, role: 'main' })
  const { clusterDir, connection } = await main.opened()
  const pid = postmasterPid(clusterDir)
  const visitor = await bench.open(dataDir, 'visitor')
  expect(visitor.connection).toEqual(connection)
  expect(postmasterPid(clusterDir)).toBe(pid)
  await visitor.release()
  expect(await query(connection, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  await main.release()
  expect(serverProcesses(dataDir)).toEqual([])
})

test('a second main is refused with the pid of the first, which stays undisturbed', { timeout: within }, async () => {
  const dataDir = await madeDataDir(bench, template)
  const main = bench.child({ dataDir, role: 'main' })
  const { connection } = await main.opened()
  const began = Date.now()
  await expect(bench.open(dataDir, 'main')).rejects.toThrow(
    `Another "facet start" (pid ${main.pid}) already uses the data folder ${dataDir}. Stop it, or set FACET_DATA_DIR to another folder.`,
  )
  expect(Date.now() - began).toBeLessThan(10_000)
  expect(await query(connection, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  expect(main.events).toEqual([])
})

test('a main waits for a predecessor that is just ending', { timeout: within }, async () => {
  const dataDir = await madeDataDir(bench, template)
  const first = bench.child({ dataDir, role: 'main' })
  await first.opened()
  const second = bench.open(dataDir, 'main')
  await sleep(700)
  await first.release()
  expect(await query((await second).connection, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
})

const orders = [
  ['main', 'own', 'child'],
  ['main', 'child', 'own'],
  ['own', 'main', 'child'],
  ['own', 'child', 'main'],
  ['child', 'main', 'own'],
  ['child', 'own', 'main'],
] as const

test.for(orders)(
  'released in the order %s, %s, %s, the server lives until the last one',
  { timeout: within },
  async (order) => {
    const dataDir = await madeDataDir(bench, template)
    const main = await bench.open(dataDir, 'main')
    const own = await bench.open(dataDir, 'visitor')
    const child = bench.child({ dataDir, role: 'visitor' })
    await child.opened()
    const users = { main, own, child }
    for (const [position, name] of order.entries()) {
      expect(await query(main.connection, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
      await users[name].release()
      if (position < 2) expect(await postmastersByPs(dataDir)).toHaveLength(1)
    }
    expect(serverProcesses(dataDir)).toEqual([])
    expect(await postmastersByPs(dataDir)).toEqual([])
  },
)

test('all released at once, several times each: the server is gone', { timeout: within }, async () => {
  const dataDir = await madeDataDir(bench, template)
  const handles: EmbeddedPostgres[] = [await bench.open(dataDir, 'main')]
  for (let n = 0; n < 5; n++) handles.push(await bench.open(dataDir, 'visitor'))
  await Promise.all([...handles, ...handles].map((handle) => handle.release()))
  expect(serverProcesses(dataDir)).toEqual([])
})

test('whoever joins while the last one stops the server gets a server that lasts', { timeout: 120_000 }, async () => {
  const dataDir = await madeDataDir(bench, template)
  const visits = async (seed: number) => {
    for (let n = 0; n < 12; n++) {
      const visitor = await bench.open(dataDir, 'visitor')
      expect(await query(visitor.connection, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
      await sleep((n * seed * 7) % 60)
      expect(await query(visitor.connection, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
      await visitor.release()
      await sleep((n * seed * 5) % 40)
    }
  }
  await Promise.all([1, 2, 3].map(visits))
  expect(serverProcesses(dataDir)).toEqual([])
})
