import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { useDatabase } from '../../../test/helpers/database.ts'
import type { Ctx } from '../context.ts'
import { createSequencer, listEvents } from '../feed/feed.service.ts'
import {
  createProfile,
  findProfile,
  getProfile,
  listHistoryIds,
  unsubscribeProfile,
  updateProfile,
} from '../profiles/profiles.service.ts'
import type { Profile, ProfileKey } from '../profiles/profiles.types.ts'
import { listProfilesByOffset } from '../profiles/profiles-list.service.ts'
import { listWalletAddresses, summarizeWallets } from '../wallets/wallets.service.ts'
import { deleteProfile, mergeProfiles } from './profile-lifecycle.service.ts'

const database = useDatabase()

const byId = ({ id }: { id: string }): ProfileKey => ({ by: 'id', value: id })
const merge = (ctx: Ctx, target: Profile, source: Profile) =>
  mergeProfiles(ctx, { target: byId(target), source: byId(source) })

let walletsAdded = 0

async function addWallet(ctx: Ctx, profile: Profile, network: string): Promise<void> {
  const wallet = randomUUID()
  walletsAdded++
  await ctx.db.query(
    'insert into wallets (app_id, id, profile_id, network, account_index, created_at) values ($1, $2, $3, $4, $5, now())',
    [ctx.appId, wallet, profile.id, network, walletsAdded],
  )
  await ctx.db.query(
    `insert into addresses (app_id, id, wallet_id, network, address, address_index, created_at)
     values ($1, $2, $3, $4, $5, 0, now())`,
    [ctx.appId, randomUUID(), wallet, network, `address-${wallet}`],
  )
}

