import { createHash } from 'node:crypto'
import type { Db } from '../../core/db.ts'

/** A code is right for 90 seconds: twice that, for processes whose clocks differ. */
const keptMs = 180_000

/** Whether the code of an authenticator has let its operator in already. */
export async function isUsedCode(db: Db, operatorId: string, code: string): Promise<boolean> {
  const rows = await db.query(
    'select from auth.used_codes where operator_id = $1 and code_hash = $2 and expires_at > $3',
    [operatorId, hashOf(code), new Date()],
  )
  return rows.length > 0
}

/** Keeps that the code lets its operator in (RFC 6238, 5.2: once). False when it did before: of several at once it does for one. */
export async function useCode(db: Db, operatorId: string, code: string): Promise<boolean> {
  const now = new Date()
  await db.query('delete from auth.used_codes where expires_at <= $1', [now])
  const rows = await db.query(
    `insert into auth.used_codes (operator_id, code_hash, expires_at) values ($1, $2, $3)
     on conflict (operator_id, code_hash) do nothing returning operator_id`,
    [operatorId, hashOf(code), new Date(now.getTime() + keptMs)],
  )
  return rows.length > 0
}

function hashOf(code: string): Buffer {
  return createHash('sha256').update(code).digest()
}
