import type { JobCtx } from '../context.ts'
import { randomSlot } from '../count-slots.ts'
import { eventsInsert, eventValues, type NewEvent } from '../events.ts'
import { gathered, type InApp } from '../gather.ts'
import { tuples } from '../tuples.ts'
import type { ProfileForms } from './profiles.rules.ts'
import type { Profile } from './profiles.types.ts'
import { typeOfColumn, valuesOfProfile, writtenColumns } from './written-columns.ts'

/** A profile that is not there yet, and what is written with it. */
interface NewRow {
  readonly profile: Profile
  readonly forms: ProfileForms
  /** What keeps it out when it is suppressed: the hashes of its e-mail and phone. */
  readonly hashes: readonly Buffer[]
  /** The parameters of its event. */
  readonly event: readonly unknown[]
}

/** What a statement has to do beside the least; a profile without name, e-mail and phone pays for none of it. */
interface Variant {
  readonly rows: number
  readonly guarded: boolean
  readonly named: boolean
}

const eventParameters = 8

/** `$1` is the app, `$2` the slot of the count; then come the rows, their events, and the words of their names. */
function insertText({ rows, guarded, named }: Variant): string {
  const casts = [...writtenColumns.map(typeOfColumn), ...(guarded ? ['bytea[]'] : [])]
  const events = 3 + rows * casts.length
  const words = events + rows * eventParameters
  const names = writtenColumns.join(', ')
  return `
  with made as (
    insert into profiles (app_id, ${names})
    select $1, ${names} from (values ${tuples(3, rows, casts)}) v (${names}${guarded ? ', hashes' : ''})
    where v.id is not null ${guarded ? unlessSuppressed : ''}
    on conflict do nothing returning id
  ), counted as (
    insert into profile_counts (app_id, slot, live) select $1, $2::smallint, count(*) from made having count(*) > 0
    on conflict (app_id, slot) do update set live = profile_counts.live + excluded.live
  ), told as (
    ${eventsInsert(events, rows, 'join made on made.id = e.subject_id')}
  )${named ? wordsInsert(words) : ''}
  select id from made`
}

const unlessSuppressed = `and (v.hashes is null
      or not exists (select from suppressions s where s.app_id = $1 and s.hash = any(v.hashes)))`

function wordsInsert(first: number): string {
  return `, worded as (
    insert into profile_words (app_id, word, profile_id)
    select $1, w.word, made.id from made
    join unnest($${first}::text[], $${first + 1}::uuid[]) as w (word, profile_id) on w.profile_id = made.id
  )`
}

const texts = new Map<string, string>()

/** The text of a variant, made once. There are few of them: each is kept prepared on each connection that sends it. */
function textOf(variant: Variant): string {
  const key = `${variant.rows} ${variant.guarded} ${variant.named}`
  let text = texts.get(key)
  if (text === undefined) {
    text = insertText(variant)
    texts.set(key, text)
  }
  return text
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function nulls(count: number): null[] {
  return Array.from({ length: count }, () => null)
}

/** Whether each profile was made, in their order. */
async function insertTogether(ctx: InApp, given: readonly NewRow[]): Promise<boolean[]> {
  // Always in one order: statements of two processes that take the same references wait for each other once, and not in a circle.
  const rows = given.toSorted((a, b) => compare(a.profile.reference ?? '', b.profile.reference ?? ''))
  const guarded = rows.some(({ hashes }) => hashes.length > 0)
  const named = rows.some(({ forms }) => forms.nameWords !== null)
  // So that there are few texts, the rows are a power of two: those behind the last one hold nothing.
  const size = 2 ** Math.ceil(Math.log2(rows.length))
  const padding = size - rows.length
  const values: unknown[] = [ctx.appId, randomSlot()]
  for (const { profile, forms, hashes } of rows) {
    values.push(...valuesOfProfile(profile, forms))
    if (guarded) values.push(hashes.length > 0 ? hashes : null)
  }
  values.push(...nulls(padding * (writtenColumns.length + (guarded ? 1 : 0))))
  for (const { event } of rows) values.push(...event)
  values.push(...nulls(padding * eventParameters))
  if (named) {
    const words = rows.flatMap(({ profile: { id }, forms }) => (forms.nameWords ?? []).map((word) => ({ word, id })))
    values.push(
      words.map(({ word }) => word),
      words.map(({ id }) => id),
    )
  }
  const made = await ctx.db.query<{ id: string }>(textOf({ rows: size, guarded, named }), values)
  if (made.length === given.length) return given.map(() => true)
  const ids = new Set(made.map(({ id }) => id))
  return given.map(({ profile }) => ids.has(profile.id))
}

const mostRows = 32
const mostBytes = 1_048_576

const insertGathered = gathered<NewRow, boolean>({
  together: insertTogether,
  mostItems: mostRows,
  // Twice: the event tells all that the row holds.
  bytesOf: ({ event }) => 2 * Buffer.byteLength(String(event.at(-1))),
  mostBytes,
})

/**
 * Inserts a profile, counts it and tells of it, in one statement, which other creates of the app may share. False when one of its
 * identifiers or ids is taken, or one of the hashes suppressed: `on conflict` waits for the other insert to end and then does nothing,
 * which keeps a surrounding transaction usable.
 */
export function insertProfile(
  ctx: InApp & Pick<JobCtx, 'actor' | 'requestId'>,
  { event, ...row }: Omit<NewRow, 'event'> & { readonly event: NewEvent },
): Promise<boolean> {
  return insertGathered(ctx, { ...row, event: eventValues(ctx, event) })
}