describe('mergeProfiles', () => {
  it('moves identifiers that the target lacks, so that they find the target', async () => {
    const ctx = await database.newApp()
    const target = await createProfile(ctx, { reference: 'target' })
    const source = await createProfile(ctx, {
      reference: 'source',
      username: 'source',
      email: 'source@example.com',
      phone: '+49658245684',
      fullName: 'Ada Lovelace',
    })
    const merged = await merge(ctx, target, source)
    for (const [by, value] of Object.entries({
      username: 'source',
      email: 'source@example.com',
      phone: '+49658245684',
    })) {
      expect((await getProfile(ctx, { by, value } as ProfileKey)).id).toBe(target.id)
    }
    expect(merged).toMatchObject({ reference: 'target', fullName: 'Ada Lovelace', revision: 2 })
    expect(await findProfile(ctx, [{ by: 'reference', value: 'source' }])).toBeUndefined()
    const found = await listProfilesByOffset(ctx, { skip: 0, take: 9, search: { q: 'lovelace', fields: ['name'] } })
    expect(found.items.map(({ id }) => id)).toEqual([target.id])
  })

  it('ends the source: it is found under none of its ids, and the total is one less', async () => {
    const ctx = await database.newApp()
    const [target, source] = [await createProfile(ctx, {}), await createProfile(ctx, {})]
    await merge(ctx, target, source)
    for (const by of ['id', 'uid', 'longId'] as const) {
      expect(await findProfile(ctx, [{ by, value: source[by] }])).toBeUndefined()
    }
    expect((await listProfilesByOffset(ctx, { skip: 0, take: 9 })).total).toBe(1)
    await expect(merge(ctx, target, source)).rejects.toMatchObject({ fault: { code: 'profile_not_found' } })
    await expect(merge(ctx, source, target)).rejects.toMatchObject({ fault: { code: 'profile_not_found' } })
  })

  it('moves all wallets and their addresses, also beside one of the same network', async () => {
    const ctx = await database.newApp()
    const [target, source] = [await createProfile(ctx, {}), await createProfile(ctx, {})]
    await addWallet(ctx, target, 'BTC')
    await addWallet(ctx, source, 'BTC')
    await addWallet(ctx, source, 'ETH')
    await merge(ctx, target, source)
    const wallets = await summarizeWallets(ctx, [target.id, source.id])
    expect(
      wallets
        .get(target.id)
        ?.map(({ network }) => network)
        .sort(),
    ).toEqual(['BTC', 'BTC', 'ETH'])
    expect(wallets.get(source.id)).toEqual([])
    const addresses = await listWalletAddresses(ctx, [target.id, source.id])
    expect([addresses.get(target.id)?.length, addresses.get(source.id)]).toEqual([3, []])
  })

  it('tells of the end of the source and of what the target got, and keeps the history of a chain of merges', async () => {
    const ctx = await database.newApp()
    const [first, second] = [await createProfile(ctx, { city: 'Rome' }), await createProfile(ctx, {})]
    const last = await createProfile(ctx, {})
    await merge(ctx, second, first)
    await merge(ctx, last, second)
    expect((await listHistoryIds(ctx, last.id)).sort()).toEqual([first.id, second.id, last.id].sort())
    expect(await listHistoryIds(ctx, second.id)).toEqual([second.id])
    await createSequencer(ctx, ctx.appId).number()
    const { events } = await listEvents(ctx, { limit: 100, types: ['profile.merged', 'profile.updated'] })
    expect(events.map(({ type, subjectId, data }) => [type, subjectId, JSON.parse(data).after])).toEqual([
      ['profile.merged', first.id, { mergedInto: second.id }],
      ['profile.updated', second.id, expect.objectContaining({ city: 'Rome' })],
      ['profile.merged', second.id, { mergedInto: last.id }],
      ['profile.updated', last.id, expect.objectContaining({ city: 'Rome' })],
    ])
  })

  it('refuses a profile and itself, under whatever keys, and one of another app, and changes nothing then', async () => {
    const [ctx, other] = [await database.newApp(), await database.newApp()]
    const own = await createProfile(ctx, { reference: 'own' })
    const strange = await createProfile(other, {})
    const keys = { target: byId(own), source: { by: 'reference', value: 'own' } } as const
    await expect(mergeProfiles(ctx, keys)).rejects.toMatchObject({ fault: { code: 'input_invalid' } })
    await expect(merge(ctx, own, strange)).rejects.toMatchObject({ fault: { code: 'profile_not_found' } })
    await expect(merge(ctx, strange, own)).rejects.toMatchObject({ fault: { code: 'profile_not_found' } })
    expect((await getProfile(ctx, byId(own))).revision).toBe(1)
    expect((await getProfile(other, byId(strange))).revision).toBe(1)
  })

  const rounds = process.env.FACET_PROVE ? 200 : 40
  it(`lets one of two merges of a pair into each other win, ${rounds} rounds, beside changes and other merges`, async () => {
    const ctx = await database.newApp()
    for (let round = 0; round < rounds; round++) {
      const a = await createProfile(ctx, { reference: `a${round}`, city: 'Rome', attributes: { a: 1 } })
      const b = await createProfile(ctx, { email: `b${round}@example.com`, website: 'w', attributes: { b: 2 } })
      const c = await createProfile(ctx, { username: `user${round}`, twitter: 't' })
      const results = await Promise.allSettled([
        merge(ctx, a, b),
        merge(ctx, b, a),
        updateProfile(ctx, byId(a), { label: 'changed' }),
        updateProfile(ctx, byId(b), { organization: 'changed' }),
      ])
      const [ab, ba] = results
      expect([ab?.status, ba?.status].sort()).toEqual(['fulfilled', 'rejected'])
      const won = ab?.status === 'fulfilled' ? a : b
      const lost = ab?.status === 'fulfilled' ? b : a
      for (const result of results) {
        if (result.status === 'rejected') expect(result.reason.fault).toEqual({ code: 'profile_not_found' })
      }
      expect(await findProfile(ctx, [byId(lost)])).toBeUndefined()
      await Promise.all([merge(ctx, c, won), updateProfile(ctx, byId(c), { currency: 'EUR' })])
      expect(await getProfile(ctx, byId(c))).toMatchObject({
        ...{ reference: `a${round}`, email: `b${round}@example.com`, username: `user${round}`, city: 'Rome' },
        ...{ website: 'w', twitter: 't', currency: 'EUR', attributes: { a: 1, b: 2 } },
      })
      expect(await listHistoryIds(ctx, c.id)).toHaveLength(3)
    }
    expect((await listProfilesByOffset(ctx, { skip: 0, take: 0 })).total).toBe(rounds)
  }, 120_000)
})

