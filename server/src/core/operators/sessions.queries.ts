import type { Db } from '../db.ts'
import { operatorColumns } from './operators.queries.ts'
import type { ListedSession, Operator, OperatorSession, SignInPlace } from './operators.types.ts'

type HasDb = { readonly db: Db }

interface SessionRow extends Operator {
  readonly sessionId: string
  readonly sessionCreatedAt: Date
}

/** The session of a token that has not ended, with its operator. */
export async function selectSession(ctx: HasDb, tokenHash: string, now: Date): Promise<OperatorSession | undefined> {
  const [row] = await ctx.db.query<SessionRow>(
    `select s.id as "sessionId", s.created_at as "sessionCreatedAt", ${operatorColumns}
     from auth.sessions s join auth.operators o on o.id = s.operator_id where s.token_hash = $1 and s.expires_at > $2`,
    [tokenHash, now],
  )
  if (row === undefined) return undefined
  const { sessionId, sessionCreatedAt, ...operator } = row
  return { id: sessionId, operator, createdAt: sessionCreatedAt }
}

export interface NewSession extends SignInPlace {
  readonly id: string
  readonly tokenHash: string
  readonly operatorId: string
  readonly createdAt: Date
  readonly expiresAt: Date
}

export async function insertSession(ctx: HasDb, session: NewSession): Promise<void> {
  await ctx.db.query(
    `insert into auth.sessions (id, token_hash, operator_id, ip_address, user_agent, created_at, updated_at, expires_at)
     values ($1, $2, $3, $4, $5, $6, $6, $7)`,
    [
      session.id,
      session.tokenHash,
      session.operatorId,
      session.address,
      session.userAgent,
      session.createdAt,
      session.expiresAt,
    ],
  )
}

/** Ends every session of an operator but the one of the hash, and sign-ins that wait for their second factor. */
export async function deleteSessions(
  ctx: HasDb,
  operatorId: string,
  keptTokenHash: string | null = null,
): Promise<void> {
  await ctx.db.query('delete from auth.sessions where operator_id = $1 and token_hash is distinct from $2', [
    operatorId,
    keptTokenHash,
  ])
  await ctx.db.query('delete from auth.verifications where value = $1', [operatorId])
}

/** The sessions of an operator that have not ended, the newest first. */
export function selectSessions(ctx: HasDb, operatorId: string, now: Date): Promise<ListedSession[]> {
  return ctx.db.query<ListedSession>(
    `select id, created_at as "createdAt", expires_at as "expiresAt", ip_address as address, user_agent as "userAgent"
     from auth.sessions where operator_id = $1 and expires_at > $2 order by id desc`,
    [operatorId, now],
  )
}

/** Ends one session of an operator; false when they have none of the id. */
export async function deleteSession(ctx: HasDb, operatorId: string, id: string): Promise<boolean> {
  const rows = await ctx.db.query('delete from auth.sessions where operator_id = $1 and id = $2 returning id', [
    operatorId,
    id,
  ])
  return rows.length === 1
}

/** Removes at most `limit` sessions that have ended by themselves. */
export async function deleteEndedSessions(ctx: HasDb, now: Date, limit: number): Promise<void> {
  await ctx.db.query(
    `delete from auth.sessions where id in (select id from auth.sessions where expires_at <= $1 limit $2)`,
    [now, limit],
  )
}
