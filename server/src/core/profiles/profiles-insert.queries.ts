import type { JobCtx } from '../context.ts'
import { randomSlot } from '../count-slots.ts'
import { causeColumns, causesInsert, causeTypes, causeValues } from '../events.ts'
import { gathered, type InApp } from '../gather.ts'
import { emptyRows, paddedRows, tuples } from '../tuples.ts'
import { createdEvent } from './profiles.events.ts'
import type { ProfileForms } from './profiles.rules.ts'
import type { FirstToken, Profile } from './profiles.types.ts'
import { typeOfColumn, valuesOfProfile, writtenColumns } from './written-columns.ts'

/** A profile that is not there yet, and what is written with it. */
export interface NewProfile {
  readonly profile: Profile
  readonly forms: ProfileForms
  /** What keeps it out when it is suppressed: the hashes of its e-mail and phone. */
  readonly hashes: readonly Buffer[]
  /** What lets its person in. */
  readonly token: FirstToken | undefined
}

interface NewRow extends NewProfile {
  /** Where it stands among those of its statement: by what others may take at the same time. */
  readonly place: string
  /** What its columns hold, in their order. */
  readonly values: readonly unknown[]
  readonly cause: readonly unknown[]
  /** It fills no more than the least columns, and has nothing that stands elsewhere. */
  readonly least: boolean
}

/** The least profile pays for no column, guard, word or token that it has not. */
interface Shape {
  readonly rows: number
  readonly least: boolean
}

// A new profile is of the first revision, and was last changed when it was made.
const columns: typeof writtenColumns = writtenColumns.filter(
  (column) => column !== 'revision' && column !== 'updated_at',
)
const leastColumns: readonly string[] = [
  'id',
  'uid',
  'long_id',
  'number',
  'created_at',
  'type',
  'reference',
  'label',
  'attributes',
]
const isWritten = writtenColumns.map((column) => columns.includes(column))
const isLeast = columns.map((column) => leastColumns.includes(column))

/** `$1` is the app, `$2` the slot of the count; then come the rows with their causes, and what stands elsewhere. */
function insertText({ rows, least }: Shape): string {
  const names = (least ? columns.filter((_, i) => isLeast[i]) : columns).join(', ')
  const types = typesOf(least)
  return `
  with given (${names}${least ? '' : ', hashes'}, ${causeColumns}) as (values ${tuples(3, rows, types)}), made as (
    insert into profiles (app_id, updated_at, ${names})
    select $1, created_at, ${names} from given where id is not null ${least ? '' : unlessSuppressed}
    on conflict do nothing returning id
  ), counted as (
    insert into profile_counts (app_id, slot, live) select $1, $2::smallint, count(*) from made having count(*) > 0
    on conflict (app_id, slot) do update set live = profile_counts.live + excluded.live
  ), told as (
    ${causesInsert('profile.created', 'given join made using (id)')}
  )${least ? '' : elsewhereInsert(3 + rows * types.length)}
  select id from made`
}

function typesOf(least: boolean): string[] {
  const own = columns.filter((_, i) => isLeast[i] || !least).map(typeOfColumn)
  return [...own, ...(least ? [] : ['bytea[]']), ...causeTypes]
}

const unlessSuppressed = `and (hashes is null
      or not exists (select from suppressions s where s.app_id = $1 and s.hash = any(hashes)))`

/** Their words, so that they are found by name, and their tokens. */
function elsewhereInsert(first: number): string {
  return `, worded as (
    insert into profile_words (app_id, word, profile_id)
    select $1, word, id from made join unnest($${first}::uuid[], $${first + 1}::text[]) as w (id, word) using (id)
  ), admitted as (
    insert into profile_tokens (app_id, profile_id, kind, token_hash, token_sealed)
    select $1, id, kind, hash, sealed
    from made join unnest($${first + 2}::uuid[], $${first + 3}::text[], $${first + 4}::bytea[], $${first + 5}::bytea[])
      as t (id, kind, hash, sealed) using (id)
  )`
}

const texts = new Map<string, string>()

/** The text of a shape, made once. */
function textOf(shape: Shape): string {
  const key = `${shape.rows} ${shape.least}`
  let text = texts.get(key)
  if (text === undefined) {
    text = insertText(shape)
    texts.set(key, text)
  }
  return text
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Whether each profile was made, in their order. */
async function insertTogether(ctx: InApp, given: readonly NewRow[]): Promise<boolean[]> {
  // Always in one order: statements of two processes that take the same names wait for each other once, and not in a circle.
  const rows = given.toSorted((a, b) => compare(a.place, b.place))
  const shape = { rows: paddedRows(rows.length), least: rows.every(({ least }) => least) }
  const values: unknown[] = [ctx.appId, randomSlot()]
  for (const row of rows) {
    if (shape.least) values.push(...row.values.filter((_, i) => isLeast[i]))
    else values.push(...row.values, row.hashes.length > 0 ? row.hashes : null)
    values.push(...row.cause)
  }
  values.push(...emptyRows(shape.rows - rows.length, typesOf(shape.least).length))
  if (!shape.least) values.push(...valuesElsewhere(rows))
  const made = await ctx.db.query<{ id: string }>(textOf(shape), values)
  if (made.length === given.length) return given.map(() => true)
  const ids = new Set(made.map(({ id }) => id))
  return given.map(({ profile }) => ids.has(profile.id))
}

function valuesElsewhere(rows: readonly NewRow[]): unknown[][] {
  const words = rows.flatMap(({ profile: { id }, forms }) => (forms.nameWords ?? []).map((word) => ({ id, word })))
  const tokens = rows.flatMap(({ profile: { id }, token }) => (token === undefined ? [] : [{ id, ...token }]))
  return [
    words.map(({ id }) => id),
    words.map(({ word }) => word),
    tokens.map(({ id }) => id),
    tokens.map(({ kind }) => kind),
    tokens.map(({ hash }) => hash),
    tokens.map(({ sealed }) => sealed),
  ]
}

const mostRows = 32
const mostBytes = 1_048_576

const insertGathered = gathered<NewRow, boolean>({
  together: insertTogether,
  mostItems: mostRows,
  // Twice: the event tells all that the row holds.
  bytesOf: ({ cause }) => 2 * Buffer.byteLength(String(cause.at(-1))),
  mostBytes,
})

/**
 * Inserts a profile, counts it and tells of it, in one statement, which other creates of the app may share. False when one of its
 * identifiers or ids is taken, or one of the hashes suppressed: `on conflict` waits for the other insert to end and then does nothing,
 * which keeps a surrounding transaction usable.
 */
export function insertProfile(ctx: InApp & Pick<JobCtx, 'actor' | 'requestId'>, row: NewProfile): Promise<boolean> {
  const { profile, forms, token } = row
  const values = valuesOfProfile(profile, forms).filter((_, i) => isWritten[i])
  const least = token === undefined && values.every((value, i) => isLeast[i] || isBlank(value))
  const place = [profile.reference, forms.usernameFolded, forms.emailFolded, forms.phoneE164].join('\0')
  return insertGathered(ctx, { ...row, place, values, least, cause: causeValues(ctx, createdEvent(profile).data) })
}

/** What the table has for a profile of which nothing is said. */
function isBlank(value: unknown): boolean {
  return value === null || value === false || (Array.isArray(value) && value.length === 0)
}
