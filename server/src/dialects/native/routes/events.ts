import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { toEventJson } from '../../../core/feed/event-json.ts'
import { getEvent } from '../../../core/feed/feed.service.ts'
import type { Services } from '../../../http/dialect.ts'
import { prefersEventStream } from '../../../http/event-stream.ts'
import { toAfter, toEventListJson, toEventTypeAnswers, toFeedFilter, toResumption } from '../event-mappers.ts'
import { EventAnswer, EventListQuery, EventTypeAnswer, eventListContent } from '../event-schemas.ts'
import { streamEvents } from '../event-stream.ts'
import { listFilteredEvents } from '../profile-history.ts'
import { faults, IdParams, listOf } from '../schemas.ts'

/** `/facet/v1/events` and `/facet/v1/event-types`. */
export async function eventRoutes(
  scope: FastifyInstance,
  { services }: { readonly services: Services },
): Promise<void> {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>()

  app.get(
    '/events',
    {
      schema: {
        summary: 'List events',
        description: 'The feed of the app, in order. With `Accept: text/event-stream`: the same without an end.',
        querystring: EventListQuery,
        response: { 200: eventListContent, ...faults },
      },
    },
    async (request, reply) => {
      const { query, headers, ctx } = request
      const [filter, after] = [toFeedFilter(query), toAfter(query.after)]
      reply.header('vary', 'accept')
      if (prefersEventStream(headers.accept)) {
        return streamEvents(services, request, reply, {
          filter,
          after,
          resumption: toResumption(headers['last-event-id']),
        })
      }
      return sendJson(reply, toEventListJson(await listFilteredEvents(ctx, filter, { after, limit: query.limit })))
    },
  )

  app.get(
    '/events/:id',
    { schema: { summary: 'Get an event', params: IdParams, response: { 200: EventAnswer, ...faults } } },
    async ({ ctx, params }, reply) => sendJson(reply, toEventJson(await getEvent(ctx, params.id))),
  )

  const catalogue = { data: toEventTypeAnswers() }
  app.get(
    '/event-types',
    {
      schema: {
        summary: 'List event types',
        description: 'Every type of event with the JSON Schema of its `data`. Any valid key may read it.',
        response: { 200: listOf(EventTypeAnswer), ...faults },
      },
    },
    async () => catalogue,
  )
}

/** Sends JSON text as it is: events hold theirs already, and it is not taken apart again. */
function sendJson(reply: FastifyReply, json: string): FastifyReply {
  return reply.type('application/json; charset=utf-8').send(json)
}
