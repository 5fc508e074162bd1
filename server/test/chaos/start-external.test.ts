import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import pg from 'pg'
import { describe, expect, inject, it } from 'vitest'
import { cleanUpProcesses, newFolder, newKeys, runCli, sandboxOf, startFacet } from '../helpers/facet-process.ts'
import { databaseUrl } from '../helpers/global-setup.ts'

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
  return databaseUrl(server, name)
}

describe('on a database of its own', () => {
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

  it('says what to grant to a user who may not make schemas, also to the doctor, and changes nothing', async () => {
    const url = new URL((await externalDatabase()).replace('@/', '@local/'))
    const local = (one: URL) => one.href.replace('@local/', '@/')
    const [database, user] = [url.pathname.slice(1), `weak_${randomBytes(6).toString('hex')}`]
    const admin = new pg.Client(local(url))
    await admin.connect()
    await admin.query(`create role ${user} login password 'weak'; grant create, usage on schema public to ${user}`)
    const weak = new URL(url)
    ;[weak.username, weak.password] = [user, 'weak']
    const env = { ...quiet, FACET_DATA_DIR: newFolder(), DATABASE_URL: local(weak) }
    const words = `DATABASE_URL's user may not make the schemas of the job queue and of operators: grant create on database ${database} to ${user}`
    for (const command of ['migrate', 'start']) {
      expect(await runCli([command], env)).toMatchObject({ code: 1, stdout: '', stderr: `${words}\n` })
    }
    expect(await runCli(['doctor'], env)).toMatchObject({ code: 1, stdout: expect.stringContaining(words) })
    await admin.query(`grant create on database ${database} to ${user}`)
    expect(await runCli(['migrate'], env)).toMatchObject({ code: 0 })
    // Needed once: from now on the schemas are there.
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
})
