import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, copyFileSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { withSeed } from '../../src/core/custody/custody.service.ts'
import { openPool } from '../../src/infra/db/pool.ts'
import { custodyKeyOf } from '../helpers/custody.ts'
import { quietLog, useServerDatabases } from '../helpers/database.ts'
import { childrenOf, cleanUpProcesses, newFolder, runCli, sandboxOf, startFacet } from '../helpers/facet-process.ts'
import { openKms } from '../helpers/kms.ts'

cleanUpProcesses()

const newDatabase = useServerDatabases()
const closers: (() => Promise<void>)[] = []
afterAll(async () => {
  for (const close of closers) await close()
})

async function newSettings() {
  const settings = { FACET_PORT: '0', FACET_LOG_LEVEL: 'error', FACET_DATA_DIR: newFolder() }
  return { ...settings, DATABASE_URL: await newDatabase() }
}

type Settings = Awaited<ReturnType<typeof newSettings>>

const keyFile = ({ FACET_DATA_DIR }: Settings) => join(FACET_DATA_DIR, 'custody.key')
const keysIn = (file: string) =>
  readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => Buffer.from(line, 'base64'))

function databaseOf(settings: Settings) {
  const db = openPool({ address: { connectionString: settings.DATABASE_URL }, connections: 1, log: quietLog })
  closers.push(() => db.close())
  return db
}

/** Has the seed of an app opened by the keys of the file, as a job of the worker does it; makes it when there is none. */
async function seedOf(settings: Settings, appId: string): Promise<string> {
  const [first = Buffer.alloc(0), ...others] = keysIn(keyFile(settings))
  const db = databaseOf(settings)
  const actor = { kind: 'system', id: 'worker' } as const
  const custodyKey = custodyKeyOf(first, ...others)
  const ctx = { db, log: quietLog, now: new Date(), actor, requestId: null, custodyKey }
  return withSeed(ctx, appId, (seed) => seed.toString('hex'))
}

const cli = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

/** Runs `facet custody export` for an operator who types this when asked. */
async function exportTyping(typed: string, settings: Settings, args: readonly string[]) {
  const child = spawn(process.execPath, [cli, 'custody', 'export', ...args], { env: { ...process.env, ...settings } })
  const ended = once(child, 'close')
  const output = { stdout: '', stderr: '' }
  child.stdout.on('data', (bytes) => {
    output.stdout += bytes
  })
  const asked = new Promise<void>((resolve) => {
    child.stderr.on('data', (bytes) => {
      output.stderr += bytes
      if (output.stderr.includes('Type the name of the app')) resolve()
    })
  })
  await Promise.race([asked, ended])
  const typedAt = Date.now()
  child.stdin.end(typed)
  const [code] = await ended
  return { ...output, typedAt, code }
}

/** Why a start is refused, in its only line. */
async function refusalOf(settings: Settings & Record<string, string>): Promise<string> {
  const facet = startFacet(settings)
  expect((await facet.ended()).code).toBe(1)
  expect(facet.output.stdout).toBe('')
  expect(facet.output.stderr).toMatch(/^.+\n$/)
  return facet.output.stderr
}

describe('the custody key in its file', () => {
  it('is backed up by a copy and restored by one, and no start does without', async () => {
    const settings = await newSettings()
    const file = keyFile(settings)
    const facet = startFacet(settings)
    await facet.ready()
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const { appId } = sandboxOf(settings.FACET_DATA_DIR)
    const seed = await seedOf(settings, appId)
    await facet.end('SIGTERM')
    const copy = join(newFolder(), 'custody.key')
    copyFileSync(file, copy)

    renameSync(file, `${file}.lost`)
    const lost =
      /^The database was set up with the custody key ([0-9a-f]{16}), and \S+custody\.key is not there: restore it/
    const [, id = ''] = lost.exec(await refusalOf(settings)) ?? []
    expect(id).not.toBe('')
    const doctor = await runCli(['doctor'], settings)
    expect(doctor).toMatchObject({ code: 1, stdout: expect.stringContaining(`custody key ${id}, and ${file} is not`) })
    writeFileSync(file, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600 })
    expect(await refusalOf(settings)).toMatch(new RegExp(`set up with the custody key ${id}, and only [0-9a-f]{16} is`))
    chmodSync(file, 0o644)
    expect(await refusalOf(settings)).toContain(`chmod 600 ${file}`)
    expect(await refusalOf({ ...settings, FACET_CUSTODY_KEY: 'short' })).toMatch(/^FACET_CUSTODY_KEY must be 32 bytes/)

    copyFileSync(copy, file)
    chmodSync(file, 0o600)
    const restored = startFacet(settings)
    await restored.ready()
    expect(await seedOf(settings, appId)).toBe(seed)
    expect((await runCli(['doctor'], settings)).stdout).toContain(`The custody key is the database's own: ${id}`)
    await restored.end('SIGTERM')
  }, 60_000)

  it('in an AWS KMS that does not answer keeps no server from its start, and the doctor says so', async () => {
    const kms = await openKms()
    closers.push(() => kms.close())
    const settings = { ...(await newSettings()), ...kms.environment, FACET_CUSTODY_KMS_KEY: kms.newKey() }
    const first = startFacet(settings)
    await first.ready()
    await first.end('SIGTERM')
    kms.refuse({ status: 503, code: 'ServiceUnavailable' })
    const facet = startFacet(settings)
    expect((await fetch(`${await facet.ready()}/readyz`)).status).toBe(200)
    await vi.waitUntil(() => facet.output.stdout.includes('AWS KMS does not answer'), { timeout: 10_000 })
    const doctor = await runCli(['doctor'], settings)
    expect(doctor).toMatchObject({ code: 1, stdout: expect.stringContaining('AWS KMS answered 503') })
    await facet.end('SIGTERM')
  }, 60_000)

  it('is not taken from a running server when its next worker refuses: that is logged and tried again', async () => {
    const settings = await newSettings()
    const facet = startFacet(settings)
    const url = await facet.ready()
    chmodSync(keyFile(settings), 0o644)
    for (const worker of childrenOf(facet.pid)) process.kill(worker, 'SIGKILL')
    await vi.waitUntil(() => facet.output.stdout.includes('The worker process refuses to start'), { timeout: 10_000 })
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
    await facet.end('SIGTERM')
  })
})

