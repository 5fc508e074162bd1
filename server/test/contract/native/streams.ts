import { once } from 'node:events'
import type { Server } from 'node:http'
import { connect, type Socket } from 'node:net'
import { afterEach, beforeAll, vi } from 'vitest'
import type { Ctx } from '../../../src/core/context.ts'
import type { EventType } from '../../../src/core/event-types.ts'
import { recordEvent } from '../../../src/core/events.ts'
import { createSequencer } from '../../../src/core/feed/feed.service.ts'
import { newId } from '../../../src/core/ids.ts'
import { listenOnLoopback, type TestApi, type TestTenant } from '../../helpers/api.ts'
import type { TestDatabase } from '../../helpers/database.ts'
import { type EventSource, type EventSourceOptions, type Message, openEventSource } from './event-source.ts'

type HasCtx = { readonly ctx: Ctx }

/** Streams of the file's server, on a real port. What they open is closed after each test. */
export interface Streams {
  /** A tenant whose feed is empty. */
  newTenant(): Promise<TestTenant>
  /** Opens a stream, here or at another server's URL. */
  open(tenant: TestTenant, options?: Partial<EventSourceOptions>, at?: string): Promise<EventSource>
  /** A stream whose reader stops reading at once; resolves when the server waits for it. */
  openIdle(tenant: TestTenant, at?: string, of?: Server): Promise<{ socket: Socket; server: Socket }>
  /** Runs after the test, even if it fails. */
  afterwards(close: () => unknown): void
}

/** Makes the file's server listen. Call it after `useApi`. */
export function useStreams(database: TestDatabase, api: TestApi): Streams {
  const closing: (() => unknown)[] = []
  let url: string
  beforeAll(async () => {
    url = await listenOnLoopback(api.server)
  })
  afterEach(async () => {
    await Promise.all(closing.splice(0).map((close) => close()))
  })
  return {
    async newTenant() {
      const tenant = await api.newTenant()
      await database.db.query('delete from events_pending where app_id = $1', [tenant.ctx.appId])
      return tenant
    },
    async open(tenant, options = {}, at = url) {
      const source = await openEventSource(at, { secret: tenant.apiKey.secret, ...options })
      closing.push(source.close)
      return source
    },
    async openIdle(tenant, at = url, of = api.server.server) {
      const connected = once(of, 'connection') as Promise<[Socket]>
      const socket = connect(Number(new URL(at).port), '127.0.0.1')
      closing.push(() => socket.destroy())
      socket.pause()
      const { secret } = tenant.apiKey
      socket.write(
        `GET /facet/v1/events HTTP/1.1\r\nhost: x\r\naccept: text/event-stream\r\nauthorization: Bearer ${secret}\r\n\r\n`,
      )
      const [server] = await connected
      await untilStuck(server)
      return { socket, server }
    },
    afterwards: (close) => closing.push(close),
  }
}

/** Not between two parts: the same bytes still wait after a while. */
async function untilStuck(server: Socket): Promise<void> {
  let before = -1
  const look = () => {
    const stuck = server.bytesWritten === before && server.writableNeedDrain
    before = server.bytesWritten
    if (!stuck) throw new Error('The server does not wait for the reader')
  }
  await vi.waitFor(look, { timeout: 10_000, interval: 100 })
}

/** Writes one event. */
export async function record({ ctx }: HasCtx, type: EventType = 'profile.created', subjectId = newId()): Promise<void> {
  await recordEvent(ctx, ctx.appId, { type, subjectId, at: ctx.now, data: { before: null, after: { id: subjectId } } })
}

/** Numbers what was written, and tells the server. */
export async function number({ ctx }: HasCtx): Promise<void> {
  await createSequencer(ctx, ctx.appId).number()
}

/** Writes so many events of so many bytes at once, and numbers them. */
export async function fill({ ctx }: HasCtx, count: number, bytes: number): Promise<void> {
  await ctx.db.query(
    `insert into events_pending (app_id, id, type, subject_id, occurred_at, actor_kind, actor_id, data)
     select $1, gen_random_uuid(), 'profile.created', gen_random_uuid(), now(), 'system', 'test',
       json_build_object('before', null, 'after', json_build_object('label', repeat('x', $3))) from generate_series(1, $2)`,
    [ctx.appId, count, bytes],
  )
  await number({ ctx })
}

export const sequences = (messages: readonly Message[]): number[] => messages.map(({ data }) => data.sequence)

export const range = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index)
