import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { useDatabase } from '../../../test/helpers/database.ts'
import { openKms, type TestKms } from '../../../test/helpers/kms.ts'
import { readCustodyConfig } from '../../config.ts'
import { rewrapDataKeys, withSeed } from '../../core/custody/custody.service.ts'
import type { CustodyKey } from '../../core/ports.ts'
import { withSetupLock } from '../db/migrate.ts'
import { createCredentialsKey } from '../keys/credentials-key.ts'
import { openCustodyKey } from './open-custody-key.ts'
import { beginRotation, dropSpareKeys } from './rotate-custody-key.ts'

const database = useDatabase()
const { db } = database
const master = randomBytes(32)
let kms: TestKms
let dataDir: string

beforeAll(async () => {
  kms = await openKms()
  const { id, check } = createCredentialsKey(master)
  await db.query('insert into installation (credentials_key_id, credentials_key_check) values ($1, $2)', [id, check])
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await kms.close()
})
beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'facet-custody-'))
  for (const [name, value] of Object.entries(kms.environment)) vi.stubEnv(name, value)
  kms.refuse(undefined)
  await db.query('delete from app_seeds', [])
  await db.query('delete from custody_data_keys', [])
  await db.query('update installation set custody_key_id = null, custody_key_check = null', [])
  return () => rmSync(dataDir, { recursive: true, force: true })
})

const file = () => join(dataDir, 'custody.key')
const linesOf = () => readFileSync(file(), 'utf8').trimEnd().split('\n')
const newKey = () => randomBytes(32).toString('base64')

/** Those of the worker, which makes the key, or of a command. */
function options(env: Record<string, string> = {}, makes = true) {
  return {
    dataDir,
    makes,
    bearsOutage: makes,
    custody: readCustodyConfig({ FACET_CUSTODY_KMS_ENDPOINT: kms.endpoint, ...env }),
  }
}

const open = (env?: Record<string, string>, makes?: boolean) =>
  withSetupLock(database.address, (client) => openCustodyKey(client, options(env, makes)))

const seedOf = (key: CustodyKey, appId: string) =>
  withSeed({ ...database.system(), custodyKey: key }, appId, (seed) => seed.toString('hex'))

const begin = (env?: Record<string, string>) =>
  withSetupLock(database.address, (client) => beginRotation(client, options(env, false)))

async function rewrapWith(custodyKey: CustodyKey): Promise<number> {
  const { rewrapped, unopened } = await rewrapDataKeys({ ...database.system(), custodyKey })
  expect(unopened).toEqual([])
  return rewrapped
}

async function rotate(env?: Record<string, string>): Promise<number> {
  return rewrapWith(await begin(env))
}

const drop = () => withSetupLock(database.address, (client) => dropSpareKeys(client, dataDir))

