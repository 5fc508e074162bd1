import { type Db, firstRows } from '../db.ts'
import type { EventType } from '../event-types.ts'
import { type EventRow, eventColumns, type FeedEvent, type NumberedEvent, toEvent } from '../stored-events.ts'
import type { FeedQuery } from './feed.types.ts'

type HasDb = { readonly db: Db }

/** The channel on which the processes that number hear that an app has new events; the payload is the app's id. */
export const pendingChannel = 'facet_events_pending'

/** The channel on which every process hears that events of an app were numbered; the payload is the app's id. */
export const feedChannel = 'facet_feed'

const copied = 'id, type, subject_id, occurred_at, actor_kind, actor_id, request_id, data'

/**
 * Moves pending events to the end of the feed. What a snapshot sees is numbered in the order in which it was written:
 * a change that was acknowledged before another began is in every snapshot that holds the other, and drew its position
 * before; so does the earlier of two changes of one row. Only the lowest positions may be taken when there are too many.
 * The lock makes numberings follow each other, so that a number is never visible before a lower one.
 */
const numberText = `
  with feed as (
    select last_sequence from event_feeds where app_id = $1 for update
  ), moved as (
    delete from events_pending
    where app_id = $1 and (select count(*) from feed) = 1 and xact >= $2::xid8 and position < coalesce(
      (select position from events_pending where app_id = $1 and xact >= $2::xid8 order by position offset $3 limit 1),
      9223372036854775807
    ) returning *
  ), numbered as (
    insert into events (app_id, sequence, ${copied})
    select $1, (select last_sequence from feed) + row_number() over (order by position), ${copied} from moved
    returning type
  ), counted as (
    select count(*) as numbered, coalesce(array_agg(distinct type), '{}') as types from numbered
  ), ended as (
    update event_feeds set last_sequence = event_feeds.last_sequence + counted.numbered from counted
    where app_id = $1 and counted.numbered > 0
  )
  select numbered::integer as numbered, types, (select count(*) from feed)::integer as feeds,
    pg_snapshot_xmin(pg_current_snapshot())::text as "settledBefore"
  from counted`

export interface Numbering {
  readonly numbered: number
  /** The types of what was numbered, each once. */
  readonly types: readonly EventType[]
  /** Every transaction before this one has ended, and what it wrote was seen. */
  readonly settledBefore: string
}

/** Numbers at most `limit` pending events of transactions from `settledBefore` on. */
export async function moveToFeed(ctx: HasDb, appId: string, settledBefore: string, limit: number): Promise<Numbering> {
  for (;;) {
    const [row] = await ctx.db.query<Numbering & { feeds: number }>(numberText, [appId, settledBefore, limit])
    if (row !== undefined && row.feeds === 1) {
      if (row.numbered > 0) await ctx.db.notify(feedChannel, appId)
      return row
    }
    await ctx.db.query('insert into event_feeds (app_id) values ($1) on conflict do nothing', [appId])
  }
}

/** The apps that have events without numbers. */
export async function selectAppsWithPending(ctx: HasDb): Promise<string[]> {
  const rows = await ctx.db.query<{ appId: string }>('select distinct app_id as "appId" from events_pending', [])
  return rows.map((row) => row.appId)
}

const sources = {
  whole: (page: string) => page,
  subject: (page: string) => `select k.* from unnest($5::uuid[]) s (id) cross join lateral (${page}) k`,
  types: (page: string) => `select k.* from unnest($5::text[]) t (type) cross join lateral (${page}) k`,
}
const conditions = {
  whole: '',
  subject: 'and subject_id = s.id and ($6::text[] is null or type = any($6))',
  types: 'and type = t.type',
}