describe('facet custody', () => {
  it('shows the words of an app to whoever types its name, after an event says so, and else nothing', async () => {
    const settings = await newSettings()
    const facet = startFacet(settings)
    const url = await facet.ready()
    const { appId, secret } = sandboxOf(settings.FACET_DATA_DIR)
    await seedOf(settings, appId)
    const exportsOf = async () => {
      const answer = await fetch(`${url}/facet/v1/events?type=seed.exported`, {
        headers: { authorization: `Bearer ${secret}` },
      })
      return ((await answer.json()) as { data: { actor: object; time: string }[] }).data
    }
    for (const wrong of ['', 'sandbox\nSandbox\n']) {
      const refused = await exportTyping(wrong, settings, ['--app', appId])
      expect(refused).toMatchObject({ stdout: '', code: 1, stderr: expect.stringContaining('nothing is exported') })
    }
    expect(await exportTyping('Sandbox\n', settings, [])).toMatchObject({ stdout: '', code: 2 })
    const shown = await exportTyping('Sandbox\n', settings, ['--app', appId, '--json'])
    expect(shown.code).toBe(0)
    const { mnemonic } = JSON.parse(shown.stdout)
    expect(mnemonic).toMatch(/^[a-z]+( [a-z]+){23}$/)
    expect(shown.stderr).not.toContain(mnemonic)
    await vi.waitUntil(async () => (await exportsOf()).length > 0, { timeout: 10_000 })
    const told = await exportsOf()
    expect(told).toHaveLength(1)
    expect(told[0]).toMatchObject({ actor: { kind: 'operator', id: 'command-line' } })
    expect(JSON.stringify(told)).not.toContain(mnemonic)
    expect(Date.parse(told[0]?.time ?? '')).toBeGreaterThanOrEqual(shown.typedAt)
    await facet.end('SIGTERM')
  }, 60_000)

  it('rotates the key in the file and renews the seeds beside a running server', async () => {
    const settings = await newSettings()
    const facet = startFacet(settings)
    await facet.ready()
    const { appId } = sandboxOf(settings.FACET_DATA_DIR)
    const seed = await seedOf(settings, appId)
    const [before] = keysIn(keyFile(settings))
    const { stdout } = await runCli(['custody', 'rotate', '--json'], settings)
    expect(JSON.parse(stdout)).toEqual({
      custodyKeyId: expect.any(String),
      rewrapped: 1,
      unopened: [],
      dropped: 1,
    })
    const keys = keysIn(keyFile(settings))
    expect(keys).toHaveLength(1)
    expect(keys[0]).not.toEqual(before)
    const renewed = await runCli(['custody', 'renew', '--json'], settings)
    expect(JSON.parse(renewed.stdout)).toEqual({ renewed: [appId] })
    expect(await seedOf(settings, appId)).toBe(seed)
    await facet.end('SIGTERM')
    await startFacet(settings).ready()

    await databaseOf(settings).query(`update custody_data_keys set wrapped = '\\x00'`, [])
    const broken = await runCli(['custody', 'rotate'], settings)
    expect(broken).toMatchObject({ code: 1, stderr: '', stdout: expect.stringContaining(`the app ${appId} does not`) })
    expect(keysIn(keyFile(settings))).toHaveLength(2)
  }, 60_000)
})
