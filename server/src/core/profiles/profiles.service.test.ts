import { describe, expect, it } from 'vitest'
import { useDatabase } from '../../../test/helpers/database.ts'
import type { Ctx } from '../context.ts'
import { deleteProfile } from '../profile-lifecycle/profile-lifecycle.service.ts'
import { createProfile, getProfile, updateProfile } from './profiles.service.ts'
import { listProfiles, listProfilesByOffset } from './profiles-list.service.ts'

const database = useDatabase()

async function total(ctx: Ctx): Promise<number> {
  return (await listProfilesByOffset(ctx, { skip: 0, take: 0 })).total
}

/** The truth that counters must agree with. */
async function counted(ctx: Ctx): Promise<number> {
  const text = 'select count(*)::int as n from profiles where app_id = $1 and deleted_at is null'
  const [row] = await ctx.db.query<{ n: number }>(text, [ctx.appId])
  return row?.n ?? Number.NaN
}

describe('createProfile', () => {
  it('lets exactly one of many that want one identifier have it, round after round', async () => {
    const ctx = await database.newApp()
    const rounds = process.env.FACET_PROVE ? 200 : 20
    for (let round = 0; round < rounds; round++) {
      const input = { reference: `r${round}`, email: `Ada${round}@Example.com` }
      const results = await Promise.allSettled(Array.from({ length: 40 }, () => createProfile(ctx, input)))
      const made = results.filter((result) => result.status === 'fulfilled')
      expect(made).toHaveLength(1)
      for (const result of results) {
        if (result.status === 'rejected') {
          expect(result.reason.fault).toEqual({ code: 'identifier_taken', fields: ['reference', 'email'] })
        }
      }
    }
    expect(await total(ctx)).toBe(rounds)
  })

  it('names every identifier that is taken, and only those', async () => {
    const ctx = await database.newApp()
    await createProfile(ctx, { reference: 'a', phone: '+49 658 245684' })
    await createProfile(ctx, { username: 'Ada.O' })
    await expect(
      createProfile(ctx, { reference: 'b', phone: '+49658245684', username: 'aDA.o' }),
    ).rejects.toMatchObject({
      fault: { fields: ['username', 'phone'] },
    })
  })

  it('takes names apart that only a database of another locale would join, and joins those that fold to one', async () => {
    const ctx = await database.newApp()
    await createProfile(ctx, { username: 'ﬁnch' })
    await expect(createProfile(ctx, { username: 'FINCH' })).rejects.toMatchObject({ fault: { fields: ['username'] } })
    await expect(createProfile(ctx, { username: 'Ｆinch' })).rejects.toMatchObject({ fault: { fields: ['username'] } })
    await createProfile(ctx, { username: 'fınch' })
  })

  it('draws an id again that is taken, also by a tombstone, and never calls that a duplicate', async () => {
    const ctx = await database.newApp()
    const gone = await createProfile(ctx, {})
    await deleteProfile(ctx, { by: 'id', value: gone.id })
    let answers = 0
    const colliding: Ctx = {
      ...ctx,
      db: {
        ...ctx.db,
        query: (text, values) => {
          // The first insert is made with the uid of the tombstone.
          const first = text.includes('insert into profiles') && answers++ === 0
          const drawn = first ? values.map((value) => (/^\d{12}$/.test(String(value)) ? gone.uid : value)) : values
          return ctx.db.query(text, drawn)
        },
      },
    }
    const made = await createProfile(colliding, { reference: 'x' })
    expect(answers).toBe(2)
    expect(made.uid).not.toBe(gone.uid)
    expect((await getProfile(ctx, { by: 'reference', value: 'x' })).uid).toBe(made.uid)
  })

  it('counts nothing for a create that is refused', async () => {
    const ctx = await database.newApp()
    await createProfile(ctx, { reference: 'a' })
    await Promise.allSettled(Array.from({ length: 20 }, () => createProfile(ctx, { reference: 'a' })))
    expect(await total(ctx)).toBe(1)
  })
})

