import type { JobCtx } from '../context.ts'
import { randomSlot } from '../count-slots.ts'
import { DatabaseError } from '../db.ts'
import { DomainFault, type Identifier } from '../errors.ts'
import { eventInsert, eventValues, type NewEvent } from '../events.ts'
import { gathered, type InApp, readBounds } from '../gather.ts'
import { type ProfileRow, profileColumns, toProfile } from '../profile-row.ts'
import type { ProfileForms } from './profiles.rules.ts'
import type { LockedProfile, Profile, ProfileIds, ProfileKey } from './profiles.types.ts'
import { valuesOfProfile, wipedColumns, writtenColumns } from './written-columns.ts'

type Changing = InApp & Pick<JobCtx, 'actor' | 'requestId'>

const parameter = (index: number) => `$${index}`

const takenBy: Record<Identifier, string> = {
  reference: 'reference = $3',
  username: 'username_folded = $4',
  email: 'email_folded = $5',
  phone: 'phone_e164 = $6',
}
const selectTaken = Object.entries(takenBy)
  .map(
    ([field, condition]) =>
      `select '${field}' as field where exists (
         select from profiles where app_id = $1 and ${condition} and deleted_at is null and id <> $2)`,
  )
  .join(' union all ')

/** Which identifiers of the profile another live profile of the app holds. */
export async function selectTakenIdentifiers(
  ctx: InApp,
  profile: Pick<Profile, 'id' | 'reference'>,
  profileForms: ProfileForms,
): Promise<Identifier[]> {
  const { usernameFolded, emailFolded, phoneE164 } = profileForms
  const values = [ctx.appId, profile.id, profile.reference, usernameFolded, emailFolded, phoneE164]
  const rows = await ctx.db.query<{ field: Identifier }>(selectTaken, values)
  return rows.map((row) => row.field)
}

const keyColumns = {
  id: { column: 'p.id', type: 'uuid' },
  uid: { column: 'p.uid', type: 'bigint' },
  longId: { column: 'p.long_id', type: 'numeric' },
  number: { column: 'p.number', type: 'bigint' },
  reference: { column: 'p.reference', type: 'text' },
  username: { column: 'p.username_folded', type: 'text' },
  email: { column: 'p.email_folded', type: 'text' },
  phone: { column: 'p.phone_e164', type: 'text' },
} as const satisfies Partial<Record<ProfileKey['by'], object>>

const referenceOrId = '(p.reference = $2 or (p.reference is null and p.id = $2::text::uuid))'

function conditionOf(by: ProfileKey['by']): string {
  return by === 'referenceOrId' ? referenceOrId : `${keyColumns[by].column} = $2`
}

function selectBy({ by }: ProfileKey): string {
  // Somebody's reference may be another's id.
  const first = by === 'referenceOrId' ? 'order by p.reference nulls last limit 1' : ''
  return `select ${profileColumns} from profiles p
    where p.app_id = $1 and ${conditionOf(by)} and p.deleted_at is null ${first}`
}

async function selectOne(ctx: InApp, key: ProfileKey): Promise<Profile | undefined> {
  const [row] = await ctx.db.query<ProfileRow>(selectBy(key), [ctx.appId, key.value])
  return row && toProfile(row)
}

type Selecting = (ctx: InApp, value: string) => Promise<Profile | undefined>

/** Selects by one key, together with others that are asked for at the same time; each costs a probe of the key's index. */
function selecting(by: keyof typeof keyColumns): Selecting {
  const { column, type } = keyColumns[by]
  const text = `select ${column} as key, ${profileColumns} from profiles p
    where p.app_id = $1 and ${column} = any($2::${type}[]) and p.deleted_at is null`
  return gathered({
    async together(ctx, values) {
      const [value] = values
      if (value !== undefined && values.length === 1) return [await selectOne(ctx, { by, value })]
      const rows = await ctx.db.query<ProfileRow & { key: string }>(text, [ctx.appId, values])
      const found = new Map(rows.map(({ key, ...row }) => [key, toProfile(row)]))
      return values.map((value) => found.get(by === 'id' ? value.toLowerCase() : value))
    },
    ...readBounds,
    bytesOf: (value) => value.length,
  })
}

