import { execFile, spawn } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { chown, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { afterAll, afterEach, expect, test } from 'vitest'
import type { EmbeddedPostgresEvent } from '../../src/infra/db/embedded/embedded-postgres.ts'
import { Bench, madeDataDir, postmasterPid, query, serverProcesses, until } from './helpers.ts'

const bench = new Bench()
const template = `/tmp/fctest-crash-${process.pid}`
afterEach(() => bench.clean(), 60_000)
afterAll(() => rm(template, { recursive: true, force: true }))
const within = 90_000
const kept = 'SELECT count(*)::int AS n FROM kept'

test('a server whose main was killed with -9 is adopted by the next main, and stopped by it', {
  timeout: within,
}, async () => {
  const dataDir = await madeDataDir(bench, template)
  const first = bench.child({ dataDir, role: 'main' })
  const { clusterDir, connection } = await first.opened()
  await query(connection, 'INSERT INTO kept VALUES (1)')
  const pid = postmasterPid(clusterDir)
  await first.kill('SIGKILL')
  const second = await bench.open(dataDir, 'main')
  expect(postmasterPid(clusterDir)).toBe(pid)
  expect(await query(second.connection, kept)).toEqual([{ n: 1 }])
  await second.release()
  expect(serverProcesses(dataDir)).toEqual([])
})

test('after kill -9 of server and main the next start needs no hand and has every committed row', {
  timeout: within,
}, async () => {
  const dataDir = await madeDataDir(bench, template)
  for (let round = 1; round <= 4; round++) {
    const main = bench.child({ dataDir, role: 'main' })
    const { clusterDir, connection } = await main.opened()
    expect(await query(connection, kept)).toEqual([{ n: round - 1 }])
    await query(connection, `INSERT INTO kept VALUES (${round})`)
    const busy = query(connection, 'SELECT pg_sleep(30)').catch(() => {})
    process.kill(postmasterPid(clusterDir), 'SIGKILL')
    await main.kill('SIGKILL')
    await busy
  }
  const last = await bench.open(dataDir, 'main')
  expect(await query(last.connection, kept)).toEqual([{ n: 4 }])
})

test('leftover processes of a killed server are waited for, never ended', { timeout: within }, async () => {
  const dataDir = await madeDataDir(bench, template)
  const first = bench.child({ dataDir, role: 'main' })
  const { clusterDir, connection } = await first.opened()
  await query(connection, 'INSERT INTO kept VALUES (1)')
  const client = new Client(connection)
  client.on('error', () => {})
  await client.connect()
  const backend = (await client.query('SELECT pg_backend_pid() AS pid')).rows[0].pid
  process.kill(backend, 'SIGSTOP')
  process.kill(postmasterPid(clusterDir), 'SIGKILL')
  await first.kill('SIGKILL')
  let done = false
  const second = bench.open(dataDir, 'main').finally(() => {
    done = true
  })
  await new Promise((resolve) => setTimeout(resolve, 2500))
  expect(done).toBe(false)
  process.kill(backend, 'SIGCONT')
  expect(await query((await second).connection, kept)).toEqual([{ n: 1 }])
})

test('a server that has begun to stop is not joined', { timeout: within }, async () => {
  const dataDir = await madeDataDir(bench, template)
  const first = await bench.open(dataDir, 'visitor')
  const file = join(first.clusterDir, 'postmaster.pid')
  const text = await readFile(file, 'utf8')
  await writeFile(file, text.replace('ready   ', 'stopping'))
  let joined = false
  const second = bench.open(dataDir, 'visitor').then(() => {
    joined = true
  })
  await new Promise((resolve) => setTimeout(resolve, 1000))
  expect(joined).toBe(false)
  await writeFile(file, text)
  await second
})

test('a running main brings a killed server back with its lock, and tells so', { timeout: within }, async () => {
  const dataDir = await madeDataDir(bench, template)
  const events: EmbeddedPostgresEvent[] = []
  const main = await bench.open(dataDir, 'main', { onEvent: (event) => events.push(event) })
  for (let round = 1; round <= 3; round++) {
    await query(main.connection, `INSERT INTO kept VALUES (${round})`)
    const pid = postmasterPid(main.clusterDir)
    process.kill(pid, 'SIGKILL')
    await until('it is back', () => events.length === 2 * round)
    expect(events.slice(-2)).toEqual([{ kind: 'down' }, { kind: 'back' }])
    expect(postmasterPid(main.clusterDir)).not.toBe(pid)
    expect(await query(main.connection, kept)).toEqual([{ n: round }])
  }
  const other = bench.child({ dataDir, role: 'main' })
  expect(await other.failed()).toContain(`Another "facet start" (pid ${process.pid})`)
  await main.release()
  expect(serverProcesses(dataDir)).toEqual([])
})

test('a main whose lock connection is ended takes its lock again on the same server', { timeout: within }, async () => {
  const dataDir = await madeDataDir(bench, template)
  const events: EmbeddedPostgresEvent[] = []
  const main = await bench.open(dataDir, 'main', { onEvent: (event) => events.push(event) })
  const pid = postmasterPid(main.clusterDir)
  await query(main.connection, endLockConnections)
  await until('it is back', () => events.length === 2)
  expect(events).toEqual([{ kind: 'down' }, { kind: 'back' }])
  expect(postmasterPid(main.clusterDir)).toBe(pid)
  const other = bench.child({ dataDir, role: 'main' })
  expect(await other.failed()).toContain('Another "facet start"')
})

const endLockConnections = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'facet %'`

test('a visitor whose lock connection was ended still stops the server it leaves last', {
  timeout: within,
}, async () => {
  const dataDir = await madeDataDir(bench, template)
  for (const delayMs of [0, 0, 1, 2, 5, 50]) {
    const visitor = await bench.open(dataDir, 'visitor')
    // The release may end this query's own connection.
    const ended = query(visitor.connection, endLockConnections).catch(() => {})
    // Before, while and after the visitor learns of it.
    if (delayMs > 0) await ended
    await new Promise((resolve) => setTimeout(resolve, delayMs))
    await visitor.release()
    expect(serverProcesses(dataDir)).toEqual([])
    await ended
  }
})

test('released while it brings the server back, the main leaves no process', { timeout: within }, async () => {
  const dataDir = await madeDataDir(bench, template)
  for (const delayMs of [0, 5, 20, 60, 120]) {
    const main = await bench.open(dataDir, 'main')
    process.kill(postmasterPid(main.clusterDir), 'SIGKILL')
    await new Promise((resolve) => setTimeout(resolve, delayMs))
    await main.release()
    await until('the dead server has no children left', () => serverProcesses(dataDir).length === 0, 3000)
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(serverProcesses(dataDir)).toEqual([])
  }
})

test('a main that slept while another took over is told that it is lost', { timeout: within }, async () => {
  const dataDir = await madeDataDir(bench, template)
  const sleeper = bench.child({ dataDir, role: 'main' })
  const { clusterDir } = await sleeper.opened()
  await sleeper.kill('SIGSTOP')
  process.kill(postmasterPid(clusterDir), 'SIGKILL')
  const main = await bench.open(dataDir, 'main')
  await sleeper.kill('SIGCONT')
  await until('it is told', () => sleeper.events.length === 2)
  expect(sleeper.events).toEqual([
    { kind: 'down' },
    { kind: 'lost', reason: expect.stringContaining(`Another "facet start" (pid ${process.pid})`) },
  ])
  await sleeper.release()
  expect(await query(main.connection, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
})

test('a main whose server cannot be started for 30 s is told that it is lost, and leaves no process', {
  timeout: within,
}, async () => {
  const dataDir = await madeDataDir(bench, template)
  const events: EmbeddedPostgresEvent[] = []
  const main = await bench.open(dataDir, 'main', { onEvent: (event) => events.push(event) })
  await writeFile(join(main.clusterDir, 'postgresql.auto.conf'), 'nonsense\n')
  const began = Date.now()
  process.kill(postmasterPid(main.clusterDir), 'SIGKILL')
  await until('it is told', () => events.length === 2, 60_000)
  expect(events).toEqual([{ kind: 'down' }, { kind: 'lost', reason: expect.stringContaining('does not start') }])
  expect(Date.now() - began).toBeGreaterThan(28_000)
  await main.release()
  expect(serverProcesses(dataDir)).toEqual([])
})

test('a pid in postmaster.pid that now belongs to another program is neither trusted nor hurt', {
  timeout: within,
}, async () => {
  const dataDir = await madeDataDir(bench, template)
  const { uid, gid } = statSync(join(dataDir, 'postgres'))
  // Even one that calls itself postgres and names this cluster, as the server's own user.
  for (const argv0 of ['sleep', '/usr/bin/postgres']) {
    const stranger = spawn('sleep', ['60'], {
      argv0,
      stdio: 'ignore',
      cwd: '/',
      ...(process.geteuid?.() ? {} : { uid, gid }),
    })
    bench.children.push(stranger)
    const socketDir = join(dataDir, 'socket')
    const file = join(dataDir, 'postgres/postmaster.pid')
    await writeFile(file, `${stranger.pid}\n${dataDir}/postgres\n1700000000\n5432\n${socketDir}\n\n 1 1\nready   \n`)
    const lock = join(socketDir, '.s.PGSQL.5432.lock')
    await writeFile(lock, `${stranger.pid}\n${dataDir}/postgres\n1700000000\n5432\n${socketDir}\n`)
    for (const path of [file, lock]) await chown(path, uid, gid)
    const opened = await bench.open(dataDir, 'main')
    expect(await query(opened.connection, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
    await opened.release()
    expect(existsSync(`/proc/${stranger.pid}`)).toBe(true)
    expect(stranger.signalCode).toBeNull()
  }
})

test('a copy of a live data folder gets a server of its own, and the original is left alone', {
  timeout: within,
}, async () => {
  const root = await bench.folder()
  const long = join(root, 'x'.repeat(90))
  await rename(await madeDataDir(bench, template), long)
  const original = await bench.open(long, 'main')
  const pid = postmasterPid(original.clusterDir)
  await query(original.connection, 'CHECKPOINT')
  const copyDir = join(root, 'y'.repeat(90))
  await promisify(execFile)('cp', ['-a', long, copyDir])
  const copy = await bench.open(copyDir, 'main')
  await query(copy.connection, 'INSERT INTO kept VALUES (7)')
  expect(copy.connection.host).not.toBe(original.connection.host)
  expect(await query(original.connection, kept)).toEqual([{ n: 0 }])
  await copy.release()
  expect(serverProcesses(copyDir)).toEqual([])
  expect(postmasterPid(original.clusterDir)).toBe(pid)
  expect(await query(original.connection, kept)).toEqual([{ n: 0 }])
})

test('a server that is shutting down is waited for and started anew', { timeout: within }, async () => {
  const dataDir = await madeDataDir(bench, template)
  for (let round = 0; round < 4; round++) {
    const first = await bench.open(dataDir, 'visitor')
    const pid = postmasterPid(first.clusterDir)
    process.kill(pid, 'SIGINT')
    const second = await bench.open(dataDir, 'main')
    await query(second.connection, `INSERT INTO kept VALUES (${round})`)
    expect(postmasterPid(second.clusterDir)).not.toBe(pid)
    await Promise.all([first.release(), second.release()])
    expect(serverProcesses(dataDir)).toEqual([])
  }
})

test('a socket that was cleaned away is there again within seconds', { timeout: within }, async () => {
  const dataDir = await madeDataDir(bench, template)
  const events: EmbeddedPostgresEvent[] = []
  const main = await bench.open(dataDir, 'main', { onEvent: (event) => events.push(event) })
  await rm(main.connection.host, { recursive: true })
  const visitor = await bench.open(dataDir, 'visitor')
  await until('the main is back', () => events.length === 2)
  expect(events).toEqual([{ kind: 'down' }, { kind: 'back' }])
  expect(await query(visitor.connection, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  expect(visitor.connection).toEqual(main.connection)
})

test('a log past 10 MiB is emptied at the start', { timeout: within }, async () => {
  const dataDir = await madeDataDir(bench, template)
  const log = join(dataDir, 'postgres.log')
  await writeFile(log, Buffer.alloc(11 * 1024 * 1024, 'x'))
  await bench.open(dataDir, 'visitor')
  expect(statSync(log).size).toBeLessThan(100_000)
})