describe('the total', () => {
  it('is exact while creates, refused creates and deletes run side by side', async () => {
    const ctx = await database.newApp()
    const work = async (worker: number) => {
      for (let i = 0; i < 30; i++) {
        const made = await createProfile(ctx, { reference: `w${worker}-${i}` })
        await createProfile(ctx, { reference: 'same' }).catch(() => {})
        if (i % 3 === 0) await deleteProfile(ctx, { by: 'id', value: made.id })
        await deleteProfile(ctx, { by: 'reference', value: 'same' }).catch(() => {})
      }
    }
    await Promise.all(Array.from({ length: 12 }, (_, worker) => work(worker)))
    expect(await total(ctx)).toBe(await counted(ctx))
  })

  it('agrees with the page of the same answer while profiles come', async () => {
    const ctx = await database.newApp()
    let done = false
    const writer = (async () => {
      for (let i = 0; i < 150; i++) await createProfile(ctx, { reference: `p${i}` })
      done = true
    })()
    while (!done) {
      const page = await listProfilesByOffset(ctx, { skip: 0, take: 200 })
      expect(page.items.length).toBe(page.total)
    }
    await writer
  })
})

describe('a profile of one app', () => {
  it('does not exist for another: not by any key, not in lists, and its identifiers are free there', async () => {
    const [here, there] = [await database.newApp(), await database.newApp()]
    const input = { reference: 'r', username: 'ada.o', email: 'ada@example.com', phone: '+49658245684' }
    const profile = await createProfile(here, input)
    const keys = [
      { by: 'id', value: profile.id },
      { by: 'uid', value: profile.uid },
      { by: 'reference', value: 'r' },
      { by: 'username', value: 'ada.o' },
      { by: 'email', value: 'ada@example.com' },
      { by: 'phone', value: '+49658245684' },
    ] as const
    for (const key of keys) {
      await expect(getProfile(there, key)).rejects.toMatchObject({ fault: { code: 'profile_not_found' } })
      await expect(updateProfile(there, key, { label: 'x' })).rejects.toMatchObject({
        fault: { code: 'profile_not_found' },
      })
      await expect(deleteProfile(there, key)).rejects.toMatchObject({ fault: { code: 'profile_not_found' } })
    }
    const list = await listProfiles(there, { limit: 10, sort: 'createdAt', filter: {} })
    expect(list).toEqual({ items: [], nextCursor: null, total: 0 })
    await createProfile(there, input)
    expect((await getProfile(here, { by: 'id', value: profile.id })).label).toBeNull()
  })
})

describe('updateProfile', () => {
  it('keeps both of two changes that come at once', async () => {
    const ctx = await database.newApp()
    const { id } = await createProfile(ctx, {})
    const key = { by: 'id', value: id } as const
    await Promise.all([updateProfile(ctx, key, { city: 'Kisumu' }), updateProfile(ctx, key, { label: 'x' })])
    expect(await getProfile(ctx, key)).toMatchObject({ city: 'Kisumu', label: 'x', revision: 3 })
  })

  it('gives one identifier to one of two that change to it at once', async () => {
    const ctx = await database.newApp()
    for (let round = 0; round < 20; round++) {
      const pair = [await createProfile(ctx, {}), await createProfile(ctx, {})]
      const changes = pair.map(({ id }) =>
        updateProfile(ctx, { by: 'id', value: id }, { email: `e${round}@example.com` }),
      )
      const results = await Promise.allSettled(changes)
      expect(results.map((result) => result.status).sort()).toEqual(['fulfilled', 'rejected'])
      const refused = results.find((result) => result.status === 'rejected')
      expect(refused?.reason.fault).toEqual({ code: 'identifier_taken', fields: ['email'] })
    }
  })

  it('takes the proof of an e-mail away with the e-mail, and keeps it when only its spelling changes', async () => {
    const ctx = await database.newApp()
    const { id } = await createProfile(ctx, { email: 'ada@example.com' })
    const key = { by: 'id', value: id } as const
    await ctx.db.query('update profiles set email_verified_at = now() where app_id = $1 and id = $2', [ctx.appId, id])
    expect((await updateProfile(ctx, key, { email: 'Ada@Example.com' })).emailVerifiedAt).not.toBeNull()
    expect((await updateProfile(ctx, key, { email: 'b@example.com' })).emailVerifiedAt).toBeNull()
  })
})
