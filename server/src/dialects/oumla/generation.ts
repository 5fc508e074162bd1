import type { FastifyRequest } from 'fastify'

/** A client of the present generation names its version; the seed's does not (contracts/README, decision 1). */
export function isPresent(request: Pick<FastifyRequest, 'headers'>): boolean {
  return request.headers['x-sdk-version'] !== undefined
}
