import { createHmac } from 'node:crypto'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { quietLog, useDatabase } from '../../../test/helpers/database.ts'
import { type DatabaseProxy, openDatabaseProxy } from '../../../test/helpers/tcp-proxy.ts'
import { type OpenNotices, openNotices } from '../../infra/db/notices.ts'
import type { DatabaseAddress } from '../../infra/db/pool.ts'
import type { Ctx } from '../context.ts'
import type { Db } from '../db.ts'
import { updateApp } from '../organizations/organizations.service.ts'
import { createKeyDirectory, type KeyDirectory } from './api-keys.directory.ts'
import { mint } from './api-keys.rules.ts'
import { authenticate, authenticateByToken, createApiKey, listApiKeys, revokeApiKey } from './api-keys.service.ts'
import type { IssuedApiKey, Principal } from './api-keys.types.ts'
import { rotateApiKey } from './secrets.service.ts'

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
  const directory = createKeyDirectory({ ...database.db, query } as Db, database.keys, notices)
  await vi.waitUntil(() => notices.trusted, { timeout: 5_000, interval: 5 })
  return { directory, notices, lookUps: () => query.mock.calls.length }
}

async function newKey(ctx: Ctx): Promise<IssuedApiKey> {
  return createApiKey(ctx, { name: 'Key', scopes: ['profiles:read'], expiresAt: null })
}

