import type { SystemCtx } from '../context.ts'
import { DomainFault } from '../errors.ts'
import { isUuid, newId, timeOfId } from '../ids.ts'
import type { ListedSession, OperatorSession, SignInPlace } from './operators.types.ts'
import { hashSessionToken, newSessionToken, sessionLifeMs } from './session-tokens.rules.ts'
import {
  deleteEndedSessions,
  deleteSession,
  deleteSessions,
  insertSession,
  selectSession,
  selectSessions,
} from './sessions.queries.ts'

const forgottenAtOnce = 100

/** The session of a token, as it stands at this moment. Throws `operator_session_invalid`. */
export async function getOperatorSession(
  ctx: Pick<SystemCtx, 'db' | 'now'>,
  token: string | undefined,
): Promise<OperatorSession> {
  const session = token === undefined ? undefined : await selectSession(ctx, hashSessionToken(token), ctx.now)
  if (session === undefined) throw new DomainFault({ code: 'operator_session_invalid' })
  return session
}

/** Begins a session of an operator who has proved who they are; gives its token, which is kept nowhere else. */
export async function openOperatorSession(
  ctx: Pick<SystemCtx, 'db'>,
  operatorId: string,
  place: SignInPlace,
): Promise<string> {
  const token = newSessionToken()
  const id = newId()
  const createdAt = timeOfId(id)
  const expiresAt = new Date(createdAt.getTime() + sessionLifeMs)
  await deleteEndedSessions(ctx, createdAt, forgottenAtOnce)
  await insertSession(ctx, { ...place, id, operatorId, tokenHash: hashSessionToken(token), createdAt, expiresAt })
  return token
}

/** The sessions of an operator that have not ended, the newest first. */
export function listOperatorSessions(ctx: Pick<SystemCtx, 'db' | 'now'>, operatorId: string): Promise<ListedSession[]> {
  return selectSessions(ctx, operatorId, ctx.now)
}

/** Ends one session of an operator, on every process with their next request. Throws `session_not_found`. */
export async function endOperatorSession(ctx: Pick<SystemCtx, 'db'>, operatorId: string, id: string): Promise<void> {
  const ended = isUuid(id) && (await deleteSession(ctx, operatorId, id))
  if (!ended) throw new DomainFault({ code: 'session_not_found' })
}

/** Ends every session of an operator but that of the token. */
export async function endOtherSessions(ctx: Pick<SystemCtx, 'db'>, operatorId: string, token: string): Promise<void> {
  await deleteSessions(ctx, operatorId, hashSessionToken(token))
}
