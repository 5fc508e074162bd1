import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { quietLog, useDatabase } from '../../../test/helpers/database.ts'
import { type DatabaseProxy, openDatabaseProxy } from '../../../test/helpers/tcp-proxy.ts'
import { type OpenNotices, openNotices } from '../../infra/db/notices.ts'
import type { DatabaseAddress } from '../../infra/db/pool.ts'
import { ensureSandbox } from '../api-keys/sandbox.service.ts'
import type { Ctx } from '../context.ts'
import type { Db } from '../db.ts'
import { newId } from '../ids.ts'
import { createHostDirectory, type HostDirectory } from './hosts.directory.ts'
import { makeDefaultApp, updateApp } from './organizations.service.ts'

const database = useDatabase()
const promisedMs = 1_000
const publicUrl = 'https://Profiles.example.com/base'
const rounds = process.env.FACET_PROVE ? 50 : 5

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

beforeAll(async () => {
  // As every start of a server leaves it.
  const text = 'insert into installation (credentials_key_id, credentials_key_check) values ($1, $2)'
  await database.db.query(text, ['test', Buffer.alloc(1)])
})

interface OtherProcess {
  readonly directory: HostDirectory
  readonly notices: OpenNotices
  /** Look-ups made so far. */
  readonly lookUps: () => number
}

/** What another process has of its own: a directory, a connection for notices, a count of its look-ups. */
async function otherProcess(address: DatabaseAddress = database.address): Promise<OtherProcess> {
  const notices = openNotices(address, quietLog)
  closers.push(() => notices.close())
  const query = vi.fn(database.db.query)
  const directory = createHostDirectory({ ...database.db, query } as Db, notices, publicUrl)
  await vi.waitUntil(() => notices.trusted, { timeout: 5_000, interval: 5 })
  return { directory, notices, lookUps: () => query.mock.calls.length }
}

async function openProxy(): Promise<DatabaseProxy> {
  const proxy = await openDatabaseProxy(database.address)
  closers.push(() => proxy.close())
  return proxy
}

/** A host that no other test uses. */
const newHost = () => `${newId()}.example`

/** An app that lists the hosts. */
async function newAppAt(...hosts: string[]): Promise<Ctx> {
  const ctx = await database.newApp('live')
  await updateApp(ctx, ctx.appId, { hosts })
  return ctx
}

/** Waits until the process finds this app, or none, by the host; gives how long that took. */
async function untilFound({ directory }: OtherProcess, host: string, appId: string | undefined): Promise<number> {
  const begin = performance.now()
  while ((await directory.find(host))?.appId !== appId) await new Promise(setImmediate)
  return performance.now() - begin
}

describe('the host directory', () => {
  it('finds by a host the app that lists it, with all that a request must know of it', async () => {
    const host = newHost()
    const { appId, appMode, settings, organizationId, organizationNumber } = await newAppAt(host)
    const { directory } = await otherProcess()
    const identity = { appId, appMode, settings, organizationId, organizationNumber }
    expect(await directory.find(host)).toEqual(identity)
    expect(await directory.find(`sub.${host}`)).toBeUndefined()
    expect(await directory.find(host.slice(1))).toBeUndefined()
  })

  it('looks a host up once, however many requests come with it, together or later', async () => {
    const host = newHost()
    await newAppAt(host)
    const other = await otherProcess()
    await Promise.all(Array.from({ length: 50 }, () => other.directory.find(host)))
    await other.directory.find(host)
    expect(other.lookUps()).toBe(1)
  })

  it('shares a look-up of an unknown host, and remembers nothing of it', async () => {
    const host = newHost()
    const other = await otherProcess()
    await Promise.all(Array.from({ length: 50 }, () => other.directory.find(host)))
    expect(other.lookUps()).toBe(1)
    const { appId } = await newAppAt(host)
    expect(await other.directory.find(host)).toMatchObject({ appId })
  })

  it('goes by a host that moved to another app, in two processes, within a second', async () => {
    const host = newHost()
    const [from, to] = [await newAppAt(host), await database.newApp()]
    const others = [await otherProcess(), await otherProcess()]
    let [owner, next] = [from, to]
    for (let round = 0; round < rounds; round++) {
      for (const { directory } of others) expect(await directory.find(host)).toMatchObject({ appId: owner.appId })
      await updateApp(owner, owner.appId, { removeHosts: [host] })
      await updateApp(next, next.appId, { addHosts: [host] })
      const times = await Promise.all(others.map((other) => untilFound(other, host, next.appId)))
      for (const ms of times) expect(ms).toBeLessThan(promisedMs)
      ;[owner, next] = [next, owner]
    }
  })

  it('goes by a host that was taken off the list within a second', async () => {
    const host = newHost()
    const owner = await newAppAt(host)
    const other = await otherProcess()
    await other.directory.find(host)
    await updateApp(owner, owner.appId, { hosts: [] })
    expect(await untilFound(other, host, undefined)).toBeLessThan(promisedMs)
  })

  it('goes by new settings within a second', async () => {
    const host = newHost()
    const owner = await newAppAt(host)
    const other = await otherProcess()
    expect((await other.directory.find(host))?.settings.selfService.enabled).toBe(false)
    const begin = performance.now()
    await updateApp(owner, owner.appId, { settings: { selfService: { enabled: true } } })
    const enabled = async () => (await other.directory.find(host))?.settings.selfService.enabled
    await vi.waitUntil(enabled, { timeout: 5_000, interval: 1 })
    expect(performance.now() - begin).toBeLessThan(promisedMs)
  })

  it('does it within a second when the connection for notices is half open: nothing comes, nothing ends', async () => {
    const host = newHost()
    const owner = await newAppAt(host)
    const proxy = await openProxy()
    const other = await otherProcess(proxy.address)
    await other.directory.find(host)
    proxy.freeze()
    await updateApp(owner, owner.appId, { hosts: [] })
    expect(await untilFound(other, host, undefined)).toBeLessThan(promisedMs)
  })

  it('forgets everything once notices may have been missed', async () => {
    const host = newHost()
    const owner = await newAppAt(host)
    const proxy = await openProxy()
    const other = await otherProcess(proxy.address)
    await other.directory.find(host)
    proxy.freeze()
    await vi.waitUntil(() => !other.notices.trusted, { timeout: promisedMs, interval: 5 })
    await updateApp(owner, owner.appId, { hosts: [] })
    proxy.thaw()
    await vi.waitUntil(() => other.notices.trusted, { timeout: 10_000, interval: 5 })
    expect(await other.directory.find(host)).toBeUndefined()
  })

  it('does not remember an app that was looked up while news of it came', async () => {
    const host = newHost()
    const owner = await newAppAt(host)
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
    const directory = createHostDirectory(slow, notices, publicUrl)
    await vi.waitUntil(() => notices.trusted, { timeout: 5_000, interval: 5 })
    const early = directory.find(host)
    notices.listen('facet_apps', () => heard.resolve())
    await updateApp(owner, owner.appId, { hosts: [] })
    await early
    expect(await directory.find(host)).toBeUndefined()
  })
})

