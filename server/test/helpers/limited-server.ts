import Fastify, { type FastifyInstance, type LightMyRequestResponse } from 'fastify'
import { afterEach } from 'vitest'
import type { Ctx } from '../../src/core/context.ts'
import { DomainFault } from '../../src/core/errors.ts'
import type { AppLimits } from '../../src/core/organizations/organizations.types.ts'
import { createCounts, type RateStore } from '../../src/http/counts.ts'
import { createWindowLimits, useWindowLimits } from '../../src/http/window-limits.ts'

/** A small server that limits its requests and needs no database. */
export interface LimitedServer {
  readonly server: FastifyInstance
  /** In force from the next request on. */
  readonly settings: { limits: { -readonly [Name in keyof AppLimits]: number } }
  /** Requests of `/` that reached their handler. */
  readonly served: { count: number }
  /** What lets the requests of `/slow` end, in the order of their coming. */
  readonly waiting: (() => void)[]
  ask(app?: string, url?: string): Promise<LightMyRequestResponse>
}

/** Gives what opens such servers; each ends after its test. Call at the top of a file. */
export function useLimitedServers(): { open(limits: Partial<AppLimits>, store?: RateStore): LimitedServer } {
  const servers: FastifyInstance[] = []
  afterEach(async () => {
    for (const server of servers.splice(0)) {
      server.server.closeAllConnections()
      await server.close()
    }
  })
  return { open: (limits, store) => open(servers, limits, store) }
}

/** A server whose requests are those of the app in `x-app`, by limits that may be changed at any time. */
function open(servers: FastifyInstance[], limits: Partial<AppLimits>, store?: RateStore): LimitedServer {
  const settings = { limits: { perSecond: 10, perMinute: 150, parallel: 10, ...limits } }
  const served = { count: 0 }
  const waiting: (() => void)[] = []
  const server = Fastify()
  servers.push(server)
  server.decorateRequest('ctx')
  server.addHook('onRequest', async (request) => {
    request.ctx = { appId: String(request.headers['x-app'] ?? 'a'), settings: structuredClone(settings) } as Ctx
  })
  useWindowLimits(server, createWindowLimits(createCounts(), store))
  server.setErrorHandler((error, _request, reply) =>
    error instanceof DomainFault ? reply.code(429).send({ code: error.fault.code }) : reply.code(500).send(),
  )
  server.get('/', async () => {
    served.count++
    return 'served'
  })
  server.get('/failing', async () => {
    throw new Error('It fails')
  })
  server.get('/slow', async () => new Promise<string>((resolve) => waiting.push(() => resolve('served'))))
  return {
    server,
    settings,
    served,
    waiting,
    ask: (app = 'a', url = '/') => server.inject({ url, headers: { 'x-app': app } }),
  }
}

/** The headers in which a limit shows. */
export function told(headers: LightMyRequestResponse['headers']) {
  const { 'x-ratelimit-limit': limit, 'x-ratelimit-remaining': remaining, 'x-ratelimit-reset': reset } = headers
  return { limit, remaining, reset, retryAfter: headers['retry-after'] }
}

/** What `told` gives for an answer that was served. */
export const served = (limit: number, remaining: number, reset: number) => ({
  limit: String(limit),
  remaining: String(remaining),
  reset: String(reset),
  retryAfter: undefined,
})

/** What it gives for one that was refused. */
export const refused = (retryAfter: number) => ({
  limit: undefined,
  remaining: undefined,
  reset: undefined,
  retryAfter: String(retryAfter),
})
