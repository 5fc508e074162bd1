import { afterEach, describe, expect, it, vi } from 'vitest'
import { steadyNotices } from '../../../test/helpers/api.ts'
import { quietLog, statementsOf, useDatabase } from '../../../test/helpers/database.ts'
import { openNotices } from '../../infra/db/notices.ts'
import { openPool, type PooledDb } from '../../infra/db/pool.ts'
import type { Ctx } from '../context.ts'
import type { Db } from '../db.ts'
import { deleteProfile, mergeProfiles } from '../profile-lifecycle/profile-lifecycle.service.ts'
import { createProfile, updateProfile } from '../profiles/profiles.service.ts'
import { inTx } from '../transactions.ts'
import { changePassword, registerPerson } from './credentials.service.ts'
import { createTokenDirectory, type TokenDirectory } from './profile-tokens.directory.ts'
import { authenticatePerson, expireTemporaryToken, getPersonTokens, renewTokens } from './profile-tokens.service.ts'

const database = useDatabase()
const byId = (id: string) => ({ by: 'id', value: id }) as const
const withinASecond = { timeout: 1_000, interval: 20 }
const password = 'correct horse battery'

const opened: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close()
})

/** A process of its own: it has other connections, and hears only what the database tells. */
async function openProcess(): Promise<{ db: PooledDb; directory: TokenDirectory }> {
  const db = openPool({ address: database.address, connections: 2, log: quietLog })
  const notices = openNotices(database.address, quietLog)
  opened.push(notices, db)
  await expect.poll(() => notices.trusted).toBe(true)
  return { db, directory: createTokenDirectory(db, notices) }
}

async function registered(): Promise<{ ctx: Ctx; id: string; permanent: string; temporary: string }> {
  const ctx = await database.newApp()
  const { profile } = await registerPerson(ctx, { profile: { username: 'ada' }, password })
  return { ctx, id: profile.id, ...(await getPersonTokens(ctx, profile.id)) }
}

/** Whose token it is, in the words of its fault when it is nobody's. */
async function whose(
  ctx: Ctx,
  directory: TokenDirectory,
  token: string,
  kind: 'permanent' | 'temporary' = 'permanent',
) {
  return authenticatePerson(ctx, directory, kind, token).catch((error) => error.fault.code)
}

const endings: Record<string, (ctx: Ctx, id: string) => Promise<unknown>> = {
  'other tokens are given': (ctx, id) => inTx(ctx, (tx) => renewTokens(tx, id)),
  'the password is changed': (ctx, id) =>
    changePassword(ctx, id, { current: password, next: 'another staple of horses', address: '192.0.2.1' }),
  'the profile is deleted': (ctx, id) => deleteProfile(ctx, byId(id)),
}

describe('a token that is remembered', () => {
  it('costs no look-up', async () => {
    const { ctx, id, permanent } = await registered()
    const { db, directory } = await openProcess()
    const query = vi.spyOn(db, 'query')
    for (let i = 0; i < 3; i++)
      expect(await whose(ctx, directory, permanent)).toMatchObject({ profileId: id, hasUsername: true })
    expect(statementsOf(query)).toHaveLength(1)
  })

  for (const [ending, end] of Object.entries(endings)) {
    it(`is nobody's at once where ${ending}, and within a second everywhere`, async () => {
      const { ctx, id, permanent, temporary } = await registered()
      const here = createTokenDirectory(database.db, steadyNotices)
      const { directory: elsewhere } = await openProcess()
      for (const directory of [here, elsewhere]) {
        expect(await whose(ctx, directory, permanent)).toMatchObject({ profileId: id })
        expect(await whose(ctx, directory, temporary, 'temporary')).toMatchObject({ profileId: id })
      }
      await end(ctx, id)
      expect(await whose(ctx, here, permanent)).toBe('token_invalid')
      expect(await whose(ctx, here, temporary, 'temporary')).toBe('token_invalid')
      await expect.poll(() => whose(ctx, elsewhere, permanent), withinASecond).toBe('token_invalid')
      await expect.poll(() => whose(ctx, elsewhere, temporary, 'temporary'), withinASecond).toBe('token_invalid')
    })
  }

  it('is over at once where it is expired, and the other one stays', async () => {
    const { ctx, id, permanent, temporary } = await registered()
    const directory = createTokenDirectory(database.db, steadyNotices)
    expect(await whose(ctx, directory, temporary, 'temporary')).toMatchObject({ profileId: id })
    await expireTemporaryToken(ctx, id)
    expect(await whose(ctx, directory, temporary, 'temporary')).toBe('token_invalid')
    expect(await whose(ctx, directory, permanent)).toMatchObject({ profileId: id })
  })

  it("is the target's at once where a profile is merged, and within a second everywhere", async () => {
    const { ctx, permanent } = await registered()
    const here = createTokenDirectory(database.db, steadyNotices)
    const { directory: elsewhere } = await openProcess()
    const source = await whose(ctx, here, permanent)
    expect(await whose(ctx, elsewhere, permanent)).toEqual(source)
    const target = await createProfile(ctx, {})
    await mergeProfiles(ctx, { target: byId(target.id), source: byId(source.profileId) })
    expect(await whose(ctx, here, permanent)).toMatchObject({ profileId: target.id })
    await expect.poll(() => whose(ctx, elsewhere, permanent), withinASecond).toMatchObject({ profileId: target.id })
  })

  it('tells whether its person has a username', async () => {
    const { ctx, id, permanent } = await registered()
    const here = createTokenDirectory(database.db, steadyNotices)
    const { directory: elsewhere } = await openProcess()
    for (const username of ['ada', 'Ada.L', null, 'ada']) {
      await updateProfile(ctx, byId(id), { username })
      const known = { profileId: id, hasUsername: username !== null }
      expect(await whose(ctx, here, permanent)).toMatchObject(known)
      await expect.poll(() => whose(ctx, elsewhere, permanent), withinASecond).toMatchObject(known)
    }
  })

  it('answers nobody by a look-up that was under way when it ended', async () => {
    const { ctx, id, permanent } = await registered()
    const { promise: held, resolve: letGo } = Promise.withResolvers<void>()
    const answered = Promise.withResolvers<void>()
    const query: Db['query'] = async (text, values) => {
      const rows = await database.db.query(text, values)
      answered.resolve()
      await held
      return rows as never
    }
    const directory = createTokenDirectory({ ...database.db, query }, steadyNotices)
    const before = whose(ctx, directory, permanent)
    await answered.promise
    await inTx(ctx, (tx) => renewTokens(tx, id))
    const after = whose(ctx, directory, permanent)
    letGo()
    expect(await before).toMatchObject({ profileId: id })
    expect(await after).toBe('token_invalid')
  })

  it('stands when what would end it is undone', async () => {
    const { ctx, id, permanent } = await registered()
    const directory = createTokenDirectory(database.db, steadyNotices)
    expect(await whose(ctx, directory, permanent)).toMatchObject({ profileId: id })
    const undone = inTx(ctx, async (tx) => {
      await renewTokens(tx, id)
      throw new Error('undone')
    })
    await expect(undone).rejects.toThrow('undone')
    expect(await whose(ctx, directory, permanent)).toMatchObject({ profileId: id })
  })
})