const selectingBy = Object.fromEntries(
  Object.keys(keyColumns).map((by) => [by, selecting(by as keyof typeof keyColumns)]),
) as Record<keyof typeof keyColumns, Selecting>

/** The live profile that a key names; its value must be in the form of the key's column. */
export function selectProfile(ctx: InApp, key: ProfileKey): Promise<Profile | undefined> {
  return key.by === 'referenceOrId' ? selectOne(ctx, key) : selectingBy[key.by](ctx, key.value)
}

const lasting: ReadonlySet<ProfileKey['by']> = new Set(['id', 'uid', 'longId', 'number'])

/** The ids of the profile that a key names; by one of them also when it is gone. */
export async function selectProfileIds(ctx: InApp, { by, value }: ProfileKey): Promise<ProfileIds | undefined> {
  // Identifiers are indexed for live profiles alone, and no other has any.
  const live = lasting.has(by) ? '' : 'and p.deleted_at is null'
  const text = `select p.id, p.uid, p.long_id as "longId", p.number from profiles p
    where p.app_id = $1 and ${conditionOf(by)} ${live}`
  const [row] = await ctx.db.query<Omit<ProfileIds, 'number'> & { number: string }>(text, [ctx.appId, value])
  return row && { ...row, number: Number(row.number) }
}

/** The live profiles that have one of the usernames, in the order of their folded names. */
export async function selectProfilesByUsernames(ctx: InApp, folded: readonly string[]): Promise<Profile[]> {
  const text = `select ${profileColumns} from profiles p
    where p.app_id = $1 and p.username_folded = any($2::text[]) and p.deleted_at is null order by p.username_folded`
  return (await ctx.db.query<ProfileRow>(text, [ctx.appId, folded])).map(toProfile)
}

/** The live profile that a key names, locked until the transaction ends. */
export async function selectProfileForUpdate(ctx: InApp, key: ProfileKey): Promise<Profile | undefined> {
  const text = `${selectBy(key)} for update`
  const [row] = await ctx.db.query<ProfileRow>(text, [ctx.appId, key.value])
  return row && toProfile(row)
}

/** The same, kept from being deleted until the transaction ends, but not from being changed; others may hold it too. */
export async function selectProfileForKeyShare(ctx: InApp, key: ProfileKey): Promise<Profile | undefined> {
  const text = `${selectBy(key)} for key share`
  const [row] = await ctx.db.query<ProfileRow>(text, [ctx.appId, key.value])
  return row && toProfile(row)
}

const updateText = `
  with gone as (
    delete from profile_words where app_id = $1 and profile_id = $2 and word = any($${writtenColumns.length + 2}::text[])
  ), worded as (
    insert into profile_words (app_id, word, profile_id)
    select $1, word, $2 from unnest($${writtenColumns.length + 3}::text[]) as word
  ), told as (${eventInsert(writtenColumns.length + 4)})
  update profiles set ${writtenColumns.map((column, i) => `${column} = ${parameter(i + 2)}`).join(', ')}
  where app_id = $1 and id = $2`

/** Writes every field of a profile that the transaction has locked, moves it from its old words to its new, and tells of it. */
export async function updateProfileRow(
  ctx: Changing,
  before: ProfileForms,
  profile: Profile,
  profileForms: ProfileForms,
  event: NewEvent,
): Promise<void> {
  const old = before.nameWords ?? []
  const now = profileForms.nameWords ?? []
  const dropped = old.filter((word) => !now.includes(word))
  const added = now.filter((word) => !old.includes(word))
  try {
    const values = [...valuesOfProfile(profile, profileForms), dropped, added, ...eventValues(ctx, event)]
    await ctx.db.query(updateText, [ctx.appId, ...values])
  } catch (error) {
    throw asTaken(error)
  }
}

