import type { Db } from '../db.ts'
import { forgottenMs, mostDelaySeconds } from './guesses.rules.ts'

type HasDb = { readonly db: Db }

export interface Guesser {
  /** A keyed hash of 32 bytes: who is guessed, or who guesses. */
  readonly subject: Buffer
  /** Guesses that need not wait. */
  readonly free: number
}

/** The seconds that the guess after these has to wait: 1, 2, 4 and so on. */
const delay = `case when guesses < $3 then 0 else least(${mostDelaySeconds}, power(2, least(guesses - $3, 10))) end`

/** Counts one guess, unless it comes too early; gives whether it was counted. */
export async function countGuess(ctx: HasDb, { subject, free }: Guesser, now: Date): Promise<boolean> {
  const rows = await ctx.db.query(
    `insert into auth.guesses as g (subject, guesses, last_at) values ($1, 1, $2)
     on conflict (subject) do update
       set guesses = case when g.last_at <= $4 then 1 else g.guesses + 1 end, last_at = greatest(g.last_at, $2)
       where g.last_at + make_interval(secs => (${delay.replaceAll('guesses', 'g.guesses')})) <= $2
     returning guesses`,
    [subject, now, free, new Date(now.getTime() - forgottenMs)],
  )
  return rows.length > 0
}

/** How long the next guess still has to wait. */
export async function selectWaitMs(ctx: HasDb, { subject, free }: Guesser, now: Date): Promise<number> {
  const [row] = await ctx.db.query<{ readonly ms: number }>(
    `select (extract(epoch from last_at + make_interval(secs => (${delay})) - $2) * 1000)::double precision as ms
     from auth.guesses where subject = $1`,
    [subject, now, free],
  )
  return Math.max(1, row?.ms ?? 1)
}

/** Forgets what was guessed of one, or what one guessed. */
export async function deleteGuesses(ctx: HasDb, subject: Buffer): Promise<void> {
  await ctx.db.query('delete from auth.guesses where subject = $1', [subject])
}

/** Takes back a guess that was right. */
export async function takeBackGuess(ctx: HasDb, subject: Buffer): Promise<void> {
  await ctx.db.query('update auth.guesses set guesses = greatest(0, guesses - 1) where subject = $1', [subject])
}

/** Removes what nobody guessed at since the instant. */
export async function deleteOldGuesses(ctx: HasDb, before: Date): Promise<void> {
  await ctx.db.query('delete from auth.guesses where last_at <= $1', [before])
}
