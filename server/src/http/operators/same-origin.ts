import type { FastifyRequest } from 'fastify'
import { DomainFault } from '../../core/errors.ts'
import { isLoopback } from '../../core/organizations/hosts.rules.ts'
import type { Services } from '../dialect.ts'
import { sentOrigin } from '../public-origin.ts'
import { hostOf } from '../request-host.ts'

/**
 * Throws `origin_foreign` for a request that a browser makes for a page of elsewhere. What changes something must say where it comes
 * from, by `Origin` (RFC 6454) or, where a browser leaves that out, by `Sec-Fetch-Site`; what only reads must not say that it comes
 * from elsewhere: over plain HTTP a browser says nothing then.
 */
export function requireSameOrigin(services: Pick<Services, 'publicUrl'>, request: FastifyRequest): void {
  const { origin, 'sec-fetch-site': site } = request.headers
  const reads = request.method === 'GET' || request.method === 'HEAD'
  const says = origin !== undefined || site !== undefined
  const fromHere =
    (origin === undefined || origin === ownOrigin(services, request)) &&
    (site === undefined || site === 'same-origin' || (reads && site === 'none'))
  if (!fromHere || !(reads || says)) throw new DomainFault({ code: 'origin_foreign' })
}

/** The console's address: that of the settings, on this machine also the one that the request names, without settings that alone. */
export function ownOrigin({ publicUrl }: Pick<Services, 'publicUrl'>, request: FastifyRequest): string | undefined {
  if (publicUrl === undefined || isLoopback(hostOf(request)?.host ?? '')) return sentOrigin(request)
  return new URL(publicUrl).origin
}
