import type { FastifyRequest } from 'fastify'
import { authenticate } from '../core/api-keys/api-keys.service.ts'
import type { Ctx } from '../core/context.ts'
import type { Services } from './dialect.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the dialect's authentication hook; there in every handler behind it. */
    ctx: Ctx
  }
}

/**
 * The context of a request that presents an API secret. Throws `credentials_missing` or `credentials_invalid`.
 */
export async function contextOf(services: Services, request: FastifyRequest, secret: string | undefined): Promise<Ctx> {
  const now = new Date()
  const principal = await authenticate(services.directory, secret, now)
  return {
    db: services.db,
    keys: services.keys,
    log: services.log,
    now,
    appId: principal.appId,
    appMode: principal.appMode,
    settings: principal.settings,
    organizationId: principal.organizationId,
    organizationNumber: principal.organizationNumber,
    actor: { kind: 'api_key', id: principal.apiKeyId },
    scopes: principal.scopes,
    requestId: request.id,
    outbound: services.outbound,
    jobs: services.jobs,
    committed: () => services.events.raise(principal.appId),
  }
}

/** The credentials of `Authorization: Bearer …` (RFC 6750 section 2.1), if there are any. */
export function bearerOf(request: FastifyRequest): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1]
}
