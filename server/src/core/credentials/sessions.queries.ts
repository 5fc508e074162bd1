import type { Db } from '../db.ts'
import type { Session } from './credentials.types.ts'

type InApp = { readonly db: Db; readonly appId: string }

/** The channel on which every process hears that sessions ended; the payload is the profile's id. */
export const sessionsChannel = 'facet_sessions'

const columns =
  'id, profile_id as "profileId", created_at as "createdAt", renewed_at as "renewedAt", expires_at as "expiresAt"'

export async function insertSession(ctx: InApp, session: Session): Promise<void> {
  const { id, profileId, createdAt, renewedAt, expiresAt } = session
  await ctx.db.query(
    `insert into sessions (app_id, id, profile_id, created_at, renewed_at, expires_at) values ($1, $2, $3, $4, $5, $6)`,
    [ctx.appId, id, profileId, createdAt, renewedAt, expiresAt],
  )
}

/** The sessions of a profile that have not ended at the instant, the newest first. */
export function selectSessions(ctx: InApp, profileId: string, now: Date): Promise<Session[]> {
  return ctx.db.query<Session>(
    `select ${columns} from sessions where app_id = $1 and profile_id = $2 and expires_at > $3 order by id desc`,
    [ctx.appId, profileId, now],
  )
}

export async function selectSession(ctx: InApp, id: string): Promise<Session | undefined> {
  const text = `select ${columns} from sessions where app_id = $1 and id = $2`
  const [row] = await ctx.db.query<Session>(text, [ctx.appId, id])
  return row
}

/** Counts one more renewal of a session that was renewed so many times before; undefined for any other. */
export async function renewSessionRow(
  ctx: InApp,
  { id, renewals }: { readonly id: string; readonly renewals: number },
  { renewedAt, expiresAt }: Pick<Session, 'renewedAt' | 'expiresAt'>,
): Promise<Session | undefined> {
  const [row] = await ctx.db.query<Session>(
    `update sessions set renewals = renewals + 1, renewed_at = $4, expires_at = $5
     where app_id = $1 and id = $2 and renewals = $3 and expires_at > $4 returning ${columns}`,
    [ctx.appId, id, renewals, renewedAt, expiresAt],
  )
  return row
}

/** Tells every process that sessions of a profile ended, once that is committed. For a transaction. */
export async function tellOfSessions(ctx: InApp, profileId: string): Promise<void> {
  await ctx.db.notify(sessionsChannel, profileId)
}

/** Ends one session of a profile. False when there is none such. */
export async function deleteSession(ctx: InApp, profileId: string, id: string): Promise<boolean> {
  const text = 'delete from sessions where app_id = $1 and profile_id = $2 and id = $3 returning id'
  return (await ctx.db.query(text, [ctx.appId, profileId, id])).length === 1
}

/** Ends every session of a profile but the one that is named; gives how many went. */
export async function deleteSessions(ctx: InApp, profileId: string, except: string | undefined): Promise<number> {
  const rows = await ctx.db.query(
    'delete from sessions where app_id = $1 and profile_id = $2 and id is distinct from $3::uuid returning id',
    [ctx.appId, profileId, except ?? null],
  )
  return rows.length
}

/** Ends the oldest sessions of a profile beyond so many; gives how many went. */
export async function deleteOldestSessions(ctx: InApp, profileId: string, kept: number): Promise<number> {
  const rows = await ctx.db.query(
    `delete from sessions where app_id = $1 and profile_id = $2 and id in (
       select id from sessions where app_id = $1 and profile_id = $2 order by id desc offset $3
     ) returning id`,
    [ctx.appId, profileId, kept],
  )
  return rows.length
}

/** Gives the sessions of one profile to another; gives how many there were. */
export async function moveSessionRows(ctx: InApp, from: string, to: string): Promise<number> {
  const text = 'update sessions set profile_id = $3 where app_id = $1 and profile_id = $2 returning id'
  return (await ctx.db.query(text, [ctx.appId, from, to])).length
}

/** Removes at most `limit` sessions that ended at or before the time; gives how many went. */
export async function deleteEndedSessions(ctx: InApp, before: Date, limit: number): Promise<number> {
  const rows = await ctx.db.query(
    `delete from sessions where app_id = $1 and id in (
       select id from sessions where app_id = $1 and expires_at <= $2 order by expires_at limit $3
     ) and expires_at <= $2 returning id`,
    [ctx.appId, before, limit],
  )
  return rows.length
}