describe('the default app', () => {
  const defaultHosts = ['localhost', 'shop.localhost', '127.0.0.1', '[::1]', 'profiles.example.com']

  it('is nobody while there is neither a sandbox nor a named one, then the sandbox, then the named one', async () => {
    const other = await otherProcess()
    for (const host of defaultHosts) expect(await other.directory.find(host)).toBeUndefined()
    const sandbox = await ensureSandbox(database.system())
    for (const host of defaultHosts) expect(await other.directory.find(host)).toMatchObject({ appId: sandbox?.appId })
    const { appId } = await database.newApp('live')
    await makeDefaultApp(database.system(), appId)
    expect(await untilFound(other, 'localhost', appId)).toBeLessThan(promisedMs)
    for (const host of defaultHosts) expect(await other.directory.find(host)).toMatchObject({ appId, appMode: 'live' })
  })

  it('changes within a second on every process, whoever was it before', async () => {
    const apps = [await database.newApp(), await database.newApp()]
    const others = [await otherProcess(), await otherProcess()]
    for (let round = 0; round < rounds; round++) {
      const { appId } = apps[round % 2] as Ctx
      await makeDefaultApp(database.system(), appId)
      const times = await Promise.all(others.map((other) => untilFound(other, '127.0.0.1', appId)))
      for (const ms of times) expect(ms).toBeLessThan(promisedMs)
    }
  })

  it('is told to every process also when two changes come together', async () => {
    const apps = await Promise.all(Array.from({ length: 4 }, () => database.newApp()))
    const other = await otherProcess()
    for (let round = 0; round < rounds * 4; round++) {
      let changing = true
      const changes = Promise.all(apps.map(({ appId }) => makeDefaultApp(database.system(), appId)))
      const changed = changes.finally(() => {
        changing = false
      })
      // What is in force between two of the changes is remembered, and must be forgotten.
      while (changing) {
        await other.directory.find('localhost')
        await new Promise(setImmediate)
      }
      await changed
      const [row] = await database.db.query<{ id: string }>('select default_app_id as id from installation', [])
      expect(await untilFound(other, 'localhost', row?.id)).toBeLessThan(promisedMs)
    }
  })

  it('is found once for all its hosts, before any list is asked', async () => {
    const { appId } = await database.newApp()
    const thief = await database.newApp()
    await makeDefaultApp(database.system(), appId)
    // Listed before the settings named it as the installation's own.
    await updateApp({ ...thief, publicUrl: undefined }, thief.appId, { hosts: ['profiles.example.com'] })
    const other = await otherProcess()
    for (const host of defaultHosts) expect(await other.directory.find(host)).toMatchObject({ appId })
    expect(other.lookUps()).toBe(1)
  })

  it('is an app that there is', async () => {
    for (const id of [newId(), 'nonsense']) {
      await expect(makeDefaultApp(database.system(), id)).rejects.toMatchObject({ fault: { code: 'app_not_found' } })
    }
  })
})
