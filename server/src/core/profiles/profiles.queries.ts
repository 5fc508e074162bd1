import type { JobCtx } from '../context.ts'
import { randomSlot } from '../count-slots.ts'
import { DatabaseError, type Db } from '../db.ts'
import { DomainFault, type Identifier } from '../errors.ts'
import { eventInsert, eventValues, type NewEvent } from '../events.ts'
import { columnsOfProfile as columns, type ProfileRow, profileColumns, toProfile } from '../profile-row.ts'
import type { ProfileForms } from './profiles.rules.ts'
import type { LockedProfile, Profile, ProfileIds, ProfileKey } from './profiles.types.ts'

type InApp = { readonly db: Db; readonly appId: string }
type Changing = InApp & Pick<JobCtx, 'actor' | 'requestId'>

const forms = {
  username_folded: 'usernameFolded',
  email_folded: 'emailFolded',
  phone_e164: 'phoneE164',
  name_words: 'nameWords',
} as const satisfies Record<string, keyof ProfileForms>

const written = [...Object.keys(columns), ...Object.keys(forms)]

function valuesOf(profile: Profile, profileForms: ProfileForms): unknown[] {
  const own = Object.values(columns).map((name) =>
    name === 'attributes' ? JSON.stringify(profile[name]) : profile[name],
  )
  return [...own, ...Object.values(forms).map((name) => profileForms[name])]
}

const parameter = (index: number) => `$${index}`
const slotParameter = parameter(written.length + 2)
const toldWithInsert = eventInsert(written.length + 3, 'from made')

const values = written.map((_, i) => parameter(i + 2)).join(', ')
const unlessSuppressed = `select $1, ${values} where not exists (
      select from suppressions where app_id = $1 and hash = any(${parameter(written.length + 11)}::bytea[]))`

function insertText(variant: { readonly guarded: boolean; readonly named: boolean }): string {
  const words = `, worded as (
    insert into profile_words (app_id, word, profile_id)
    select $1, word, made.id from made, unnest(${parameter(written.length + 1)}::text[]) as word
  )`
  return `
  with made as (
    insert into profiles (app_id, ${written.join(', ')})
    ${variant.guarded ? unlessSuppressed : `values ($1, ${values})`}
    on conflict do nothing returning id
  ), counted as (
    insert into profile_counts (app_id, slot, live) select $1, ${slotParameter}::smallint, 1 from made
    on conflict (app_id, slot) do update set live = profile_counts.live + 1
  ), told as (${toldWithInsert})${variant.named ? words : ''} select id from made`
}

// A profile without name, e-mail and phone pays for none of them.
const insertTexts = {
  plain: insertText({ guarded: false, named: false }),
  named: insertText({ guarded: false, named: true }),
  guarded: insertText({ guarded: true, named: false }),
  guardedNamed: insertText({ guarded: true, named: true }),
}

/**
 * Inserts a profile, counts it and tells of it, in one statement. False when one of its identifiers or ids is taken, or one of the
 * hashes suppressed: `on conflict` waits for the other insert to end and then does nothing, which keeps a surrounding
 * transaction usable.
 */
export async function insertProfile(
  ctx: Changing,
  profile: Profile,
  profileForms: ProfileForms,
  event: NewEvent,
  hashes: readonly Buffer[],
): Promise<boolean> {
  const guarded = hashes.length > 0
  const named = profileForms.nameWords !== null
  const text = guarded ? insertTexts[named ? 'guardedNamed' : 'guarded'] : insertTexts[named ? 'named' : 'plain']
  const row = [ctx.appId, ...valuesOf(profile, profileForms), randomSlot(), ...eventValues(ctx, event)]
  const rows = await ctx.db.query(text, guarded ? [...row, hashes] : row)
  return rows.length === 1
}

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

const keyConditions: Record<ProfileKey['by'], string> = {
  id: 'p.id = $2',
  uid: 'p.uid = $2',
  longId: 'p.long_id = $2',
  number: 'p.number = $2',
  reference: 'p.reference = $2',
  referenceOrId: '(p.reference = $2 or (p.reference is null and p.id = $2::text::uuid))',
  username: 'p.username_folded = $2',
  email: 'p.email_folded = $2',
  phone: 'p.phone_e164 = $2',
}

function selectBy({ by }: ProfileKey): string {
  // Somebody's reference may be another's id.
  const first = by === 'referenceOrId' ? 'order by p.reference nulls last limit 1' : ''
  return `select ${profileColumns} from profiles p
    where p.app_id = $1 and ${keyConditions[by]} and p.deleted_at is null ${first}`
}

/** The live profile that a key names; its value must be in the form of the key's column. */
export async function selectProfile(ctx: InApp, key: ProfileKey): Promise<Profile | undefined> {
  const [row] = await ctx.db.query<ProfileRow>(selectBy(key), [ctx.appId, key.value])
  return row && toProfile(row)
}

const lasting: ReadonlySet<ProfileKey['by']> = new Set(['id', 'uid', 'longId', 'number'])

/** The ids of the profile that a key names; by one of them also when it is gone. */
export async function selectProfileIds(ctx: InApp, { by, value }: ProfileKey): Promise<ProfileIds | undefined> {
  // Identifiers are indexed for live profiles alone, and no other has any.
  const live = lasting.has(by) ? '' : 'and p.deleted_at is null'
  const text = `select p.id, p.uid, p.long_id as "longId", p.number from profiles p
    where p.app_id = $1 and ${keyConditions[by]} ${live}`
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
    delete from profile_words where app_id = $1 and profile_id = $2 and word = any($${written.length + 2}::text[])
  ), worded as (
    insert into profile_words (app_id, word, profile_id)
    select $1, word, $2 from unnest($${written.length + 3}::text[]) as word
  ), told as (${eventInsert(written.length + 4)})
  update profiles set ${written.map((column, i) => `${column} = ${parameter(i + 2)}`).join(', ')}
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
    const values = [...valuesOf(profile, profileForms), dropped, added, ...eventValues(ctx, event)]
    await ctx.db.query(updateText, [ctx.appId, ...values])
  } catch (error) {
    throw asTaken(error)
  }
}

const wiped = Object.keys({ ...columns, ...forms }).filter(
  (column) => !['id', 'uid', 'long_id', 'number', 'revision', 'created_at', 'updated_at', 'type'].includes(column),
)
const wipe = wiped.map((column) => `${column} = ${wipedValue(column)}`).join(', ')
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
