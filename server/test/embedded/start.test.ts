import { existsSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { EmbeddedPostgresError } from '../../src/infra/db/embedded/embedded-postgres.ts'
import { Bench, killServers, postmasterPid, postmastersByPs, query, serverProcesses, until } from './helpers.ts'

const bench = new Bench()
afterEach(() => bench.clean(), 60_000)
const within = 60_000
const modeOf = (path: string) => statSync(path).mode & 0o777

test('a fresh folder gets a UTF8 cluster in locale C with durable settings, and no TCP port', {
  timeout: within,
}, async () => {
  const root = await bench.folder()
  const said: string[] = []
  const opened = await bench.open(join(root, 'deep/data'), 'main', { say: (line) => said.push(line) })
  expect(opened.clusterDir).toBe(join(root, 'deep/data/postgres'))
  expect(said.join('\n')).toContain(`Making the database cluster in ${opened.clusterDir}`)
  const settings = await query(
    opened.connection,
    `SELECT name, setting FROM pg_settings WHERE name IN ('listen_addresses', 'fsync', 'synchronous_commit',
      'full_page_writes', 'TimeZone', 'lc_messages', 'server_encoding', 'jit', 'max_wal_size', 'unix_socket_permissions',
      'log_min_error_statement', 'wal_compression', 'wal_segment_size', 'wal_buffers', 'data_checksums')`,
  )
  expect(Object.fromEntries(settings.map(({ name, setting }) => [name, setting]))).toEqual({
    listen_addresses: '',
    fsync: 'on',
    synchronous_commit: 'on',
    full_page_writes: 'on',
    TimeZone: 'UTC',
    lc_messages: 'C',
    server_encoding: 'UTF8',
    jit: 'off',
    max_wal_size: '4096',
    unix_socket_permissions: '0700',
    log_min_error_statement: 'panic',
    wal_compression: 'off',
    wal_segment_size: String(4 * 2 ** 20),
    wal_buffers: '2048',
    data_checksums: 'on',
  })
  expect(await query(opened.connection, 'SELECT datcollate, datctype, datlocprovider FROM pg_database')).toEqual(
    Array(4).fill({ datcollate: 'C', datctype: 'C', datlocprovider: 'c' }),
  )
  const pid = postmasterPid(opened.clusterDir)
  expect(listeningTcpSockets(pid)).toEqual([])
  // A session of its own, so that Ctrl-C in the terminal does not reach it: the sixth field.
  expect(readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ')[5]).toBe(String(pid))
  await opened.release()
  expect(serverProcesses(root)).toEqual([])
  expect(await postmastersByPs(root)).toEqual([])
})

/** Inodes of listening TCP sockets that the process holds. */
function listeningTcpSockets(pid: number): string[] {
  const tables = ['/proc/net/tcp', '/proc/net/tcp6'].filter(existsSync).map((file) => readFileSync(file, 'utf8'))
  const listening = tables.flatMap((table) =>
    table
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter((columns) => columns[3] === '0A')
      .map((columns) => `socket:[${columns[9]}]`),
  )
  const held = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`))
  expect(held.some((link) => link.startsWith('socket:'))).toBe(true)
  return held.filter((link) => listening.includes(link))
}

test('the next start keeps data and password and makes nothing anew', { timeout: within }, async () => {
  const dataDir = join(await bench.folder(), 'data')
  const first = await bench.open(dataDir, 'main')
  await query(first.connection, 'CREATE TABLE kept AS SELECT 42 AS n')
  await first.release()
  const said: string[] = []
  const second = await bench.open(dataDir, 'main', { say: (line) => said.push(line) })
  expect(said).toEqual([])
  expect(second.connection).toEqual(first.connection)
  expect(await query(second.connection, 'SELECT n FROM kept')).toEqual([{ n: 42 }])
})

test('only the generated password opens the database, for every role and database', { timeout: within }, async () => {
  const { connection, clusterDir } = await bench.open(join(await bench.folder(), 'data'), 'visitor')
  expect(connection.password.length).toBeGreaterThanOrEqual(40)
  for (const change of [{ password: 'wrong' }, { password: 'wrong', database: 'postgres' }]) {
    await expect(query({ ...connection, ...change }, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' })
  }
  expect(await readFile(join(clusterDir, 'pg_hba.conf'), 'utf8')).toBe('local all all scram-sha-256\n')
})

test('no file of the data folder can be read by another user', { timeout: within }, async () => {
  const dataDir = join(await bench.folder(), 'data')
  const { connection, clusterDir } = await bench.open(dataDir, 'visitor')
  expect(modeOf(dataDir) & ~0o711).toBe(0)
  expect(modeOf(join(dataDir, 'postgres.json'))).toBe(0o600)
  expect(modeOf(join(dataDir, 'postgres.log'))).toBe(0o600)
  expect(modeOf(clusterDir)).toBe(0o700)
  expect(modeOf(connection.host)).toBe(0o700)
  expect(readdirSync(dataDir).sort()).toEqual(['postgres', 'postgres.json', 'postgres.log', 'socket'])
  expect(JSON.parse(await readFile(join(dataDir, 'postgres.json'), 'utf8'))).toMatchObject({
    ...connection,
    clusterDir: 'postgres',
  })
  expect(readFileSync(`/proc/${postmasterPid(clusterDir)}/cmdline`, 'utf8')).not.toContain(connection.password)
})

test('a data folder with a long name or odd characters works, its socket in a short private folder', {
  timeout: within,
}, async () => {
  const root = await bench.folder()
  const dataDir = join(root, `long ${'x'.repeat(90)}, "quoted"`, 'data')
  const main = await bench.open(dataDir, 'main')
  const { host } = main.connection
  expect(host).toMatch(/^\/tmp\/facet-[^/]+$/)
  expect(modeOf(host)).toBe(0o700)
  expect(statSync(host).uid).toBe(statSync(main.clusterDir).uid)
  const visitor = await bench.open(dataDir, 'visitor')
  expect(visitor.connection).toEqual(main.connection)
  await Promise.all([visitor.release(), main.release()])
  expect(existsSync(host)).toBe(false)

  // While stopped, somebody else takes the recorded name.
  await mkdir(host, { mode: 0o777 })
  const again = await bench.open(dataDir, 'main')
  expect(again.connection.host).toMatch(/^\/tmp\/facet-/)
  expect(again.connection.host).not.toBe(host)
  await again.release()
  await rm(host, { recursive: true })

  const short = await bench.open(join(root, 'odd, "name"'), 'visitor')
  expect(short.connection.host).toBe(join(root, 'odd, "name"/socket'))
  expect(await query(short.connection, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
})

test.for([
  { died: 'Facet', killInitdb: false },
  { died: 'Facet and initdb', killInitdb: true },
])(
  'initdb cut short by kill -9 of $died leaves nothing in the way of the next start',
  { timeout: within },
  async ({ killInitdb }) => {
    const root = await bench.folder()
    const dataDir = join(root, 'data')
    const child = bench.child({ dataDir, role: 'main' })
    const halfMade = () =>
      existsSync(dataDir) &&
      readdirSync(dataDir).find(
        (name) => existsSync(join(dataDir, name, 'cluster/base')) && name.startsWith('.postgres-initdb'),
      )
    const work = await until('initdb is in the middle', halfMade, 30_000)
    await child.kill('SIGKILL')
    if (killInitdb) killServers(root)
    expect(existsSync(join(dataDir, 'postgres'))).toBe(false)
    const opened = await bench.open(dataDir, 'main')
    expect(await query(opened.connection, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
    await opened.release()
    await until('the orphaned initdb has ended', () => serverProcesses(root).length === 0)
    await (await bench.open(dataDir, 'visitor')).release()
    expect(existsSync(join(dataDir, work))).toBe(false)
  },
)

test('two first starts at once make one cluster that both use', { timeout: within }, async () => {
  const dataDir = join(await bench.folder(), 'data')
  const children = [bench.child({ dataDir, role: 'visitor' }), bench.child({ dataDir, role: 'main' })]
  const [one, two] = await Promise.all(children.map((child) => child.opened()))
  expect(one).toEqual(two)
  await Promise.all(children.map((child) => child.release()))
  expect(serverProcesses(dataDir)).toEqual([])
  expect(readdirSync(dataDir).sort()).toEqual(['postgres', 'postgres.json', 'postgres.log', 'socket'])
})

test('a missing database facet is made again', { timeout: within }, async () => {
  const dataDir = join(await bench.folder(), 'data')
  const first = await bench.open(dataDir, 'visitor')
  await query({ ...first.connection, database: 'postgres' }, 'DROP DATABASE facet WITH (FORCE)')
  const second = await bench.open(dataDir, 'visitor')
  expect(await query(second.connection, 'SELECT current_database() AS name')).toEqual([{ name: 'facet' }])
})

test('a lost postgres.json costs no data: a new password is set', { timeout: within }, async () => {
  const dataDir = join(await bench.folder(), 'data')
  const first = await bench.open(dataDir, 'main')
  await query(first.connection, 'CREATE TABLE kept AS SELECT 42 AS n')
  await rm(join(dataDir, 'postgres.json'))
  const refused = expect(bench.open(dataDir, 'visitor')).rejects
  await refused.toThrow(/postgres\.json is missing while its PostgreSQL runs.*kill -INT \d+/)
  await first.release()
  const second = await bench.open(dataDir, 'main')
  expect(second.connection.password).not.toBe(first.connection.password)
  expect(await query(second.connection, 'SELECT n FROM kept')).toEqual([{ n: 42 }])
})

test('a cluster that is foreign, gone or broken is refused with what to do, and left as it is', {
  timeout: within,
}, async () => {
  const dataDir = join(await bench.folder(), 'data')
  const { clusterDir, release } = await bench.open(dataDir, 'visitor')
  await release()
  const refusal = async () => {
    const error = await bench.open(dataDir, 'main').catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(EmbeddedPostgresError)
    return (error as Error).message
  }
  const record = join(dataDir, 'postgres.json')
  const good = await readFile(record)
  await writeFile(record, '{"half')
  expect(await refusal()).toMatch(/postgres\.json is damaged. Restore it, or remove it/)
  await writeFile(record, JSON.stringify({ ...JSON.parse(good.toString()), password: 'another' }))
  expect(await refusal()).toMatch(/does not take the password/)
  await writeFile(record, good)

  await writeFile(join(clusterDir, 'postgresql.auto.conf'), 'nonsense\n')
  expect(await refusal()).toMatch(/does not start on .*postgres\.log/)
  await writeFile(join(clusterDir, 'postgresql.auto.conf'), '')

  await writeFile(join(clusterDir, 'PG_VERSION'), '17\n')
  expect(await refusal()).toMatch(/made by PostgreSQL 17, and this Facet brings PostgreSQL 18.*pg_dump/)
  await writeFile(join(clusterDir, 'PG_VERSION'), '18\n')

  await rename(clusterDir, `${clusterDir}-away`)
  expect(await refusal()).toMatch(/is gone. Put it back, or remove postgres.json/)
  await rename(`${clusterDir}-away`, clusterDir)
  expect(serverProcesses(dataDir)).toEqual([])
  await bench.open(dataDir, 'main')
})

test('a folder that cannot be used is refused with what to do', { timeout: within }, async () => {
  const file = join(await bench.folder(), 'file')
  await writeFile(file, '')
  await expect(bench.open('data', 'main')).rejects.toThrow(/must be an absolute path/)
  await expect(bench.open(file, 'main')).rejects.toThrow(/cannot be used.*set FACET_DATA_DIR/)
})
