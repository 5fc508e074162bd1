import { describe, expect, it } from 'vitest'
import { useDatabase } from '../../../test/helpers/database.ts'
import type { Ctx } from '../context.ts'
import { listOutbox } from '../mail/mail.service.ts'
import { deleteProfile, mergeProfiles } from '../profile-lifecycle/profile-lifecycle.service.ts'
import { createProfile, getProfile, updateProfile } from '../profiles/profiles.service.ts'
import type { Profile } from '../profiles/profiles.types.ts'
import { proveEmail, sendEmailProof } from './email-proofs.service.ts'

const database = useDatabase()
const byId = ({ id }: { id: string }) => ({ by: 'id', value: id }) as const
const refused = { fault: { code: 'email_proof_invalid' } }

/** A profile with an address, and the key that was mailed to it. */
async function mailed(ctx: Ctx, profile: Profile): Promise<string> {
  await sendEmailProof(ctx, profile.id, (key) => ({ subject: 'Verify', text: `The key is ${key}.` }))
  const [mail] = (await listOutbox(ctx, { limit: 1 })).items
  expect(mail).toMatchObject({ to: profile.email, subject: 'Verify' })
  return /[0-9a-f]{40}/.exec(mail?.text ?? '')?.[0] ?? ''
}

async function personWithKey(): Promise<{ ctx: Ctx; profile: Profile; key: string }> {
  const ctx = await database.newApp()
  const profile = await createProfile(ctx, { username: 'ada', email: 'Ada@Example.com' })
  return { ctx, profile, key: await mailed(ctx, profile) }
}

describe('proveEmail', () => {
  it('notes once that mail is read there, whoever comes with the key, and tells of it', async () => {
    const { ctx, profile, key } = await personWithKey()
    const results = await Promise.allSettled(Array.from({ length: 5 }, () => proveEmail(ctx, key)))
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const result of results) if (result.status === 'rejected') expect(result.reason).toMatchObject(refused)
    const after = await getProfile(ctx, byId(profile))
    expect(after).toMatchObject({ emailVerifiedAt: expect.any(Date), revision: 2 })
    const events = await ctx.db.query('select type from events_pending where app_id = $1 and subject_id = $2', [
      ctx.appId,
      profile.id,
    ])
    expect(events).toEqual([{ type: 'profile.created' }, { type: 'profile.updated' }])
  })

  it('refuses a key that is malformed, unknown, of another app, older than a day, or older than the last one', async () => {
    const { ctx, profile, key } = await personWithKey()
    const stranger = await database.newApp()
    for (const text of ['', 'x', key.toUpperCase(), '0'.repeat(40)]) {
      await expect(proveEmail(ctx, text)).rejects.toMatchObject(refused)
    }
    await expect(proveEmail(stranger, key)).rejects.toMatchObject(refused)
    const later = new Date(Date.now() + 24 * 3_600_000 + 1_000)
    await expect(proveEmail({ ...ctx, now: later }, key)).rejects.toMatchObject(refused)
    const next = await mailed(ctx, profile)
    await expect(proveEmail(ctx, key)).rejects.toMatchObject(refused)
    expect(await proveEmail(ctx, next)).toMatchObject({ id: profile.id })
  })

  it('refuses a key of an address that the profile has no more, and of a profile that is gone', async () => {
    const { ctx, profile, key } = await personWithKey()
    await updateProfile(ctx, byId(profile), { email: 'ada@example.org' })
    await expect(proveEmail(ctx, key)).rejects.toMatchObject(refused)
    const other = await createProfile(ctx, { email: 'bob@example.com' })
    const otherKey = await mailed(ctx, other)
    await mergeProfiles(ctx, { target: byId(profile), source: byId(other) })
    await expect(proveEmail(ctx, otherKey)).rejects.toMatchObject(refused)
    await mailed(ctx, await getProfile(ctx, byId(profile)))
    await deleteProfile(ctx, byId(profile))
    expect(await ctx.db.query('select from email_proofs where app_id = $1', [ctx.appId])).toEqual([])
  })

  it('changes attributes in the same write', async () => {
    const { ctx, key } = await personWithKey()
    const after = await proveEmail(ctx, key, { changeAttributes: (before) => ({ ...before, seen: true }) })
    expect(after).toMatchObject({ attributes: { seen: true }, revision: 2 })
  })
})

describe('sendEmailProof', () => {
  it('refuses a profile without an e-mail, and keeps no key that can be read', async () => {
    const { ctx, key } = await personWithKey()
    const nobody = await createProfile(ctx, {})
    const send = sendEmailProof(ctx, nobody.id, () => ({ subject: 'x', text: 'x' }))
    await expect(send).rejects.toMatchObject({ fault: { code: 'input_invalid' } })
    const [row] = await ctx.db.query<{ key_hash: Buffer }>('select key_hash from email_proofs where app_id = $1', [
      ctx.appId,
    ])
    expect(row?.key_hash.toString('hex')).not.toContain(key.slice(0, 8))
  })
})
