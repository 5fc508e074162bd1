import { randomInt } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { useDatabase } from '../../../test/helpers/database.ts'
import type { Ctx } from '../context.ts'
import { DomainFault } from '../errors.ts'
import { createSequencer } from '../feed/feed.service.ts'
import { applyImports, queueImport } from '../profile-imports/profile-imports.service.ts'
import { createProfile, unsubscribeProfile, updateProfile } from '../profiles/profiles.service.ts'
import type { ProfileInput, ProfileKey } from '../profiles/profiles.types.ts'
import { deleteProfile, mergeProfiles } from './profile-lifecycle.service.ts'

const database = useDatabase()
const changes = process.env.FACET_PROVE ? 10_000 : 1_000
const writers = 12

const pick = <T>(from: readonly T[]): T => from[randomInt(from.length)] as T
const letters = ['a', 'b', 'c', 'd', 'e', 'f']

/** Few enough identifiers that most changes meet another. */
function someInput(): ProfileInput {
  const all = {
    reference: `r-${randomInt(20)}`,
    email: `${pick(letters)}${randomInt(9)}@example.com`,
    phone: `+496582456${10 + randomInt(50)}`,
    fullName: `${pick(letters)}nna ${pick(letters)}ob`,
    label: String(randomInt(9)),
  }
  return Object.fromEntries(Object.entries(all).filter(() => randomInt(2) === 0))
}

/** One random change. */
async function change(ctx: Ctx, known: { id: string; longId: string }[]): Promise<void> {
  // The latest, since most of the others are gone.
  const young = known.slice(-12)
  const one = (): ProfileKey => ({ by: 'id', value: pick(young).id })
  const kinds: (() => Promise<unknown>)[] = [
    async () => known.push(await createProfile(ctx, someInput())),
    async () => known.push(await createProfile(ctx, someInput())),
    () => updateProfile(ctx, one(), someInput()),
    () => updateProfile(ctx, one(), {}, { changeAttributes: (before) => ({ ...before, n: randomInt(9) }) }),
    () => mergeProfiles(ctx, { target: one(), source: one() }),
    () => deleteProfile(ctx, one()),
    async () => {
      // Rarely, since what is kept away stays away.
      if (randomInt(20) === 0) await unsubscribeProfile(ctx, one())
    },
    async () => {
      await queueImport(ctx, [{ longId: pick(young).longId, attributes: { imported: randomInt(9) } }])
      await applyImports(ctx)
    },
  ]
  await pick(kinds)()
}

const refusals = ['profile_not_found', 'identifier_taken', 'identifier_suppressed', 'input_invalid']

/** Many changes at once; what is refused is as good as what is done. */
async function changeAtOnce(ctx: Ctx): Promise<void> {
  const known: { id: string; longId: string }[] = [await createProfile(ctx, {})]
  let left = changes
  const write = async () => {
    while (left-- > 0) {
      await change({ ...ctx, now: new Date() }, known).catch((error) => {
        if (!(error instanceof DomainFault) || !refusals.includes(error.fault.code)) throw error
      })
    }
  }
  await Promise.all(Array.from({ length: writers }, write))
  await createSequencer(ctx, ctx.appId).number()
}

/** Rows that must not be there, by what is wrong with them. */
const breaches = {
  'a word that no live profile has, or one that is lost': `
    (select id, unnest(name_words) as word from profiles where app_id = $1 and deleted_at is null
      except select profile_id, word from profile_words where app_id = $1)
    union all
    (select profile_id, word from profile_words where app_id = $1
      except select id, unnest(name_words) from profiles where app_id = $1 and deleted_at is null)`,
  'more or fewer events than revisions, or an end that was not told': `
    select p.id, p.revision, array_agg(e.type order by e.sequence) as told
    from profiles p left join events e on e.app_id = $1 and e.subject_id = p.id where p.app_id = $1
    group by p.app_id, p.id
    having count(e.id) <> p.revision
      or (p.deleted_at is null) = bool_or(e.type in ('profile.deleted', 'profile.merged'))
      or (p.merged_into is null) = bool_or(e.type = 'profile.merged')`,
  'a tombstone that knows something': `
    select id from profiles where app_id = $1 and deleted_at is not null and (attributes <> '{}' or num_nonnulls(
      reference, email, email_folded, phone, phone_e164, full_name, first_name, last_name, name_words, label, comment,
      unsubscribed_at) > 0)`,
  'a profile that was merged into one that was merged on': `
    select p.id from profiles p join profiles t on t.app_id = $1 and t.id = p.merged_into
    where p.app_id = $1 and t.merged_into is not null`,
}

type Fields = Record<string, unknown>
interface Told {
  readonly subject: string
  readonly type: string
  readonly data: Record<'before' | 'after', Fields | null>
}

const followed = ['reference', 'email', 'phone', 'fullName', 'label', 'attributes', 'unsubscribedAt']

/** Goes through the events and expects each to find a profile as the one before left it. */
function expectOneHistory(events: readonly Told[]): void {
  const states = new Map<string, Fields>()
  for (const { subject, data } of events) {
    const state = states.get(subject) ?? {}
    const before = Object.entries(data.before ?? {}).filter(([name]) => followed.includes(name))
    const expected = before.map(([name]) => [name, state[name] ?? (name === 'attributes' ? {} : null)])
    expect([subject, before]).toEqual([subject, expected])
    states.set(subject, { ...state, ...data.after })
  }
}

describe('creates, changes, imports, unsubscribes, deletes and merges at once', () => {
  it(`leave totals, words, events and revisions that agree, after ${changes} changes`, async () => {
    const ctx = await database.newApp()
    const rows = <Row>(text: string) => ctx.db.query<Row>(text, [ctx.appId])
    await changeAtOnce(ctx)
    const [count] = await rows<{ told: number; live: number; merged: number }>(
      `select (select sum(live)::integer from profile_counts where app_id = $1) as told,
         count(*) filter (where deleted_at is null)::integer as live, count(merged_into)::integer as merged
       from profiles where app_id = $1`,
    )
    expect(count?.told).toBe(count?.live)
    expect(count?.merged).toBeGreaterThan(changes / 250)
    for (const [breach, text] of Object.entries(breaches)) expect([breach, await rows(text)]).toEqual([breach, []])
    expectOneHistory(
      await rows<Told>(
        `select subject_id as subject, type, data from events
         where app_id = $1 and type like 'profile.%' order by sequence`,
      ),
    )
  }, 240_000)
})
