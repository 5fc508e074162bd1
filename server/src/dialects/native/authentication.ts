import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Ctx } from '../../core/context.ts'
import { DomainFault, kindOf } from '../../core/errors.ts'
import type { Operator } from '../../core/operators/operators.types.ts'
import type { Services } from '../../http/dialect.ts'
import { sessionOf } from '../../http/operators/requests.ts'
import { requireSameOrigin } from '../../http/operators/same-origin.ts'
import { sessionCookieOf } from '../../http/operators/session-cookie.ts'
import { bearerOf, contextOf, contextOfOperator } from '../../http/principal.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Why the request has no principal; routes that need one throw it. */
    refusal: DomainFault | undefined
    /** Who is signed in, when the request brings a session and no API key. */
    operator: Operator | undefined
  }
}

/** Finds the principal and counts the request: for its key or operator, or for its address when it has no valid one. */
export async function identify(services: Services, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  let principal: string
  try {
    principal = await findPrincipal(services, request)
  } catch (error) {
    if (!(error instanceof DomainFault) || !['unauthenticated', 'forbidden'].includes(kindOf(error.fault.code))) {
      // An outage is not the caller's doing, and is not counted against it.
      await services.addressLimit.announce(request.ip, reply)
      throw error
    }
    await services.addressLimit.count(request.ip, reply)
    request.refusal = error
    return
  }
  await services.keyLimit.count(principal, reply)
}

/** Refuses what has no principal, in every route of the scope. */
export function requirePrincipal(scope: FastifyInstance): void {
  scope.addHook('onRequest', async ({ refusal }) => {
    if (refusal !== undefined) throw refusal
  })
}

/**
 * The context of a request that goes on, as it would be if it came at this moment. Throws what refuses it then: once its key or session
 * has ended, or its operator has left the organization, and when that cannot be found out.
 */
export async function contextAnew(services: Services, request: FastifyRequest): Promise<Ctx> {
  if (request.operator === undefined) return contextOf(services, request, bearerOf(request))
  return contextOfOperator(services, request, (await sessionOf(services, request)).operator)
}

/** An API key where one is sent; else the session of an operator, which a browser adds by itself to whatever it asks for. */
async function findPrincipal(services: Services, request: FastifyRequest): Promise<string> {
  if (request.headers.authorization === undefined && sessionCookieOf(services.operators, request) !== undefined) {
    requireSameOrigin(services, request)
    const { operator } = await sessionOf(services, request)
    request.operator = operator
    return operator.id
  }
  request.ctx = await contextOf(services, request, bearerOf(request))
  return request.ctx.actor.id
}
