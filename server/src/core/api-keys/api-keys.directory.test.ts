import { afterEach, describe, expect, it, vi } from 'vitest'
import { quietLog, useDatabase } from '../../../test/helpers/database.ts'
import { type DatabaseProxy, openDatabaseProxy } from '../../../test/helpers/tcp-proxy.ts'
import { type OpenNotices, openNotices } from '../../infra/db/notices.ts'
import type { DatabaseAddress } from '../../infra/db/pool.ts'
import type { Ctx } from '../context.ts'
import type { Db } from '../db.ts'
import { updateApp } from '../organizations/organizations.service.ts'
import { createKeyDirectory, type KeyDirectory } from './api-keys.directory.ts'
import { authenticate, createApiKey, listApiKeys, revokeApiKey } from './api-keys.service.ts'
import type { IssuedApiKey } from './api-keys.types.ts'

const database = useDatabase()
const promisedMs = 1_000

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

interface OtherProcess {
  readonly directory: KeyDirectory
  readonly notices: OpenNotices
  /** Look-ups made so far. */
  readonly lookUps: () => number
}

/** What another process has of its own: a directory, a connection for notices, a count of its look-ups. */
async function otherProcess(address: DatabaseAddress = database.address): Promise<OtherProcess> {
  const notices = openNotices(address, quietLog)
  closers.push(() => notices.close())
  const query = vi.fn(database.db.query)
  const directory = createKeyDirectory({ ...database.db, query } as Db, notices)
  await vi.waitUntil(() => notices.trusted, { timeout: 5_000, interval: 5 })
  return { directory, notices, lookUps: () => query.mock.calls.length }
}

async function newKey(ctx: Ctx): Promise<IssuedApiKey> {
  return createApiKey(ctx, { name: 'Key', scopes: ['profiles:read'], expiresAt: null })
}

const use = ({ directory }: OtherProcess, { secret }: IssuedApiKey) => authenticate(directory, secret, new Date())

/** Waits until the process refuses the key; gives how long that took. */
async function untilRefused(process: OtherProcess, apiKey: IssuedApiKey): Promise<number> {
  const begin = performance.now()
  for (;;) {
    const refused = await use(process, apiKey).then(
      () => false,
      (error) => error.fault.code === 'credentials_invalid',
    )
    if (refused) return performance.now() - begin
    await new Promise(setImmediate)
  }
}

async function openProxy(): Promise<DatabaseProxy> {
  const proxy = await openDatabaseProxy(database.address)
  closers.push(() => proxy.close())
  return proxy
}

