import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { describe, expect, it, vi } from 'vitest'
import { openEventSource } from '../contract/native/event-source.ts'
import { useServerDatabases } from '../helpers/database.ts'
import { cleanUpProcesses, newFolder, newKeys, sandboxOf, startFacet } from '../helpers/facet-process.ts'

cleanUpProcesses()
const newDatabase = useServerDatabases()

const writeMs = process.env.FACET_PROVE ? 60_000 : 5_000
const writersOfNode = 4
const nodes = 2
const reconnectMs = 1_000

/** A change that was acknowledged: what it wrote, and when it began and ended by this process's clock. */
interface Change {
  readonly mark: string
  readonly writer: number
  readonly beganAt: number
  readonly endedAt: number
}

interface Event {
  readonly id: string
  readonly sequence: number
  readonly type: string
  readonly profileId: string | null
  /** What the change wrote, by which it is known, and what was there before. */
  readonly mark: string | undefined
  readonly markBefore: string | undefined
}

interface EventJson extends Pick<Event, 'id' | 'sequence' | 'type' | 'profileId'> {
  readonly data: { readonly before: { city?: string } | null; readonly after: { city?: string } | null }
}

function toEvent({ id, sequence, type, profileId, data }: EventJson): Event {
  return { id, sequence, type, profileId, mark: data.after?.city, markBefore: data.before?.city }
}

/** Makes and changes profiles, its own and those of others, one change after the other, each with a mark of its own. */
async function write(url: string, secret: string, writer: number, ids: string[], until: number): Promise<Change[]> {
  const changes: Change[] = []
  const headers = { authorization: `Bearer ${secret}`, 'content-type': 'application/json' }
  while (performance.now() < until) {
    const mark = `${writer}-${changes.length}`
    const id = Math.random() < 0.3 ? undefined : ids[Math.floor(Math.random() * ids.length)]
    const beganAt = performance.now()
    const response = await fetch(`${url}/facet/v1/profiles${id === undefined ? '' : `/${id}`}`, {
      method: id === undefined ? 'POST' : 'PATCH',
      headers,
      body: JSON.stringify({ city: mark }),
    })
    const profile = (await response.json()) as { id: string }
    expect(response.status).toBe(id === undefined ? 201 : 200)
    changes.push({ mark, writer, beganAt, endedAt: performance.now() })
    // Few profiles for all writers, so that they often meet.
    if (id === undefined) ids[Math.floor(Math.random() * 50)] = profile.id
  }
  return changes
}

/** Follows the feed by asking for what is behind the last answer. */
async function poll(url: string, secret: string, isOver: (read: number) => boolean): Promise<Event[]> {
  const events: Event[] = []
  let after = 0
  while (!isOver(events.length)) {
    const headers = { authorization: `Bearer ${secret}` }
    const response = await fetch(`${url}/facet/v1/events?limit=200&after=${after}`, { headers })
    expect(response.status).toBe(200)
    const page = (await response.json()) as { data: EventJson[]; nextAfter: number; more: boolean }
    events.push(...page.data.map(toEvent))
    after = page.nextAfter
    if (!page.more) await wait(20)
  }
  return events
}

/** Follows the stream, cut again and again in the midst of what comes, and taken up at another node where it was. */
async function stream(urls: readonly string[], secret: string, isOver: (read: number) => boolean): Promise<Event[]> {
  const events: Event[] = []
  let lastEventId = '0'
  for (let n = 0; !isOver(events.length); n++) {
    const source = await openEventSource(urls[n % urls.length] ?? '', { secret, lastEventId })
    expect(source.response.statusCode).toBe(200)
    await wait(reconnectMs * (0.5 + Math.random()))
    source.close()
    await source.ended
    for (const { lastEventId: id, data } of await source.take(source.left.length)) {
      expect(id).toBe(String(data.sequence))
      events.push(toEvent(data as unknown as EventJson))
    }
    lastEventId = source.lastEventId
  }
  return events
}

/** Changes that stand before one that had ended when they began. */
function inversions(events: readonly Event[], changes: ReadonlyMap<string, Change>): string[] {
  const found: string[] = []
  let latest: Change | undefined
  for (const { mark = '' } of events) {
    const change = changes.get(mark)
    if (change === undefined) continue
    if (latest !== undefined && change.endedAt < latest.beganAt) found.push(`${latest.mark} before ${mark}`)
    if (latest === undefined || change.beganAt > latest.beganAt) latest = change
  }
  return found
}

/** Events of a profile that do not begin where the one before it ended. */
function breaks(events: readonly Event[]): string[] {
  const marks = new Map<string, string | undefined>()
  const found: string[] = []
  for (const { profileId, mark, markBefore, sequence } of events) {
    if (profileId === null) continue
    if (marks.get(profileId) !== markBefore) found.push(`${sequence}: ${marks.get(profileId)}, not ${markBefore}`)
    marks.set(profileId, mark)
  }
  return found
}

describe(`8 writers in 2 processes for ${writeMs / 1_000} s`, () => {
  it(
    'a reader that asks, and one whose stream is cut all the time, see every change exactly once, in order',
    async () => {
      const databaseUrl = await newDatabase()
      const shared = { DATABASE_URL: databaseUrl, ...newKeys() }
      const folders = Array.from({ length: nodes }, newFolder)
      const start = (dataDir: string) =>
        startFacet({ ...shared, FACET_DATA_DIR: dataDir, FACET_PORT: '0', FACET_LOG_LEVEL: 'error' }).ready()
      const urls = await Promise.all(folders.map(start))
      const { secret, appId } = sandboxOf(folders[0] ?? '')

      let last = Number.POSITIVE_INFINITY
      const isOver = (read: number) => read >= last
      const reading = Promise.all([poll(urls[1] ?? '', secret, isOver), stream(urls, secret, isOver)])
      reading.catch(() => {})
      const [ids, until] = [[] as string[], performance.now() + writeMs]
      const writers = Array.from({ length: writersOfNode * nodes }, (_, writer) =>
        write(urls[writer % nodes] ?? '', secret, writer, ids, until),
      )
      const changes = (await Promise.all(writers)).flat()
      const database = new pg.Client(databaseUrl)
      await database.connect()
      const count = async (table: string) =>
        Number((await database.query(`select count(*) from ${table} where app_id = $1`, [appId])).rows[0].count)
      await vi.waitUntil(async () => (await count('events_pending')) === 0, { timeout: 20_000 })
      last = await count('events')
      await database.end()
      const [polled, streamed] = await reading

      expect(polled.map(({ sequence }) => sequence)).toEqual(Array.from({ length: last }, (_, i) => i + 1))
      expect(new Set(polled.map(({ id }) => id)).size).toBe(last)
      expect(streamed).toEqual(polled)
      const byMark = new Map(changes.map((change) => [change.mark, change]))
      const told = polled.flatMap(({ mark }) => mark ?? [])
      expect(told.toSorted()).toEqual([...byMark.keys()].toSorted())
      // Of one writer, and of all together, since they have one clock.
      expect(inversions(polled, byMark)).toEqual([])
      expect(breaks(polled)).toEqual([])
    },
    60_000 + writeMs * 2,
  )
})