function pageText(kind: keyof typeof sources, limit: number): string {
  const rows = firstRows(
    `select sequence, ${eventColumns} from events
     where app_id = $1 and sequence > f.begin and sequence <= f.last_sequence ${conditions[kind]} order by sequence`,
    limit,
    '$3',
  )
  return `
    with f as materialized (
      select last_sequence, pruned_through, coalesce($2::bigint, case when $4 then last_sequence else pruned_through end) as begin
      from event_feeds where app_id = $1
    )
    select f.last_sequence as "lastSequence", f.pruned_through as "prunedThrough", e.*
    from f left join lateral (select * from (${sources[kind](rows)}) found order by sequence limit $3) e on true
    order by e.sequence`
}

/** Where a feed begins and ends, and a part of it, of one snapshot. */
export interface FeedPart {
  readonly lastSequence: number
  readonly prunedThrough: number
  readonly events: readonly NumberedEvent[]
}

/** A part of the feed; `fromEnd` begins behind its last event when the query names no sequence. */
export async function selectFeedPart(
  ctx: HasDb,
  appId: string,
  query: FeedQuery & { readonly fromEnd: boolean },
): Promise<FeedPart> {
  const { after, types, profileIds, limit, fromEnd } = query
  const kind = profileIds !== undefined ? 'subject' : types !== undefined ? 'types' : 'whole'
  const values: unknown[] = [appId, after ?? null, limit, fromEnd]
  if (kind === 'subject') values.push(profileIds, types ?? null)
  if (kind === 'types') values.push(types)
  const rows = await ctx.db.query<EventRow & { lastSequence: string; prunedThrough: string }>(
    pageText(kind, limit),
    values,
  )
  return {
    lastSequence: Number(rows[0]?.lastSequence ?? 0),
    prunedThrough: Number(rows[0]?.prunedThrough ?? 0),
    events: rows.filter((row) => row.sequence !== null).map((row) => toEvent(appId, row) as NumberedEvent),
  }
}

/** The latest numbered events of a type, the latest first, and where the feed ends. */
export async function selectLatestEvents(
  ctx: HasDb,
  appId: string,
  type: EventType,
  limit: number,
): Promise<{ events: NumberedEvent[]; lastSequence: number }> {
  const [feed] = await ctx.db.query<{ last: string }>(
    'select last_sequence as last from event_feeds where app_id = $1',
    [appId],
  )
  const rows = await ctx.db.query<EventRow>(
    `select sequence, ${eventColumns} from events where app_id = $1 and type = $2 order by sequence desc limit $3`,
    [appId, type, limit],
  )
  return {
    events: rows.map((row) => toEvent(appId, row) as NumberedEvent),
    lastSequence: Number(feed?.last ?? 0),
  }
}

/** One event, with a number or still without. */
export async function selectEvent(ctx: HasDb, appId: string, id: string): Promise<FeedEvent | undefined> {
  const numbered = `select sequence, ${eventColumns} from events where app_id = $1 and id = $2`
  const pending = `select null as sequence, ${eventColumns} from events_pending where app_id = $1 and id = $2`
  // One snapshot for both: between two statements the event could move.
  const [row] = await ctx.db.query<EventRow>(`${numbered} union all ${pending}`, [appId, id])
  return row && toEvent(appId, row)
}

/** Removes at most `limit` of the oldest events, as far as all of them happened before; gives how many went. */
export async function deleteOldEvents(ctx: HasDb, appId: string, before: Date, limit: number): Promise<number> {
  const [row] = await ctx.db.query<{ removed: number }>(
    `with oldest as (
       select e.sequence, e.occurred_at from event_feeds f join lateral (
         select sequence, occurred_at from events where app_id = $1 and sequence > f.pruned_through order by sequence limit $3
       ) e on true where f.app_id = $1
     ), cut as (
       select coalesce(min(sequence) filter (where occurred_at >= $2) - 1, max(sequence)) as through from oldest
     ), gone as (
       delete from events using oldest, cut
       where app_id = $1 and events.sequence = oldest.sequence and oldest.sequence <= cut.through returning events.sequence
     ), moved as (
       update event_feeds set pruned_through = cut.through from cut where app_id = $1 and cut.through > pruned_through
     )
     select count(*)::integer as removed from gone`,
    [appId, before, limit],
  )
  return row?.removed ?? 0
}
