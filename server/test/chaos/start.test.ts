import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import {
  cleanUpProcesses,
  freePort,
  newFolder,
  runCli,
  sandboxOf,
  startedFolder,
  startFacet,
} from '../helpers/facet-process.ts'

cleanUpProcesses()

const quiet = { FACET_PORT: '0', FACET_LOG_LEVEL: 'error' }

describe('the first start', () => {
  it('makes a sandbox, writes exactly its seven fields for the owner alone, and prints a call that works', async () => {
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
      'operatorEmail',
      'operatorPassword',
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

  it('shows the secret and the password to nobody when standard output is no terminal', async () => {
    const dataDir = newFolder()
    const facet = startFacet({ ...quiet, FACET_DATA_DIR: dataDir, FACET_LOG_LEVEL: 'trace' })
    await facet.ready()
    await facet.end('SIGTERM')
    const { secret, operatorPassword } = sandboxOf(dataDir)
    for (const hidden of [secret, operatorPassword]) {
      expect(facet.output.stdout + facet.output.stderr).not.toContain(hidden)
    }
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
    const dataDir = await startedFolder()
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
    const dataDir = await startedFolder()
    const first = startFacet({ ...quiet, FACET_DATA_DIR: dataDir })
    await first.ready()
    const second = startFacet({ ...quiet, FACET_DATA_DIR: dataDir })
    expect((await second.ended()).code).toBe(1)
    expect(second.output.stderr).toContain(`pid ${first.pid}`)
    expect(second.output.stderr).toContain('FACET_DATA_DIR')
    expect((await fetch(`${sandboxOf(dataDir).url}/readyz`)).status).toBe(200)
  })

  it('with another master key is refused, and says so', async () => {
    const dataDir = await startedFolder()
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
    const dataDir = await startedFolder()
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
})

describe('the facet command', () => {
  it('works beside a running server and without one', async () => {
    const dataDir = await startedFolder()
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
