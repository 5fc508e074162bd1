import { once } from 'node:events'
import type { Socket } from 'node:net'
import { describe, expect, it, vi } from 'vitest'
import { buildApp } from '../../../src/app.ts'
import { withdrawApiKey } from '../../../src/core/api-keys/api-keys.service.ts'
import { pruneEvents } from '../../../src/core/feed/feed.service.ts'
import { openNotices } from '../../../src/infra/db/notices.ts'
import type { PooledDb } from '../../../src/infra/db/pool.ts'
import { listenOnLoopback, quietPorts, testConfig, useApi } from '../../helpers/api.ts'
import { quietLog, useDatabase } from '../../helpers/database.ts'
import { consoleOf, newOperator } from '../../helpers/operators.ts'
import { clientOf } from './client.ts'
import { fill, number, record, useStreams } from './streams.ts'

const database = useDatabase()
const api = useApi(database)
const { newTenant, open, openIdle } = useStreams(database, api)
const { signIn } = consoleOf(api)

describe('An event stream ends', () => {
  it('within a second of the revocation of its key, and tells nothing that was numbered after it', async () => {
    const tenant = await newTenant()
    const apiKey = await api.newKey(tenant, ['events:read'])
    await number(tenant)
    const source = await open({ ...tenant, apiKey }, { query: '?after=latest' })
    const other = await open(tenant, { query: '?after=latest' })
    await Promise.all([source.position('1'), other.position('1')])
    await clientOf(api, tenant.apiKey).post(`/api-keys/${apiKey.id}/revoke`)
    const revokedAt = performance.now()
    await number(tenant)
    expect((await other.take(1)).map(({ data }) => data.type)).toEqual(['api_key.revoked'])
    await source.ended
    expect(performance.now() - revokedAt).toBeLessThan(1_000)
    expect(source.left).toEqual([])
    expect((await open({ ...tenant, apiKey })).response.statusCode).toBe(401)
  })

  it('before it sends what was read for a key that is revoked by then', async () => {
    const tenant = await newTenant()
    const { keys } = database
    const [held, release] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const db: PooledDb = {
      ...database.db,
      async query(text, values) {
        const rows = await database.db.query(text, values)
        const hasEvents = text.includes('from events') && rows.some((row) => (row as { id?: unknown }).id)
        if (hasEvents) {
          held.resolve()
          await release.promise
        }
        return rows as never
      },
    }
    const notices = openNotices(database.address, quietLog)
    const app = await buildApp({ config: testConfig, db, keys, notices, ...quietPorts, log: quietLog })
    const source = await open(tenant, {}, await listenOnLoopback(app.server))
    await source.position('0')
    await record(tenant)
    await number(tenant)
    await held.promise
    await withdrawApiKey(tenant.ctx, tenant.ctx.appId, tenant.apiKey.id)
    const client = clientOf({ ...api, server: app.server }, tenant.apiKey)
    await vi.waitFor(async () => expect((await client.get('/profiles')).statusCode).toBe(401), { interval: 1 })
    release.resolve()
    await source.ended
    expect(source.text).not.toContain('data:')
    await app.close(1_000)
    await notices.close()
  })

  it('when its key expires, also while nothing happens', async () => {
    const tenant = await newTenant()
    const expiresAt = new Date(Date.now() + 1_500)
    const apiKey = await api.newKey(tenant, ['events:read'], expiresAt)
    const source = await open({ ...tenant, apiKey })
    expect(await source.ended).toBe('ended')
    expect(Date.now()).toBeGreaterThanOrEqual(expiresAt.getTime())
    expect(Date.now()).toBeLessThan(expiresAt.getTime() + 1_000)
  })

  it('when its key is revoked and its reader takes nothing', async () => {
    const tenant = await newTenant()
    const apiKey = await api.newKey(tenant, ['events:read'])
    await fill(tenant, 2_000, 10_000)
    const { server } = await openIdle({ ...tenant, apiKey })
    const closed = once(server, 'close')
    await clientOf(api, tenant.apiKey).post(`/api-keys/${apiKey.id}/revoke`)
    const revokedAt = performance.now()
    await closed
    expect(performance.now() - revokedAt).toBeLessThan(1_000)
  })

  it('of an operator with their session or their role, not before, and tells nothing that was numbered after it', async () => {
    const tenant = await newTenant()
    const { appId, organizationId } = tenant.ctx
    const ends: ((id: string) => Promise<unknown>)[] = [
      (id) => database.db.query('delete from auth.sessions where operator_id = $1', [id]),
      (id) => database.db.query('delete from auth.memberships where operator_id = $1', [id]),
    ]
    for (const end of ends) {
      const operator = await newOperator(database, { [organizationId]: 'viewer' })
      const credentials = { cookie: await signIn(operator.email), 'facet-app': appId }
      const source = await open(tenant, { credentials, query: '?after=latest' })
      for (let n = 0; n < 2; n++) {
        await record(tenant)
        await number(tenant)
        await source.take(1)
      }
      await end(operator.id)
      await record(tenant)
      await number(tenant)
      expect(await source.ended).toBe('ended')
      expect(source.left).toEqual([])
    }
  })

  it('when events it has yet to tell are pruned, so that its reader comes back and is told so', async () => {
    const tenant = await newTenant()
    await fill(tenant, 2_000, 10_000)
    const { server, socket } = await openIdle(tenant)
    const { appId } = tenant.ctx
    await pruneEvents(tenant.ctx, appId, new Date(Date.now() + 60_000), 10_000)
    const closed = once(server, 'end').catch(() => {})
    socket.resume()
    const received = await readToEnd(socket)
    await closed
    const last = Number([...received.matchAll(/^id: (\d+)$/gm)].at(-1)?.[1])
    expect(last).toBeLessThan(2_000)
    const again = await open(tenant, { lastEventId: String(last) })
    expect(again.response.statusCode).toBe(410)
  })

  it('at once when the server stops, which waits for no reader, not even for one that takes nothing', async () => {
    const tenant = await newTenant()
    await fill(tenant, 2_000, 10_000)
    const { db, keys } = database
    const notices = openNotices(database.address, quietLog)
    const app = await buildApp({ config: testConfig, db, keys, notices, ...quietPorts, log: quietLog })
    const at = await listenOnLoopback(app.server)
    const idle = await openIdle(tenant, at, app.server.server)
    const source = await open(tenant, { query: '?after=latest' }, at)
    await source.position('2000')
    const begun = performance.now()
    await app.close(20_000)
    expect(performance.now() - begun).toBeLessThan(2_000)
    expect(await source.ended).toBe('ended')
    expect(idle.server.destroyed).toBe(true)
    await notices.close()
  })
})

describe('A reader that takes nothing', () => {
  it('costs the server one part of the feed, however many events are numbered meanwhile', async () => {
    const tenant = await newTenant()
    await fill(tenant, 2_000, 10_000)
    const { server } = await openIdle(tenant)
    const taken = server.bytesWritten - server.writableLength
    const other = await open(tenant, { query: '?after=latest' })
    await other.position('2000')
    let most = 0
    for (let round = 0; round < 4; round++) {
      await fill(tenant, 1_000, 10_000)
      // Whoever listens has read all of them by then.
      await other.take(1_000)
      most = Math.max(most, server.writableLength)
    }
    expect(server.writableNeedDrain).toBe(true)
    // 64 KiB, the event that goes over, and what frames them.
    expect(most).toBeLessThan(80_000)
    expect(server.bytesWritten - taken).toBeLessThan(200_000)
  })
})

async function readToEnd(socket: Socket): Promise<string> {
  let received = ''
  socket.setEncoding('utf8').on('data', (text) => {
    received += text
    if (received.endsWith('\r\n0\r\n\r\n')) socket.end()
  })
  await once(socket, 'close')
  return received
}