describe('the custody key', () => {
  it('is made in a file for its owner alone when there is none, once by however many start, and found again', async () => {
    const keys = await Promise.all([open(), open(), open()])
    expect(new Set(keys.map(({ id }) => id)).size).toBe(1)
    expect(statSync(file()).mode & 0o777).toBe(0o600)
    expect(linesOf()).toEqual([expect.stringMatching(/^[\w+/]{43}=$/)])
    expect((await open({}, false)).id).toBe(keys[0]?.id)
  })

  it('is made by no command', async () => {
    await expect(open({}, false)).rejects.toThrow(/^The database has no custody key yet: facet start makes it$/)
    expect(() => statSync(file())).toThrow(/ENOENT/)
  })

  it('that the database does not know is refused, and both are named', async () => {
    const [one, other] = [newKey(), newKey()]
    const { id } = await open({ FACET_CUSTODY_KEY: one })
    const strange = new RegExp(
      `^The database was set up with the custody key ${id}, and only [0-9a-f]{16} is given: give`,
    )
    await expect(open({ FACET_CUSTODY_KEY: other })).rejects.toThrow(strange)
    await expect(open()).rejects.toThrow(
      new RegExp(`custody key ${id}, and ${file()} is not there: restore it, or set`),
    )
    expect((await open({ FACET_CUSTODY_KEY: `${other},${one}` })).source).toBe('environment')
  })

  it('that has the id and does not pass the check is refused', async () => {
    const key = newKey()
    await open({ FACET_CUSTODY_KEY: key })
    await db.query(`update installation set custody_key_check = set_byte(custody_key_check, 60, 0)`, [])
    await db.query(`update installation set custody_key_check = set_byte(custody_key_check, 61, 0)`, [])
    await expect(open({ FACET_CUSTODY_KEY: key })).rejects.toThrow(/does not open what it should/)
  })

  it('is never the master key', async () => {
    await expect(open({ FACET_CUSTODY_KEY: master.toString('hex') })).rejects.toThrow(/is the master key too/)
    writeFileSync(file(), `${master.toString('base64')}\n`, { mode: 0o600 })
    await expect(open()).rejects.toThrow(/is the master key too/)
  })

  it('is refused from a file that others can read, or that holds anything else', async () => {
    await open()
    chmodSync(file(), 0o640)
    await expect(open()).rejects.toThrow(`chmod 600 ${file()}`)
    writeFileSync(file(), `${linesOf()[0]}\nsomething\n`)
    chmodSync(file(), 0o600)
    await expect(open()).rejects.toThrow(/must hold custody keys alone .*, one a line: restore it from a copy$/)
  })

  it('is refused in a folder that cannot be written', async () => {
    const folder = dataDir
    dataDir = join(folder, 'link')
    // A folder that is to be made where nothing can be: also root, which no mode keeps out, is refused.
    symlinkSync('/proc/self/none/none', dataDir)
    await expect(open()).rejects.toThrow(
      /^\S+ cannot be made \(E\w+\): let this user write there, or set FACET_CUSTODY_KEY/,
    )
    dataDir = folder
  })

  it('leaves no copies of its file that a killed process was writing', async () => {
    await open()
    const [key] = linesOf()
    for (const name of ['custody.key.4711.tmp', 'custody.key.copy']) writeFileSync(join(dataDir, name), `${key}\n`)
    await open({}, false)
    expect(readdirSync(dataDir).sort()).toEqual(['custody.key', 'custody.key.copy'])
  })

  it('cannot be taken away while it still wraps a key of a seed', async () => {
    const [old, next] = [newKey(), newKey()]
    const { appId } = await database.newApp()
    const first = await open({ FACET_CUSTODY_KEY: old })
    await seedOf(first, appId)
    const both = { FACET_CUSTODY_KEY: `${next},${old}` }
    // A rotation that is broken off right after its beginning.
    await begin(both)
    await expect(open({ FACET_CUSTODY_KEY: next })).rejects.toThrow(
      `The custody key ${first.id} still wraps keys of seeds`,
    )
    expect(await rotate(both)).toBe(1)
    await open({ FACET_CUSTODY_KEY: next })
  })
})

describe('rotation', () => {
  it('in the file is followed by a process that read the file before, and leaves the new key alone', async () => {
    const { appId } = await database.newApp()
    const running = await open()
    const seed = await seedOf(running, appId)
    const [old] = linesOf()
    expect(await rotate()).toBe(1)
    expect(linesOf()).toEqual([expect.not.stringMatching(old ?? ''), old])
    expect(await seedOf(running, appId)).toBe(seed)
    expect(await drop()).toBe(1)
    expect(linesOf()).toHaveLength(1)
    expect(statSync(file()).mode & 0o777).toBe(0o600)
    // Makes a seed too, although it knew the old key only when it began.
    const other = await database.newApp()
    await seedOf(running, other.appId)
    expect(await seedOf(await open(), appId)).toBe(seed)
  })

  it.runIf(process.geteuid?.() === 0)('by root leaves the file to its owner', async () => {
    await open()
    chownSync(file(), 4711, 4712)
    await rotate()
    expect(statSync(file())).toMatchObject({ uid: 4711, gid: 4712 })
    expect(await drop()).toBe(1)
    expect(statSync(file())).toMatchObject({ uid: 4711, gid: 4712 })
    expect(statSync(file()).mode & 0o777).toBe(0o600)
  })

  it('takes no key out of the file that still wraps something', async () => {
    const { appId } = await database.newApp()
    const seed = await seedOf(await open(), appId)
    // Two rotations at once, of which neither has wrapped anything anew yet.
    const [one] = [await begin(), await begin()]
    expect(await drop()).toBe(1)
    expect(linesOf()).toHaveLength(2)
    // The one that was overtaken goes on with the key of the other.
    expect(await rewrapWith(one)).toBe(1)
    expect(await drop()).toBe(1)
    expect(linesOf()).toHaveLength(1)
    expect(await seedOf(await open(), appId)).toBe(seed)
  })

  it('moves from the file to AWS KMS, to another key there, and back to a key of the environment', async () => {
    const { appId } = await database.newApp()
    const seed = await seedOf(await open(), appId)
    const [one, other, last] = [kms.newKey(), kms.newKey(), newKey()]
    kms.alias('alias/custody', one)
    const named = { FACET_CUSTODY_KMS_KEY: 'alias/custody' }
    expect((await open(named)).source).toBe('kms')
    expect(await rotate(named)).toBe(1)
    rmSync(file())
    expect(await seedOf(await open(named), appId)).toBe(seed)
    kms.alias('alias/custody', other)
    expect(await rotate(named)).toBe(1)
    expect(await rotate({ FACET_CUSTODY_KEY: last })).toBe(1)
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'gone')
    expect(await seedOf(await open({ FACET_CUSTODY_KEY: last }), appId)).toBe(seed)
    await expect(open(named)).rejects.toThrow(/^FACET_CUSTODY_KMS_KEY cannot be used: AWS KMS answered 400/)
  })
})

