import type { FastifyReply } from 'fastify'
import { DomainFault, type FaultData } from '../../core/errors.ts'
import type { SignInAnswer } from '../../core/ports.ts'

/** How long the second factor of an operator is locked after ten wrong codes. */
const lockMs = 900_000

const faultsByCode: Readonly<Record<string, FaultData>> = {
  INVALID_EMAIL_OR_PASSWORD: { code: 'sign_in_failed' },
  // What is no address at all is nobody's.
  INVALID_EMAIL: { code: 'sign_in_failed' },
  // The password was changed while it was looked at.
  FAILED_TO_CREATE_SESSION: { code: 'sign_in_failed' },
  INVALID_PASSWORD: { code: 'operator_password_wrong' },
  INVALID_CODE: { code: 'second_factor_invalid' },
  INVALID_BACKUP_CODE: { code: 'second_factor_invalid' },
  INVALID_TWO_FACTOR_COOKIE: { code: 'second_factor_invalid' },
  TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE: { code: 'second_factor_invalid' },
  ACCOUNT_TEMPORARILY_LOCKED: { code: 'guesses_exhausted', retryAfterMs: lockMs },
  TOTP_ALREADY_ENABLED: { code: 'two_factor_refused' },
  TOTP_NOT_ENABLED: { code: 'two_factor_refused' },
  TWO_FACTOR_NOT_ENABLED: { code: 'two_factor_refused' },
  BACKUP_CODES_NOT_ENABLED: { code: 'two_factor_refused' },
}

/**
 * Sends what the sign-in answers, its cookies with it. The token of a session goes out in its cookie alone, where no script reads it.
 * Throws the fault that a refusal stands for.
 */
export function deliver(answer: SignInAnswer, reply: FastifyReply): unknown {
  for (const cookie of answer.cookies) reply.header('set-cookie', cookie)
  if (answer.status >= 400) throw faultOf(answer)
  return withoutToken(answer.body)
}

function faultOf({ status, body }: SignInAnswer): Error {
  const code = (body as { code?: unknown } | null)?.code
  const known = typeof code === 'string' ? faultsByCode[code] : undefined
  if (known !== undefined) return new DomainFault(known)
  if (status === 401) return new DomainFault({ code: 'operator_session_invalid' })
  // Two requests used one backup code.
  if (status === 409) return new DomainFault({ code: 'second_factor_invalid' })
  return new Error(`The sign-in answered ${status} ${code}`)
}

function withoutToken(body: unknown): unknown {
  if (typeof body !== 'object' || body === null) return body
  const { token: _, session, ...rest } = body as { token?: unknown; session?: object }
  return session === undefined ? rest : { ...rest, session: withoutToken(session) }
}
