import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { useDatabase } from '../../../test/helpers/database.ts'
import type { Ctx } from '../context.ts'
import type { Passwords } from '../ports.ts'
import { changePassword, registerPerson } from './credentials.service.ts'
import { login, signIn } from './logins.service.ts'
import { listSessions, openSession } from './sessions.service.ts'

const database = useDatabase()
const faultOf = (promise: Promise<unknown>) => promise.then(() => undefined).catch((error) => error.fault ?? error)
const [password, next, address] = ['plum-Orchard-77', 'quince-Meadow-12', '192.0.2.1']
const input = { name: 'ada', password, address }
const change = { current: password, next, address }

let salts = 0
/** Hashes that cost nothing but a moment, each another, so that what is raced for is not the hashing. An `old` one is outdated. */
const passwords: Passwords = {
  async hash(text) {
    await wait(Math.random() * 5)
    return `new ${++salts} ${text}`
  },
  async verify(hash, text) {
    await wait(Math.random() * 5)
    const [form, , ...made] = hash?.split(' ') ?? []
    return { matches: made.join(' ') === text, outdated: form === 'old' }
  },
}

async function register(): Promise<{ ctx: Ctx; id: string; hash: string }> {
  const ctx = { ...(await database.newApp()), passwords }
  const { profile } = await registerPerson(ctx, { profile: { username: 'ada' }, password })
  return { ctx, id: profile.id, hash: await hashOf(ctx) }
}

async function hashOf({ db, appId }: Ctx): Promise<string> {
  const [row] = await db.query<{ hash: string }>('select password_hash as hash from credentials where app_id = $1', [
    appId,
  ])
  return row?.hash ?? ''
}

const sessionsOf = (ctx: Ctx, id: string) => listSessions(ctx, { by: 'id', value: id })

/** Does something once the next password was found right. */
const afterVerifying = (work: () => Promise<unknown>): Passwords => {
  let done = false
  return {
    ...passwords,
    async verify(...given) {
      const result = await passwords.verify(...given)
      if (!done) {
        done = true
        await work()
      }
      return result
    },
  }
}

describe('a session', () => {
  it('is not begun by a password that was changed after it was verified', async () => {
    const { ctx, id, hash } = await register()
    await openSession(ctx, id, hash)
    await changePassword(ctx, id, change)
    expect(await faultOf(openSession(ctx, id, hash))).toMatchObject({ code: 'login_failed' })
    expect(await sessionsOf(ctx, id)).toEqual([])
    await openSession(ctx, id, await hashOf(ctx))
    expect(await sessionsOf(ctx, id)).toHaveLength(1)
  })

  it('is not begun while a change of password is under way, by the one before', async () => {
    const { ctx, id, hash } = await register()
    let opening: Promise<unknown> | undefined
    let isOver = false
    const alongside = async () => {
      opening = faultOf(openSession(ctx, id, hash)).finally(() => {
        isOver = true
      })
      const waiting = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
      while (!isOver && (await ctx.db.query(waiting, [])).length === 0) await wait(5)
    }
    await changePassword(ctx, id, { ...change, alongside })
    expect(await opening).toMatchObject({ code: 'login_failed' })
    expect(await sessionsOf(ctx, id)).toEqual([])
  })

  it('is left to none of those who sign in by it, again and again, until a change of password refuses them', async () => {
    const { ctx, id } = await register()
    let signedIn = 0
    const signInUntilRefused = async (from: string) => {
      for (;;) {
        const fault = await faultOf(signIn(ctx, { ...input, address: from }))
        if (fault !== undefined) return fault
        signedIn++
      }
    }
    const faults = Array.from({ length: 12 }, (_, i) => signInUntilRefused(`192.0.2.${i}`))
    while (signedIn < faults.length) await wait(1)
    await changePassword(ctx, id, change)
    for (const fault of await Promise.all(faults)) expect(fault).toMatchObject({ code: 'login_failed' })
    expect(await sessionsOf(ctx, id)).toEqual([])
  })
})

describe('signIn', () => {
  it('refuses a password that is changed while it is looked at, and counts it', async () => {
    const { ctx, id } = await register()
    const overtaken = { ...ctx, passwords: afterVerifying(() => changePassword(ctx, id, change)) }
    expect(await faultOf(signIn(overtaken, input))).toEqual({ code: 'login_failed', attemptsLeft: 9 })
    expect(await sessionsOf(ctx, id)).toEqual([])
    await signIn(ctx, { ...input, password: next })
  })

  it('is refused to nobody whose outdated hash others replace meanwhile, by one of the same password', async () => {
    const { ctx, id } = await register()
    const outdate = () =>
      ctx.db.query('update credentials set password_hash = $2 where app_id = $1', [ctx.appId, `old 0 ${password}`])
    await outdate()
    await signIn({ ...ctx, passwords: afterVerifying(() => login(ctx, input)) }, input)
    expect(await hashOf(ctx)).toMatch(/^new /)
    await outdate()
    await Promise.all(Array.from({ length: 10 }, () => signIn(ctx, input)))
    expect(await sessionsOf(ctx, id)).toHaveLength(11)
  })
})
