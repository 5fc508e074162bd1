import { isUtf8 } from 'node:buffer'
import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import sjson from 'secure-json-parse'
import { validatorCompiler } from './compilers.ts'
import { TransportError } from './faults.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** SHA-256 of the body's bytes; set only for requests that carry an idempotency key. */
    bodyHash: Buffer | undefined
  }
}

/**
 * Makes a scope take JSON bodies and no others: UTF-8 (RFC 8259 section 8.1), no `__proto__` or constructor keys, and
 * validated without coercion. `emptyIs` is what an empty body stands for; without it an empty body is malformed where
 * the route takes one.
 */
export function useStrictJson(app: FastifyInstance, emptyIs?: unknown): void {
  app.decorateRequest('bodyHash', undefined)
  app.setValidatorCompiler(validatorCompiler)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    /^application\/(?:[\w.-]+\+)?json(?:\s*;|$)/i,
    { parseAs: 'buffer' },
    (request, body, done) => {
      try {
        done(null, parse(request, body as Buffer, emptyIs))
      } catch (error) {
        done(error as Error)
      }
    },
  )
}

function parse(request: FastifyRequest, body: Buffer, emptyIs: unknown): unknown {
  if (request.headers['idempotency-key'] !== undefined) request.bodyHash = hashOf(body)
  const charset = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(request.headers['content-type'] ?? '')?.[1]
  if (charset !== undefined && charset.toLowerCase() !== 'utf-8') {
    throw new TransportError({ code: 'media_type_unsupported' })
  }
  if (body.length === 0 && emptyIs !== undefined) return emptyIs
  // Many clients name a type with every request; where no body is asked for, none is no mistake.
  if (body.length === 0 && isOptional(request.routeOptions.schema?.body)) return undefined
  if (!isUtf8(body)) throw new TransportError({ code: 'body_malformed' })
  return parseStrictJson(body.toString())
}

/** The value of a JSON text that came with a request. Throws `body_malformed`, also for `__proto__` and constructor keys. */
export function parseStrictJson(text: string): unknown {
  try {
    return sjson.parse(text, { protoAction: 'error', constructorAction: 'error' })
  } catch {
    throw new TransportError({ code: 'body_malformed' })
  }
}

/** Whether a route takes no body, or null in the place of one. */
function isOptional(schema: unknown): boolean {
  return schema === undefined || [(schema as { type?: unknown }).type].flat().includes('null')
}

/** SHA-256 of a request's body. */
export function hashOf(body: Buffer): Buffer {
  return createHash('sha256').update(body).digest()
}
