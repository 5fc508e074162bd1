import Fastify from 'fastify'
import { expect, it } from 'vitest'
import type { AnsweredCall } from '../core/calls/calls.types.ts'
import type { Actor, Ctx } from '../core/context.ts'
import { createMetrics, useObservation } from './observe.ts'

const dialects = [{ name: 'first', prefix: '/first' }]

/** A server with a few routes, of which the header `actor` says who asks; and what it counts. */
function build({ dropped = 0 } = {}) {
  const counted: [string, AnsweredCall][] = []
  const metrics = createMetrics()
  const server = Fastify()
  server.decorateRequest('ctx')
  server.addHook('onRequest', async (request) => {
    const kind = request.headers.actor as Actor['kind'] | undefined
    if (kind !== undefined) request.ctx = { appId: 'app', actor: { kind, id: 'x' } } as Ctx
  })
  useObservation(server, metrics, dialects, { count: (...call) => void counted.push(call), dropped })
  server.get('/first/people/:email', async (_, reply) => reply.code(404).send({}))
  server.get('/first/events', async (_, reply) => reply.header('content-type', 'text/event-stream').send('\n'))
  server.get('/healthz', async () => ({}))
  return { server, counted, metrics }
}

it.each(['api_key', 'profile', 'anonymous'] as const)(
  'a request of an app is a call, with the pattern of its route and nothing of its path: %s',
  async (actor) => {
    const { server, counted } = build()
    const begin = Date.now()
    const answer = await server.inject({ url: '/first/people/ada@example.com?x=ada', headers: { actor } })
    expect(counted).toEqual([
      [
        'app',
        {
          atMs: expect.any(Number),
          dialect: 'first',
          method: 'GET',
          route: '/first/people/:email',
          status: 404,
          ms: expect.any(Number),
          requestId: answer.headers['x-request-id'],
        },
      ],
    ])
    const [, call] = counted[0] ?? []
    expect(call?.atMs).toBeGreaterThanOrEqual(begin)
    expect(call?.atMs).toBeLessThanOrEqual(Date.now())
  },
)

it.each([
  ['without an app', '/first/people/ada', {}],
  ['of an operator', '/first/people/ada', { actor: 'operator' }],
  ['to a route that there is not', '/first/nothing', { actor: 'api_key' }],
  ['that is no dialect’s', '/healthz', { actor: 'api_key' }],
  ['for an event stream', '/first/events', { actor: 'api_key' }],
])('a request %s is no call', async (_, url, headers) => {
  const { server, counted } = build()
  await server.inject({ url, headers })
  expect(counted).toEqual([])
})

it('what was dropped is a metric', async () => {
  const { metrics } = build({ dropped: 7 })
  for (let n = 0; n < 2; n++) expect(await metrics.registry.metrics()).toContain('\nfacet_calls_dropped_total 7\n')
})
