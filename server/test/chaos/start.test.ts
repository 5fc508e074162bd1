import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import pg from 'pg'
import { describe, expect, inject, it, vi } from 'vitest'
import {
  cleanUpProcesses,
  freePort,
  newFolder,
  newKeys,
  runCli,
  sandboxOf,
  startFacet,
} from '../helpers/facet-process.ts'
import { withDatabase } from '../helpers/global-setup.ts'

cleanUpProcesses()

const quiet = { FACET_PORT: '0', FACET_LOG_LEVEL: 'error' }

/** A database of this test's own on the server of the run, as a URL. */
async function externalDatabase(encoding = 'UTF8'): Promise<string> {
  const name = `facet_start_${randomBytes(6).toString('hex')}`
  const server = inject('databaseServer')
  const admin = new pg.Client(server)
  await admin.connect()
  await admin.query(`create database ${name} template template0 encoding '${encoding}' locale 'C'`)
  await admin.end()
  const address = withDatabase(server, name)
  if ('connectionString' in address) return address.connectionString
  const { user, password, host, port } = address
  return `postgres://${user}:${password}@/${name}?host=${encodeURIComponent(host)}&port=${port}`
}

describe('the first start', () => {
  it('makes a sandbox, writes exactly its five fields for the owner alone, and prints a call that works', async () => {
    const dataDir = newFolder()
    const facet = startFacet({ ...quiet, FACET_LOG_LEVEL: 'info', FACET_DATA_DIR: dataDir })
    const url = await facet.ready()
    const file = join(dataDir, 'sandbox.json')
    expect(Object.keys(JSON.parse(readFileSync(file, 'utf8')))).toEqual([
      'url',
      'organizationId',
      'appId',
      'key',
      'secret',
    ])
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(sandboxOf(dataDir).url).toBe(url)
    await vi.waitUntil(() => facet.output.stdout.includes('Server listening'), { timeout: 5_000 })
    const lines = facet.output.stdout.trimEnd().split('\n')
    expect(lines.at(-1)).toMatch(/^curl /)
    const answer = execFileSync('sh', ['-c', lines.at(-1) ?? ''], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    expect(answer).toMatch(/^HTTP\/1\.1 201 Created/)
  })

  it('shows the secret to nobody when standard output is no terminal', async () => {
    const dataDir = newFolder()
    const facet = startFacet({ ...quiet, FACET_DATA_DIR: dataDir, FACET_LOG_LEVEL: 'trace' })
    await facet.ready()
    await facet.end('SIGTERM')
    expect(facet.output.stdout + facet.output.stderr).not.toContain(sandboxOf(dataDir).secret)
  })

  it('puts the sandbox into an external database once, however many nodes start at once, and each node has the file', async () => {
    const env = { ...quiet, DATABASE_URL: await externalDatabase(), ...newKeys() }
    const folders = [newFolder(), newFolder(), newFolder()]
    const nodes = folders.map((dataDir) => startFacet({ ...env, FACET_DATA_DIR: dataDir }))
    await Promise.all(nodes.map((node) => node.ready()))
    const [first, ...others] = folders.map((dataDir) => ({ ...sandboxOf(dataDir), url: '' }))
    for (const other of others) expect(other).toEqual(first)
    const { stdout } = await runCli(['apps', 'list', '--json'], { ...env, FACET_DATA_DIR: folders[0] ?? '' })
    expect(JSON.parse(stdout)).toHaveLength(1)
  })

  it('makes no sandbox in production', async () => {
    const dataDir = newFolder()
    const env = { ...quiet, FACET_DATA_DIR: dataDir, NODE_ENV: 'production' }
    const facet = startFacet(env)
    await facet.ready()
    expect(() => sandboxOf(dataDir)).toThrow(/ENOENT/)
    const { stdout } = await runCli(['apps', 'list', '--json'], env)
    expect(JSON.parse(stdout)).toEqual([])
  })
})

describe('a further start', () => {
  it('keeps the credentials, also when the file was lost', async () => {
    const dataDir = newFolder()
    const env = { ...quiet, FACET_DATA_DIR: dataDir, FACET_PORT: String(await freePort()) }
    const facet = startFacet(env)
    await facet.ready()
    const before = sandboxOf(dataDir)
    await facet.end('SIGTERM')
    rmSync(join(dataDir, 'sandbox.json'))
    await startFacet(env).ready()
    expect(sandboxOf(dataDir)).toEqual(before)
  })

  it('on the same folder is refused while the first one runs, and says what to do', async () => {
    const dataDir = newFolder()
    const first = startFacet({ ...quiet, FACET_DATA_DIR: dataDir })
    await first.ready()
    const second = startFacet({ ...quiet, FACET_DATA_DIR: dataDir })
    expect((await second.ended()).code).toBe(1)
    expect(second.output.stderr).toContain(`pid ${first.pid}`)
    expect(second.output.stderr).toContain('FACET_DATA_DIR')
    expect((await fetch(`${sandboxOf(dataDir).url}/readyz`)).status).toBe(200)
  })

  it('with another master key is refused, and says so', async () => {
    const dataDir = newFolder()
    const facet = startFacet({ ...quiet, FACET_DATA_DIR: dataDir })
    await facet.ready()
    await facet.end('SIGTERM')
    writeFileSync(join(dataDir, 'master.key'), randomBytes(32).toString('base64'))
    const other = startFacet({ ...quiet, FACET_DATA_DIR: dataDir })
    expect((await other.ended()).code).toBe(1)
    expect(other.output.stderr).toMatch(
      /master\.key holds the master key [0-9a-f]{16}, but the database was set up with [0-9a-f]{16}/,
    )
    chmodSync(join(dataDir, 'master.key'), 0o644)
    const open = startFacet({ ...quiet, FACET_DATA_DIR: dataDir })
    expect((await open.ended()).code).toBe(1)
    expect(open.output.stderr).toContain(`chmod 600 ${join(dataDir, 'master.key')}`)
    rmSync(join(dataDir, 'master.key'))
    const without = startFacet({ ...quiet, FACET_DATA_DIR: dataDir })
    expect((await without.ended()).code).toBe(1)
    expect(without.output.stderr).toMatch(/restore it, or set FACET_MASTER_KEY/)
  })
})

describe('a start that cannot be', () => {
  it('names every mistaken setting at once', async () => {
    const facet = startFacet({ FACET_PORT: 'many', FACET_LOG_LEVEL: 'loud', FACET_DATA_DIR: newFolder() })
    expect((await facet.ended()).code).toBe(1)
    expect(
      facet.output.stderr
        .trim()
        .split('\n')
        .map((line) => line.split(' ')[0]),
    ).toEqual(['FACET_PORT', 'FACET_LOG_LEVEL'])
  })

  it('says in one line that the port is taken, and leaves nothing running', async () => {
    const blocker = createServer().listen(0, '127.0.0.1')
    await once(blocker, 'listening')
    const { port } = blocker.address() as { port: number }
    const dataDir = newFolder()
    const facet = startFacet({ ...quiet, FACET_PORT: String(port), FACET_DATA_DIR: dataDir })
    expect((await facet.ended()).code).toBe(1)
    expect(facet.output.stderr.trim().split('\n').at(-1)).toBe(
      `FACET_PORT: port ${port} is taken on 127.0.0.1; stop the other program, or set FACET_PORT`,
    )
    expect(() => statSync(join(dataDir, 'postgres', 'postmaster.pid'))).toThrow(/ENOENT/)
    blocker.close()
  })

  it('says in one line that DATABASE_URL cannot be reached, and never repeats its password', async () => {
    const url = `postgres://u:hunter2@127.0.0.1:${await freePort()}/d`
    const facet = startFacet({ ...quiet, FACET_DATA_DIR: newFolder(), DATABASE_URL: url })
    expect((await facet.ended()).code).toBe(1)
    expect(facet.output.stderr).toBe('DATABASE_URL cannot be reached (ECONNREFUSED): is PostgreSQL running there?\n')
  })

  it('says in one line what is wrong with DATABASE_URL, also to the doctor, and never repeats it', async () => {
    const plain = createServer((socket) => socket.once('data', () => socket.end('N'))).listen(0, '127.0.0.1')
    await once(plain, 'listening')
    const { port } = plain.address() as { port: number }
    const wrong = {
      'postgres://u:hunter2@127.0.0.1:99999/d': /^DATABASE_URL must be .*\n$/,
      'postgres://u:hunter2%ff@127.0.0.1:1/d': /^DATABASE_URL must be .*\n$/,
      [`postgres://u:hunter2@127.0.0.1:${port}/d?sslmode=verify-full`]: /^DATABASE_URL asks for TLS .*\n$/,
      'postgres://u:hunter2@127.0.0.1:1/d?sslrootcert=/none': /^DATABASE_URL cannot be reached \(ENOENT\).*\n$/,
      [await externalDatabase('LATIN1')]: /^DATABASE_URL leads to a database with the encoding LATIN1.*\n$/,
    }
    for (const [url, words] of Object.entries(wrong)) {
      const env = { ...quiet, FACET_DATA_DIR: newFolder(), DATABASE_URL: url }
      const facet = startFacet(env)
      expect((await facet.ended()).code).toBe(1)
      expect(facet.output.stderr).toMatch(words)
      const doctor = await runCli(['doctor'], env)
      expect(doctor).toMatchObject({ code: 1, stderr: '', stdout: expect.stringContaining('DATABASE_URL') })
      expect(facet.output.stderr + doctor.stdout).not.toMatch(/hunter2/)
    }
    plain.close()
  })

  it('says what to grant to a user who may not make the schema of jobs, also to the doctor, and changes nothing', async () => {
    const url = new URL((await externalDatabase()).replace('@/', '@local/'))
    const local = (one: URL) => one.href.replace('@local/', '@/')
    const [database, user] = [url.pathname.slice(1), `weak_${randomBytes(6).toString('hex')}`]
    const admin = new pg.Client(local(url))
    await admin.connect()
    await admin.query(`create role ${user} login password 'weak'; grant create, usage on schema public to ${user}`)
    const weak = new URL(url)
    ;[weak.username, weak.password] = [user, 'weak']
    const env = { ...quiet, FACET_DATA_DIR: newFolder(), DATABASE_URL: local(weak) }
    const words = `DATABASE_URL's user may not make the schema of the job queue: grant create on database ${database} to ${user}`
    for (const command of ['migrate', 'start']) {
      expect(await runCli([command], env)).toMatchObject({ code: 1, stdout: '', stderr: `${words}\n` })
    }
    expect(await runCli(['doctor'], env)).toMatchObject({ code: 1, stdout: expect.stringContaining(words) })
    await admin.query(`grant create on database ${database} to ${user}`)
    expect(await runCli(['migrate'], env)).toMatchObject({ code: 0 })
    // Needed once: from now on the schema is there.
    await admin.query(`revoke create on database ${database} from ${user}`)
    expect(await runCli(['migrate'], env)).toMatchObject({ code: 0 })
    await admin.query(`reassign owned by ${user} to current_user; drop owned by ${user}; drop role ${user}`)
    await admin.end()
  })

  it('says in one line that a migration was changed', async () => {
    const env = { ...quiet, FACET_DATA_DIR: newFolder(), DATABASE_URL: await externalDatabase() }
    await runCli(['migrate'], env)
    const client = new pg.Client(env.DATABASE_URL)
    await client.connect()
    await client.query("update schema_migrations set checksum = 'another'")
    await client.end()
    const facet = startFacet(env)
    expect((await facet.ended()).code).toBe(1)
    expect(facet.output.stderr).toMatch(/^Migration \S+ was changed after it had been applied.*\n$/)
  })
})

describe('the facet command', () => {
  it('works beside a running server and without one', async () => {
    const dataDir = newFolder()
    const env = { ...quiet, FACET_DATA_DIR: dataDir }
    const facet = startFacet(env)
    const url = await facet.ready()
    const made = await runCli(['keys', 'create', 'CI', '--scopes', 'profiles:read', '--json'], env)
    const { id, secret } = JSON.parse(made.stdout)
    const read = () => fetch(`${url}/facet/v1/profiles`, { headers: { authorization: `Bearer ${secret}` } })
    expect((await read()).status).toBe(200)
    expect((await runCli(['keys', 'revoke', id], env)).code).toBe(0)
    const begin = performance.now()
    while ((await read()).status !== 401) expect(performance.now() - begin).toBeLessThan(1_000)
    await facet.end('SIGTERM')
    const keys = JSON.parse((await runCli(['keys', 'list', '--json'], env)).stdout)
    expect(keys.map((key: { name: string }) => key.name)).toEqual(['Sandbox key', 'CI'])
    expect(JSON.stringify(keys)).not.toContain('sk_sandbox')
    expect((await runCli(['apps', 'create', 'Shop', '--mode', 'live'], env)).code).toBe(0)
    expect((await runCli(['doctor'], env)).code).toBe(0)
    expect(() => statSync(join(dataDir, 'postgres', 'postmaster.pid'))).toThrow(/ENOENT/)
  })

  it('refuses a database that is not up to date instead of changing it, and migrates when told to', async () => {
    const env = { FACET_DATA_DIR: newFolder(), DATABASE_URL: await externalDatabase() }
    const refused = await runCli(['apps', 'list'], env)
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('run facet migrate') })
    const report = JSON.parse((await runCli(['migrate', '--json'], env)).stdout)
    expect(report.applied.length).toBeGreaterThan(0)
    expect((await runCli(['migrate', '--json'], env)).stdout).toContain('"applied": []')
    expect((await runCli(['apps', 'list', '--json'], env)).stdout.trim()).toBe('[]')
  })

  it('doctor finds nothing wrong before the first start, and makes nothing', async () => {
    const parent = newFolder()
    const dataDir = join(parent, 'data')
    const embedded = await runCli(['doctor'], { ...quiet, FACET_DATA_DIR: dataDir })
    expect(embedded).toMatchObject({ code: 0, stdout: expect.stringContaining('not made yet') })
    const external = { ...quiet, FACET_DATA_DIR: dataDir, DATABASE_URL: await externalDatabase() }
    expect(await runCli(['doctor'], external)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('facet start or facet migrate sets it up'),
    })
    expect(readdirSync(parent)).toEqual([])
  })

  it('keeps its log apart from its answer', async () => {
    const env = { FACET_LOG_LEVEL: 'trace', FACET_DATA_DIR: newFolder() }
    await runCli(['migrate'], env)
    expect(JSON.parse((await runCli(['apps', 'list', '--json'], env)).stdout)).toEqual([])
  })

  it('doctor says what is wrong, and ends with 1', async () => {
    const url = `postgres://u@127.0.0.1:${await freePort()}/d`
    const env = { FACET_DATA_DIR: newFolder(), DATABASE_URL: url, FACET_PROT: '1' }
    const { code, stdout } = await runCli(['doctor', '--json'], env)
    expect(code).toBe(1)
    const wrong = JSON.parse(stdout).findings.filter((finding: { ok: boolean }) => !finding.ok)
    expect(wrong.map((finding: { what: string }) => finding.what)).toEqual([
      'FACET_PROT is set and never read',
      'The PostgreSQL of DATABASE_URL does not work',
    ])
  })

  it('answers a line that it does not understand with its mistake, and ends with 2', async () => {
    for (const args of [['fly'], ['keys'], ['keys', 'create'], ['apps', 'create', 'x'], ['apps', 'list', '--fast']]) {
      const { code, stderr } = await runCli(args, { FACET_DATA_DIR: newFolder() })
      expect({ args, code }).toEqual({ args, code: 2 })
      expect(stderr).toContain('See facet --help')
    }
  })
})