describe('AWS KMS', () => {
  const outage = { status: 503, code: 'ServiceUnavailable' }
  const nameOf = async () => {
    const [row] = await db.query<{ id: string | null }>('select custody_key_id as id from installation', [])
    return row?.id
  }

  /** The settings with a new key, by an alias, which alone does not tell what it names. */
  function newNamedKey(): Record<string, string> {
    const alias = `alias/${crypto.randomUUID()}`
    kms.alias(alias, kms.newKey())
    return { FACET_CUSTODY_KMS_KEY: alias }
  }

  it('that lets its key wrap and not open is moved to by no start and no rotation', async () => {
    const settings = newNamedKey()
    const denied = /does not open what it should: AWS KMS answered 400 \(AccessDeniedException\)$/
    kms.refuse({ operation: 'Decrypt', status: 400, code: 'AccessDeniedException' })
    await expect(open(settings)).rejects.toThrow(denied)
    expect(await nameOf()).toBeNull()

    const { appId } = await database.newApp()
    const file = await open()
    const seed = await seedOf(file, appId)
    await expect(rotate(settings)).rejects.toThrow(denied)
    expect(await nameOf()).toBe(file.id)
    expect(await seedOf(await open(), appId)).toBe(seed)
  })

  it('that is out keeps no worker from its start, which opens seeds as soon as it answers', async () => {
    const settings = newNamedKey()
    const { appId } = await database.newApp()
    const seed = await seedOf(await open(settings), appId)
    kms.refuse(outage)
    const key = await open(settings)
    expect(key.outage).toBe('AWS KMS answered 503 (ServiceUnavailable)')
    await expect(seedOf(key, appId)).rejects.toThrow(/does not open: AWS KMS answered 503/)
    kms.refuse(undefined)
    expect(await seedOf(key, appId)).toBe(seed)
    expect((await open(settings)).outage).toBeUndefined()
  })

  it('that is out is no matter to a key of the file that is still to move there', async () => {
    const { appId } = await database.newApp()
    const seed = await seedOf(await open(), appId)
    kms.refuse(outage)
    const key = await open(newNamedKey())
    expect(key.outage).toBeUndefined()
    expect(await seedOf(key, appId)).toBe(seed)
  })

  it('that is out is refused by commands, and by the first start, which makes no other key then', async () => {
    const settings = newNamedKey()
    const silent = /^FACET_CUSTODY_KMS_KEY cannot be used: AWS KMS answered 503 .*\. Try again when it answers$/
    kms.refuse(outage)
    await expect(open(settings)).rejects.toThrow(silent)
    expect(existsSync(file())).toBe(false)
    kms.refuse(undefined)
    await open(settings)
    kms.refuse(outage)
    await expect(open(settings, false)).rejects.toThrow(silent)
    await expect(rotate(settings)).rejects.toThrow(silent)
  })

  it('that denies its key keeps the worker from its start', async () => {
    const settings = newNamedKey()
    await open(settings)
    kms.refuse({ operation: 'Decrypt', status: 400, code: 'AccessDeniedException' })
    await expect(open(settings)).rejects.toThrow(/does not open what it should: AWS KMS answered 400/)
    kms.refuse({ status: 400, code: 'NotFoundException' })
    await expect(open(settings)).rejects.toThrow(/^FACET_CUSTODY_KMS_KEY cannot be used: AWS KMS answered 400/)
  })
})
