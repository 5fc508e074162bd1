import { isUtf8 } from 'node:buffer'
import type { FastifyInstance } from 'fastify'
import { TransportError } from './faults.ts'
import { hashOf } from './strict-json.ts'
import { isDecodable } from './strict-query.ts'

/** More fields than any form has; a body of a megabyte could hold half a million. */
const maxFields = 1_000

/**
 * Makes a scope take `application/x-www-form-urlencoded` bodies beside those that it takes already. The body is an object
 * without a prototype; of a field that comes several times the last counts. Call it after `useStrictJson`.
 */
export function useFormBodies(app: FastifyInstance): void {
  app.addContentTypeParser(
    /^application\/x-www-form-urlencoded(?:\s*;|$)/i,
    { parseAs: 'buffer' },
    (request, body, done) => {
      const bytes = body as Buffer
      if (request.headers['idempotency-key'] !== undefined) request.bodyHash = hashOf(bytes)
      const text = isUtf8(bytes) ? bytes.toString() : undefined
      const fields = text === undefined || !isDecodable(text) ? undefined : [...new URLSearchParams(text)]
      if (fields === undefined || fields.length > maxFields) done(new TransportError({ code: 'body_malformed' }))
      else done(null, Object.assign(Object.create(null), Object.fromEntries(fields)))
    },
  )
}
