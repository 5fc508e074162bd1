import { createHash } from 'node:crypto'
import { deserialize, serialize } from 'node:v8'
import type { JobCtx } from './context.ts'
import { DomainFault } from './errors.ts'

/** How long a first answer is kept. */
const idempotencyHours = 24

/** The 32-byte scope of a key: the same key elsewhere is another key. */
export function idempotencyScope(parts: {
  readonly appId: string
  readonly principal: string
  readonly method: string
  readonly path: string
  readonly key: string
}): Buffer {
  const text = JSON.stringify([parts.appId, parts.principal, parts.method, parts.path, parts.key])
  return createHash('sha256').update(text).digest()
}

const sealPurpose = 'idempotency_keys.result'

/**
 * Inside a transaction: does the work and stores its result under the request's key, or gives the result stored before.
 * Only committed work leaves a row, so a failed write may be tried again under its key.
 *
 * Throws `idempotency_key_in_flight` while another transaction works under the key, `idempotency_key_reused` when the
 * key came with another body.
 */
export async function answeredOnce<C extends JobCtx, T>(tx: C, work: (tx: C) => Promise<T>): Promise<T> {
  const request = tx.idempotency
  if (request === undefined) return work(tx)
  const { appId, scope, bodyHash, sealer } = request
  const [lock] = await tx.db.query<{ held: boolean }>('select pg_try_advisory_xact_lock($1::bigint) as held', [
    scope.readBigInt64BE().toString(),
  ])
  if (!lock?.held) throw new DomainFault({ code: 'idempotency_key_in_flight' })
  // A statement of its own: its snapshot must be younger than the lock.
  const stored = await findStoredResult<T>(tx)
  if (stored !== undefined) return stored.result
  const result = await work(tx)
  await tx.db.query(
    `insert into idempotency_keys (app_id, scope, body_hash, result, created_at) values ($1, $2, $3, $4, $5)
     on conflict (app_id, scope) do update
       set body_hash = excluded.body_hash, result = excluded.result, created_at = excluded.created_at
       where idempotency_keys.created_at <= $6`,
    [
      appId,
      scope,
      bodyHash,
      sealer.seal(sealPurpose, scope.toString('hex'), serialize(result)),
      tx.now,
      expiry(tx.now),
    ],
  )
  return result
}

/**
 * The result that was stored under the request's key before, if one was. A command that judges a request by what has changed since, or
 * does work before its transaction, asks for it first. Throws `idempotency_key_reused` when the key came with another body.
 */
export async function findStoredResult<T>({
  db,
  now,
  idempotency,
}: JobCtx): Promise<{ readonly result: T } | undefined> {
  if (idempotency === undefined) return undefined
  const { appId, scope, bodyHash, sealer } = idempotency
  const [stored] = await db.query<{ body_hash: Buffer; result: Buffer }>(
    'select body_hash, result from idempotency_keys where app_id = $1 and scope = $2 and created_at > $3',
    [appId, scope, expiry(now)],
  )
  if (stored === undefined) return undefined
  if (!stored.body_hash.equals(bodyHash)) throw new DomainFault({ code: 'idempotency_key_reused' })
  idempotency.replayed = true
  return { result: deserialize(sealer.open(sealPurpose, scope.toString('hex'), stored.result)) as T }
}

/** Removes at most `limit` rows of the app that are past keeping; gives how many went. */
export async function forgetOldIdempotencyKeys(ctx: JobCtx, appId: string, limit: number): Promise<number> {
  const rows = await ctx.db.query<{ scope: Buffer }>(
    `delete from idempotency_keys where app_id = $1 and scope in (
       select scope from idempotency_keys where app_id = $1 and created_at <= $2 limit $3
     ) returning scope`,
    [appId, expiry(ctx.now), limit],
  )
  return rows.length
}

function expiry(now: Date): Date {
  return new Date(now.getTime() - idempotencyHours * 3_600_000)
}