describe('the key directory', () => {
  it('looks a key up once, however many requests come with it, together or later', async () => {
    const apiKey = await newKey(await database.newApp())
    const other = await otherProcess()
    await Promise.all(Array.from({ length: 50 }, () => use(other, apiKey)))
    await use(other, apiKey)
    expect(other.lookUps()).toBe(1)
  })

  it('honours a revocation that another process made within a second', async () => {
    const ctx = await database.newApp()
    const rounds = process.env.FACET_PROVE ? 50 : 5
    const other = await otherProcess()
    for (let round = 0; round < rounds; round++) {
      const apiKey = await newKey(ctx)
      await use(other, apiKey)
      await revokeApiKey(ctx, apiKey.id)
      expect(await untilRefused(other, apiKey)).toBeLessThan(promisedMs)
    }
  })

  it('goes by new settings of an app that another process made within a second, and looks up no other app', async () => {
    const [ctx, bystander] = [await database.newApp(), await database.newApp()]
    const [apiKey, otherKey] = [await newKey(ctx), await newKey(bystander)]
    const other = await otherProcess()
    expect(await use(other, apiKey)).toMatchObject({ organizationNumber: ctx.organizationNumber })
    await use(other, otherKey)
    const begin = performance.now()
    await updateApp(ctx, ctx.appId, { settings: { limits: { perSecond: 3 } } })
    const limit = async () => (await use(other, apiKey)).settings.limits.perSecond
    await vi.waitUntil(async () => (await limit()) === 3, { timeout: 5_000, interval: 1 })
    expect(performance.now() - begin).toBeLessThan(promisedMs)
    expect((await use(other, otherKey)).settings.limits.perSecond).toBe(10)
    expect(other.lookUps()).toBe(3)
  })

  it('honours it within a second when the connection for notices is half open: nothing comes, nothing ends', async () => {
    const ctx = await database.newApp()
    const apiKey = await newKey(ctx)
    const proxy = await openProxy()
    const other = await otherProcess(proxy.address)
    await use(other, apiKey)
    proxy.freeze()
    await revokeApiKey(ctx, apiKey.id)
    expect(await untilRefused(other, apiKey)).toBeLessThan(promisedMs)
  })

  it('looks keys up while the connection for notices is down, and remembers again once it is back', async () => {
    const ctx = await database.newApp()
    const apiKey = await newKey(ctx)
    const proxy = await openProxy()
    const other = await otherProcess(proxy.address)
    await use(other, apiKey)
    proxy.freeze()
    await vi.waitUntil(() => !other.notices.trusted, { timeout: promisedMs, interval: 5 })
    const before = other.lookUps()
    await use(other, apiKey)
    await use(other, apiKey)
    expect(other.lookUps()).toBe(before + 2)
    proxy.thaw()
    await vi.waitUntil(() => other.notices.trusted, { timeout: 10_000, interval: 5 })
    await use(other, apiKey)
    await use(other, apiKey)
    expect(other.lookUps()).toBe(before + 3)
  })

  it('does not trust what it remembered from before a gap', async () => {
    const ctx = await database.newApp()
    const apiKey = await newKey(ctx)
    const proxy = await openProxy()
    const other = await otherProcess(proxy.address)
    await use(other, apiKey)
    proxy.freeze()
    await vi.waitUntil(() => !other.notices.trusted, { timeout: promisedMs, interval: 5 })
    await revokeApiKey(ctx, apiKey.id)
    proxy.thaw()
    await vi.waitUntil(() => other.notices.trusted, { timeout: 10_000, interval: 5 })
    await expect(use(other, apiKey)).rejects.toMatchObject({ fault: { code: 'credentials_invalid' } })
  })

  it('does not remember a principal that was looked up while news of it came', async () => {
    const ctx = await database.newApp()
    const apiKey = await newKey(ctx)
    const notices = openNotices(database.address, quietLog)
    closers.push(() => notices.close())
    const heard = Promise.withResolvers<void>()
    const slow: Db = {
      ...database.db,
      async query(text, values) {
        const rows = await database.db.query(text, values)
        await heard.promise
        return rows as never
      },
    }
    const directory = createKeyDirectory(slow, notices)
    await vi.waitUntil(() => notices.trusted, { timeout: 5_000, interval: 5 })
    const early = directory.find(apiKey.secret)
    notices.listen('facet_api_keys', () => heard.resolve())
    await revokeApiKey(ctx, apiKey.id)
    await early
    expect(await directory.find(apiKey.secret)).toBeUndefined()
  })

  it('refuses an expired key though it is remembered', async () => {
    const ctx = await database.newApp()
    const expiresAt = new Date(Date.now() + 60_000)
    const apiKey = await createApiKey(ctx, { name: 'Key', scopes: ['profiles:read'], expiresAt })
    const { directory } = await otherProcess()
    await authenticate(directory, apiKey.secret, new Date())
    await expect(authenticate(directory, apiKey.secret, expiresAt)).rejects.toMatchObject({
      fault: { code: 'credentials_invalid' },
    })
  })

  it('writes when keys were last used in one statement, and never moves the time back', async () => {
    const ctx = await database.newApp()
    const [one, two] = [await newKey(ctx), await newKey(ctx)]
    const other = await otherProcess()
    const late = new Date('2030-01-02T03:04:05.678Z')
    other.directory.noteUse(one.id, late)
    other.directory.noteUse(two.id, new Date('2030-01-01T00:00:00Z'))
    const before = other.lookUps()
    await other.directory.writeUses()
    expect(other.lookUps()).toBe(before + 1)
    other.directory.noteUse(one.id, new Date('2029-01-01T00:00:00Z'))
    await other.directory.writeUses()
    const times = (await listApiKeys(ctx)).map((apiKey) => apiKey.lastUsedAt?.toISOString())
    expect(times).toEqual([late.toISOString(), '2030-01-01T00:00:00.000Z'])
  })
})