/** The channel on which every process hears that a live profile got a username, or lost it; the payload is its id. */
export const usernamesChannel = 'facet_usernames'

/** Tells every process of it, once that is committed. For a transaction. */
export function tellOfUsername(ctx: InApp, id: string): Promise<void> {
  return ctx.db.notify(usernamesChannel, id)
}

const wipe = wipedColumns.map((column) => `${column} = ${wipedValue(column)}`).join(', ')
const deleteText = `
  with gone as (
    update profiles set deleted_at = $3, updated_at = $3, revision = revision + 1, merged_into = $14, ${wipe}
    where app_id = $1 and id = $2 and deleted_at is null returning id
  ), counted as (
    insert into profile_counts (app_id, slot, live) select $1, $4::smallint, -1 from gone
    on conflict (app_id, slot) do update set live = profile_counts.live - 1
  ), departed as (
    insert into profile_departures (app_id, profile_id) select $1, id from gone
  ), unworded as (
    delete from profile_words where app_id = $1 and profile_id = $2 and word = any($5::text[])
  ), told as (${eventInsert(6, 'from gone')})
  select id from gone`

/**
 * Turns a profile into a tombstone, and tells of it: its ids stay, its identifiers and everything personal go. One that became
 * part of another keeps the other's id.
 */
export async function deleteProfileRow(
  ctx: Changing,
  {
    id,
    words,
    mergedInto,
  }: { readonly id: string; readonly words: readonly string[]; readonly mergedInto: string | null },
  event: NewEvent,
): Promise<void> {
  const told = eventValues(ctx, event)
  await ctx.db.query(deleteText, [ctx.appId, id, event.at, randomSlot(), words, ...told, mergedInto])
}

/** Those of the profiles that are live, kept from changing until the transaction ends. Always locked in one order. */
export async function selectLiveForUpdate(ctx: InApp, ids: readonly string[]): Promise<LockedProfile[]> {
  const text = `select id, uid, reference from profiles
    where app_id = $1 and id = any($2::uuid[]) and deleted_at is null order by id for no key update`
  return ctx.db.query<LockedProfile>(text, [ctx.appId, ids])
}

/** Both of two live profiles, locked until the transaction ends; fewer when one is not there. Always locked in one order. */
export async function selectPairForUpdate(ctx: InApp, ids: readonly [string, string]): Promise<Profile[]> {
  const text = `select ${profileColumns} from profiles p
    where p.app_id = $1 and p.id = any($2::uuid[]) and p.deleted_at is null order by p.id for update`
  return (await ctx.db.query<ProfileRow>(text, [ctx.appId, ids])).map(toProfile)
}

/** What was merged into one profile is from now on merged into another. */
export async function moveMerged(ctx: InApp, from: string, to: string): Promise<void> {
  const text = 'update profiles set merged_into = $3 where app_id = $1 and merged_into = $2'
  await ctx.db.query(text, [ctx.appId, from, to])
}

/** The profiles that were merged into one, however long ago and by however many steps. */
export async function selectMerged(ctx: InApp, id: string): Promise<string[]> {
  const text = 'select id from profiles where app_id = $1 and merged_into = $2 order by id'
  return (await ctx.db.query<{ id: string }>(text, [ctx.appId, id])).map((row) => row.id)
}

/** The exact number of live profiles of the app: as many rows are read as there are slots. */
export const countLive = 'coalesce((select sum(live) from profile_counts where app_id = $1), 0)::bigint'

const constraintFields: Record<string, Identifier> = {
  profiles_reference: 'reference',
  profiles_username: 'username',
  profiles_email: 'email',
  profiles_phone: 'phone',
}

function asTaken(error: unknown): unknown {
  const field = error instanceof DatabaseError ? constraintFields[error.constraint ?? ''] : undefined
  return field === undefined ? error : new DomainFault({ code: 'identifier_taken', fields: [field] }, error)
}

function wipedValue(column: string): string {
  if (column === 'attributes' || column === 'list_ids') return "'{}'"
  return column === 'require_auth' ? 'false' : 'null'
}
