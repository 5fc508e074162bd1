import type { FastifyRequest } from 'fastify'
import { countedGuess } from '../../core/operators/guesses.service.ts'
import type { OperatorSession, SignInPlace } from '../../core/operators/operators.types.ts'
import { getOperatorSession } from '../../core/operators/sessions.service.ts'
import type { SignInAnswer, SignInCall } from '../../core/ports.ts'
import type { Services } from '../dialect.ts'
import { systemContextOf } from '../principal.ts'
import { sessionTokenOf, signInCookiesOf } from './session-cookie.ts'

const mostUserAgent = 512

/** Where the browser of a request is. */
export function placeOf(request: FastifyRequest): SignInPlace {
  return { address: request.ip, userAgent: (request.headers['user-agent'] ?? '').slice(0, mostUserAgent) }
}

/** The context of a request before anybody is known to make it. */
export function visitorContextOf(services: Services, request: FastifyRequest) {
  return systemContextOf(services, request, { kind: 'operator', id: 'sign-in' })
}

/** The session that the request brings. Throws `operator_session_invalid`. */
export function sessionOf(services: Services, request: FastifyRequest): Promise<OperatorSession> {
  return getOperatorSession({ db: services.db, now: new Date() }, sessionTokenOf(services.operators, request))
}

/** Has the sign-in answer the request, with a body of ours where it is not to have the request's own. */
export function ask(
  { operators }: Services,
  request: FastifyRequest,
  { method, path }: Pick<SignInCall, 'method' | 'path'>,
  body: unknown = request.body,
): Promise<SignInAnswer> {
  const cookie = signInCookiesOf(operators, request)
  return operators.signIn.call({ method, path, cookie, ...placeOf(request), ...(isObject(body) && { body }) })
}

/** The same for what holds a guess at an operator's password, which is counted first. */
export async function askGuessing(
  services: Services,
  request: FastifyRequest,
  { email, path, body = request.body }: { readonly email: string; readonly path: string; readonly body?: unknown },
): Promise<SignInAnswer> {
  const { right } = await countedGuess(visitorContextOf(services, request), { email, address: request.ip })
  const answer = await ask(services, request, { method: 'POST', path }, body)
  if (answer.status < 400) await right()
  return answer
}

function isObject(body: unknown): body is object {
  return typeof body === 'object' && body !== null
}
