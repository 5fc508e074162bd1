import type { FastifyRequest } from 'fastify'
import type { Ctx } from '../../core/context.ts'
import { authenticateSession } from '../../core/credentials/sessions.service.ts'
import { DomainFault } from '../../core/errors.ts'
import type { Services } from '../../http/dialect.ts'
import { bearerOf, contextOfVisitor } from '../../http/principal.ts'
import { Refusal } from '../../http/refusal.ts'
import { envelope } from './schemas.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Whose access token came with the request; there in every handler behind `identifyPerson`. */
    session: PersonSession | null
  }
}

interface PersonSession {
  readonly profileId: string
  readonly sessionId: string
}

/**
 * Finds the app by the public key in `apikey` (contracts/epixel.md). Throws `credentials_missing`, `credentials_invalid`, a 403 where the
 * app lets nobody in by themselves.
 */
export async function identifyApp(services: Services, request: FastifyRequest): Promise<void> {
  const { apikey } = request.headers
  request.ctx = await contextOfVisitor(services, request, apikey === undefined ? undefined : String(apikey))
  requireSelfService(request.ctx)
}

/** Throws a 403 where the app lets nobody in by themselves. */
export function requireSelfService({ settings }: Ctx): void {
  if (!settings.selfService.enabled) {
    throw new Refusal(403, envelope(403, { detail: ['People may not sign in to this app by themselves.'] }))
  }
}

/**
 * Finds the person by their access token, which must be of the key's app, and whose session must not have ended. Throws
 * `credentials_missing`, `token_invalid`, `token_expired`.
 */
export async function identifyPerson(services: Services, request: FastifyRequest): Promise<void> {
  const token = bearerOf(request)
  if (token === undefined) throw new DomainFault({ code: 'credentials_missing' })
  const session = await authenticateSession(request.ctx, services.sessions, token)
  request.session = session
  request.ctx = { ...request.ctx, actor: { kind: 'profile', id: session.profileId } }
}

/** The session of a request behind `identifyPerson`. */
export function sessionOf({ session }: FastifyRequest): PersonSession {
  if (session === null) throw new DomainFault({ code: 'credentials_missing' })
  return session
}
