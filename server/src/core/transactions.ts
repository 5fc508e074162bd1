import { setTimeout as wait } from 'node:timers/promises'
import type { JobCtx } from './context.ts'
import { DatabaseError } from './db.ts'
import { answeredOnce } from './idempotency.ts'

const serializationFailure = '40001'
const deadlockDetected = '40P01'
const maxAttempts = 6

/**
 * Runs a command in a transaction, or joins the caller's. The outermost one retries on serialization failures and
 * deadlocks, and, when the request carries an idempotency key, stores the command's result in the same transaction.
 */
export async function inTx<C extends JobCtx, T>(ctx: C, work: (ctx: C) => Promise<T>): Promise<T> {
  if (ctx.db.inTransaction) return work(ctx)
  for (let attempt = 1; ; attempt++) {
    try {
      const result = await ctx.db.transaction((db) => answeredOnce({ ...ctx, db }, work))
      ctx.committed?.()
      return result
    } catch (error) {
      if (attempt === maxAttempts || !isRetryable(error)) throw error
      await wait(Math.random() * 5 * 2 ** attempt)
    }
  }
}

/**
 * Runs a command that is one statement. Such a statement is its own transaction, which saves two round trips; with an
 * idempotency key there are two statements, and they need a real one.
 */
export async function inOneStatement<C extends JobCtx, T>(ctx: C, work: (ctx: C) => Promise<T>): Promise<T> {
  if (ctx.idempotency !== undefined || ctx.db.inTransaction) return inTx(ctx, work)
  const result = await work(ctx)
  ctx.committed?.()
  return result
}

function isRetryable(error: unknown): boolean {
  if (!(error instanceof DatabaseError)) return false
  return error.sqlState === serializationFailure || error.sqlState === deadlockDetected
}