describe('unsubscribeProfile', () => {
  it('keeps e-mail and phone from new profiles and from changes, however they are written, also after a delete', async () => {
    const ctx = await database.newApp()
    const gone = await createProfile(ctx, { email: 'Ada@Example.com', phone: '+49658245684' })
    await unsubscribeProfile(ctx, byId(gone))
    await deleteProfile(ctx, byId(gone))
    const refused = (fields: string[]) => ({ fault: { code: 'identifier_suppressed', fields } })
    await expect(createProfile(ctx, { email: 'aDA@example.com' })).rejects.toMatchObject(refused(['email']))
    await expect(createProfile(ctx, { phone: '+49 658 245684', fullName: 'Ada' })).rejects.toMatchObject(
      refused(['phone']),
    )
    const other = await createProfile(ctx, { email: 'bob@example.com', phone: '+4930901820' })
    const change = { email: 'ada@example.com', phone: '+49658245684' }
    await expect(updateProfile(ctx, byId(other), change)).rejects.toMatchObject(refused(['email', 'phone']))
    expect((await listProfilesByOffset(ctx, { skip: 0, take: 0 })).total).toBe(1)
  })

  it('leaves the profile as it is, lets it keep and change what it has, and is told once', async () => {
    const ctx = await database.newApp()
    const made = await createProfile(ctx, { email: 'ada@example.com' })
    const first = await unsubscribeProfile(ctx, byId(made))
    expect(first).toMatchObject({ email: 'ada@example.com', unsubscribedAt: expect.any(Date), revision: 2 })
    expect(await unsubscribeProfile(ctx, byId(made))).toEqual(first)
    expect(await updateProfile(ctx, byId(made), { city: 'Rome' })).toMatchObject({ revision: 3 })
    await createSequencer(ctx, ctx.appId).number()
    const { events } = await listEvents(ctx, { limit: 100, types: ['profile.unsubscribed'] })
    expect(events).toHaveLength(1)
  })

  it('holds in its own app only, and stores nothing that can be read', async () => {
    const [ctx, other] = [await database.newApp(), await database.newApp()]
    const made = await createProfile(ctx, { email: 'ada@example.com' })
    await unsubscribeProfile(ctx, byId(made))
    await createProfile(other, { email: 'ada@example.com' })
    const [row] = await ctx.db.query<{ hash: Buffer }>('select hash from suppressions where app_id = $1', [ctx.appId])
    expect(row?.hash.toString('latin1')).not.toContain('ada')
    expect(row?.hash).toHaveLength(32)
  })

  it('done again keeps what the profile was given since, and tells nothing more', async () => {
    const ctx = await database.newApp()
    const made = await createProfile(ctx, { email: 'ada@example.com' })
    await unsubscribeProfile(ctx, byId(made))
    const changed = await updateProfile(ctx, byId(made), { email: 'new@example.com' })
    expect(await unsubscribeProfile(ctx, byId(made))).toEqual(changed)
    await deleteProfile(ctx, byId(made))
    for (const email of ['ada@example.com', 'new@example.com']) {
      await expect(createProfile(ctx, { email })).rejects.toMatchObject({ fault: { code: 'identifier_suppressed' } })
    }
  })

  it('goes with a merge in either direction: e-mails and phones of both are kept from others', async () => {
    for (const unsubscribed of ['target', 'source'] as const) {
      const ctx = await database.newApp()
      const target = await createProfile(ctx, { email: 'target@example.com' })
      const source = await createProfile(ctx, { email: 'source@example.com', phone: '+49658245684' })
      await unsubscribeProfile(ctx, byId(unsubscribed === 'target' ? target : source))
      await merge(ctx, target, source)
      await deleteProfile(ctx, byId(target))
      for (const input of [
        { email: 'target@example.com' },
        { email: 'source@example.com' },
        { phone: '+49658245684' },
      ]) {
        await expect(createProfile(ctx, input)).rejects.toMatchObject({ fault: { code: 'identifier_suppressed' } })
      }
    }
  })

  it('goes with a merge: the target has the address, and it is still kept from others', async () => {
    const ctx = await database.newApp()
    const source = await createProfile(ctx, { email: 'ada@example.com' })
    await unsubscribeProfile(ctx, byId(source))
    const target = await createProfile(ctx, { reference: 'target' })
    expect(await merge(ctx, target, source)).toMatchObject({
      email: 'ada@example.com',
      unsubscribedAt: expect.any(Date),
    })
  })
})