/** A token as the contracts' clients make it, signed by hand. */
function tokenOf(secret: string): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const input = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ user_id: '*' })}`
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
}

type Use = (process: OtherProcess, apiKey: IssuedApiKey) => Promise<Principal>

const use: Use = ({ directory }, { secret }) => authenticate(directory, secret, new Date())

const useToken: Use = async ({ directory }, { key, secret }) =>
  (await authenticateByToken(directory, { key, token: tokenOf(secret) }, new Date())).principal

/** Waits until the process refuses the key; gives how long that took. */
async function untilRefused(process: OtherProcess, apiKey: IssuedApiKey, by: Use = use): Promise<number> {
  const begin = performance.now()
  for (;;) {
    const refused = await by(process, apiKey).then(
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

  it('honours an end that another process moved to now within a second, of the secret and of the pair', async () => {
    const ctx = await database.newApp()
    const other = await otherProcess()
    for (const by of [use, useToken]) {
      const apiKey = await newKey(ctx)
      await by(other, apiKey)
      const successor = await rotateApiKey({ ...ctx, now: new Date() }, apiKey.id, { overlapSeconds: 0 })
      expect(await untilRefused(other, apiKey, by)).toBeLessThan(promisedMs)
      await by(other, successor)
    }
  })

  it('honours an end that another process moved to a later moment from that moment on, and not before', async () => {
    const ctx = await database.newApp()
    const [apiKey, other] = [await newKey(ctx), await otherProcess()]
    await use(other, apiKey)
    const end = new Date(ctx.now.getTime() + 3_600_000)
    await rotateApiKey(ctx, apiKey.id, { overlapSeconds: 3_600 })
    const at = (now: number) => authenticate(other.directory, apiKey.secret, new Date(now))
    await vi.waitUntil(
      () =>
        at(end.getTime()).then(
          () => false,
          () => true,
        ),
      { timeout: promisedMs, interval: 1 },
    )
    expect((await at(end.getTime() - 1)).expiresAt).toEqual(end)
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
    const directory = createKeyDirectory(slow, database.keys, notices)
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

describe('the key directory, asked for pairs', () => {
  const refusal = { fault: { code: 'credentials_invalid' } }
  const missing = { fault: { code: 'credentials_missing' } }

  it('finds by the public key the same principal as by the secret, with the secret that was issued', async () => {
    const apiKey = await newKey(await database.newApp())
    const other = await otherProcess()
    const principal = await use(other, apiKey)
    expect(await useToken(other, apiKey)).toEqual(principal)
    expect(await other.directory.findPair(apiKey.key)).toEqual({ principal, secret: apiKey.secret })
  })

  it('looks a pair up once, however many requests come with it, together or later', async () => {
    const apiKey = await newKey(await database.newApp())
    const other = await otherProcess()
    await Promise.all(Array.from({ length: 50 }, () => useToken(other, apiKey)))
    await useToken(other, apiKey)
    expect(other.lookUps()).toBe(1)
  })

  it('refuses what is no public key, and what comes without key or token, without a look-up', async () => {
    const apiKey = await newKey(await database.newApp())
    const other = await otherProcess()
    const token = tokenOf(apiKey.secret)
    const present = (key: string | undefined, given: string | undefined) =>
      authenticateByToken(other.directory, { key, token: given }, new Date())
    for (const key of [apiKey.secret, apiKey.key.slice(0, -1), `${apiKey.key}0`, 'key', apiKey.key.toUpperCase()]) {
      await expect(present(key, token)).rejects.toMatchObject(refusal)
    }
    for (const key of [undefined, '']) await expect(present(key, token)).rejects.toMatchObject(missing)
    for (const given of [undefined, '']) await expect(present(apiKey.key, given)).rejects.toMatchObject(missing)
    expect(other.lookUps()).toBe(0)
  })

  it('refuses an unknown key, and a token that another pair of the same app signed', async () => {
    const ctx = await database.newApp()
    const [one, two] = [await newKey(ctx), await newKey(ctx)]
    const other = await otherProcess()
    const mixed = { key: one.key, token: tokenOf(two.secret) }
    await expect(authenticateByToken(other.directory, mixed, new Date())).rejects.toMatchObject(refusal)
    const unknown = { key: mint('pk', 'sandbox'), token: tokenOf(one.secret) }
    await expect(authenticateByToken(other.directory, unknown, new Date())).rejects.toMatchObject(refusal)
  })

  it('honours a revocation that another process made within a second', async () => {
    const ctx = await database.newApp()
    const other = await otherProcess()
    for (let round = 0; round < 5; round++) {
      const apiKey = await newKey(ctx)
      await useToken(other, apiKey)
      await revokeApiKey(ctx, apiKey.id)
      expect(await untilRefused(other, apiKey, useToken)).toBeLessThan(promisedMs)
    }
  })

  it('honours it within a second when the connection for notices is half open', async () => {
    const ctx = await database.newApp()
    const apiKey = await newKey(ctx)
    const proxy = await openProxy()
    const other = await otherProcess(proxy.address)
    await useToken(other, apiKey)
    proxy.freeze()
    await revokeApiKey(ctx, apiKey.id)
    expect(await untilRefused(other, apiKey, useToken)).toBeLessThan(promisedMs)
  })

  it('refuses an expired pair though it is remembered, and notes no use of one that did not prove itself', async () => {
    const ctx = await database.newApp()
    const expiresAt = new Date(Date.now() + 60_000)
    const apiKey = await createApiKey(ctx, { name: 'Key', scopes: ['profiles:read'], expiresAt })
    const { directory } = await otherProcess()
    const by = (token: string, now: Date) => authenticateByToken(directory, { key: apiKey.key, token }, now)
    await expect(by(tokenOf('other'), new Date())).rejects.toMatchObject(refusal)
    await directory.writeUses()
    expect((await listApiKeys(ctx))[0]?.lastUsedAt).toBeNull()
    await by(tokenOf(apiKey.secret), new Date())
    await expect(by(tokenOf(apiKey.secret), expiresAt)).rejects.toMatchObject(refusal)
    await directory.writeUses()
    expect((await listApiKeys(ctx))[0]?.lastUsedAt).toBeInstanceOf(Date)
  })

  it('gives no secret that was sealed for another row', async () => {
    const ctx = await database.newApp()
    const [one, two] = [await newKey(ctx), await newKey(ctx)]
    await database.db.query(
      'update api_keys set secret_sealed = (select secret_sealed from api_keys where id = $1) where id = $2',
      [one.id, two.id],
    )
    const { directory } = await otherProcess()
    await expect(directory.findPair(two.key)).rejects.toThrow()
    expect((await directory.findPair(one.key))?.secret).toBe(one.secret)
  })
})
