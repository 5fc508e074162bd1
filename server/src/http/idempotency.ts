import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { IdempotentRequest } from '../core/context.ts'
import { idempotencyScope } from '../core/idempotency.ts'
import { TransportError } from './faults.ts'
import { hashOf } from './strict-json.ts'

const keyForm = /^[\x21-\x7e]{1,255}$/
const writes = new Set(['POST', 'PUT', 'PATCH', 'DELETE'])

/**
 * Lets every write of a scope be repeated under an `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): the
 * repeat gets the first answer. Needs `request.ctx`. A repeated answer carries `Idempotency-Replayed: true`.
 */
export function useIdempotencyKeys(app: FastifyInstance): void {
  app.addHook('preHandler', async (request: FastifyRequest, reply: FastifyReply) => {
    const key = request.headers['idempotency-key']
    if (key === undefined || !writes.has(request.method)) return
    if (typeof key !== 'string' || !keyForm.test(key)) throw new TransportError({ code: 'idempotency_key_malformed' })
    const { ctx } = request
    const idempotency: IdempotentRequest = {
      sealer: ctx.keys,
      appId: ctx.appId,
      scope: idempotencyScope({
        appId: ctx.appId,
        principal: ctx.actor.id,
        method: request.method,
        path: request.url,
        key,
      }),
      // Keyed: a body may hold a password, and a plain digest of it would be quick to guess from.
      bodyHash: ctx.keys.hash(
        'idempotency_keys.body_hash',
        (request.bodyHash ?? hashOf(Buffer.alloc(0))).toString('hex'),
      ),
      replayed: false,
    }
    request.ctx = { ...ctx, idempotency }
    reply.header('idempotency-replayed', 'false')
  })
  app.addHook('onSend', async (request: FastifyRequest, reply: FastifyReply) => {
    if (!reply.hasHeader('idempotency-replayed')) return
    if (request.ctx.idempotency?.replayed) reply.header('idempotency-replayed', 'true')
    else reply.removeHeader('idempotency-replayed')
  })
}
