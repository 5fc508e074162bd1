import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import {
  getDelivery,
  listDeliveries,
  recoverDeliveries,
  resendDelivery,
} from '../../../core/webhooks/deliveries.service.ts'
import {
  createEndpoint,
  deleteEndpoint,
  getEndpoint,
  listEndpoints,
  rotateSecret,
  testEndpoint,
  updateEndpoint,
} from '../../../core/webhooks/webhooks.service.ts'
import { empty, faults, IdParams, listOf, NoBody } from '../schemas.ts'
import {
  toDeliveryAnswer,
  toDeliveryListAnswer,
  toDeliveryWithAttemptsAnswer,
  toEndpointAnswer,
  toIssuedEndpointAnswer,
  toSequence,
  toSince,
} from '../webhook-mappers.ts'
import {
  DeliveryAnswer,
  DeliveryListAnswer,
  DeliveryListQuery,
  DeliveryParams,
  DeliveryWithAttemptsAnswer,
  EndpointAnswer,
  EndpointBody,
  EndpointPatch,
  IssuedEndpointAnswer,
  Recovery,
  RotationBody,
  TestAnswer,
} from '../webhook-schemas.ts'

const path = '/webhook-endpoints'

/** `/facet/v1/webhook-endpoints`: whom to tell of events, and what became of it. */
export async function webhookRoutes(scope: FastifyInstance): Promise<void> {
  await scope.register(endpointRoutes)
  await scope.register(commandRoutes)
  await scope.register(deliveryRoutes)
}

async function endpointRoutes(scope: FastifyInstance): Promise<void> {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>()

  app.post(
    path,
    {
      schema: {
        summary: 'Create a webhook endpoint',
        description: 'It is told of what happens from now on.',
        body: EndpointBody,
        response: { 201: IssuedEndpointAnswer, ...faults },
      },
    },
    async ({ ctx, body }, reply) => reply.code(201).send(toIssuedEndpointAnswer(await createEndpoint(ctx, body))),
  )

  app.get(
    path,
    { schema: { summary: 'List webhook endpoints', response: { 200: listOf(EndpointAnswer), ...faults } } },
    async ({ ctx }) => ({ data: (await listEndpoints(ctx)).map(toEndpointAnswer) }),
  )

  app.get(
    `${path}/:id`,
    { schema: { summary: 'Get a webhook endpoint', params: IdParams, response: { 200: EndpointAnswer, ...faults } } },
    async ({ ctx, params }) => toEndpointAnswer(await getEndpoint(ctx, params.id)),
  )

  app.patch(
    `${path}/:id`,
    {
      schema: {
        summary: 'Change a webhook endpoint',
        params: IdParams,
        body: EndpointPatch,
        response: { 200: EndpointAnswer, ...faults },
      },
    },
    async ({ ctx, params, body }) => toEndpointAnswer(await updateEndpoint(ctx, params.id, body)),
  )

  app.delete(
    `${path}/:id`,
    {
      schema: {
        summary: 'Delete a webhook endpoint',
        description: 'Its secrets and its deliveries go with it.',
        params: IdParams,
        response: { 204: empty('Deleted'), ...faults },
      },
    },
    async ({ ctx, params }, reply) => {
      await deleteEndpoint(ctx, params.id)
      return reply.code(204).send()
    },
  )
}

async function commandRoutes(scope: FastifyInstance): Promise<void> {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>()

  app.post(
    `${path}/:id/rotate-secret`,
    {
      schema: {
        summary: 'Rotate a webhook secret',
        description: 'The secret before signs beside the new one for a while; any older one ends at once.',
        params: IdParams,
        body: RotationBody,
        response: { 200: IssuedEndpointAnswer, ...faults },
      },
    },
    async ({ ctx, params, body }) => toIssuedEndpointAnswer(await rotateSecret(ctx, params.id, body ?? {})),
  )

  app.post(
    `${path}/:id/test`,
    {
      schema: {
        summary: 'Test a webhook endpoint',
        description: 'Writes a `webhook_endpoint.tested` event, which goes to this endpoint whatever types it takes.',
        params: IdParams,
        body: NoBody,
        response: { 202: TestAnswer, ...faults },
      },
    },
    async ({ ctx, params }, reply) => reply.code(202).send({ eventId: await testEndpoint(ctx, params.id) }),
  )

  app.post(
    `${path}/:id/recover`,
    {
      schema: {
        summary: 'Recover webhook deliveries',
        description:
          'Tries every delivery again that was begun since then and given up, with the whole schedule. Answers the earlier instant of a recovery that is not done yet.',
        params: IdParams,
        body: Recovery,
        response: { 202: Recovery, ...faults },
      },
    },
    async ({ ctx, params, body }, reply) => {
      const since = await recoverDeliveries(ctx, params.id, toSince(body))
      return reply.code(202).send({ since: since.toISOString() })
    },
  )
}

async function deliveryRoutes(scope: FastifyInstance): Promise<void> {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>()

  app.get(
    `${path}/:id/deliveries`,
    {
      schema: {
        summary: 'List webhook deliveries',
        description: 'The newest first. Finished ones are kept for 30 days.',
        params: IdParams,
        querystring: DeliveryListQuery,
        response: { 200: DeliveryListAnswer, ...faults },
      },
    },
    async ({ ctx, params, query }) => toDeliveryListAnswer(await listDeliveries(ctx, params.id, query)),
  )

  app.get(
    `${path}/:id/deliveries/:sequence`,
    {
      schema: {
        summary: 'Get a webhook delivery',
        params: DeliveryParams,
        response: { 200: DeliveryWithAttemptsAnswer, ...faults },
      },
    },
    async ({ ctx, params }) =>
      toDeliveryWithAttemptsAnswer(await getDelivery(ctx, params.id, toSequence(params.sequence))),
  )

  app.post(
    `${path}/:id/deliveries/:sequence/resend`,
    {
      schema: {
        summary: 'Resend a webhook delivery',
        description:
          'Makes one more attempt, or is the one under way. A delivery that has ended stays as it is if that fails; one that is held goes out in its turn.',
        params: DeliveryParams,
        body: NoBody,
        response: { 202: DeliveryAnswer, ...faults },
      },
    },
    async ({ ctx, params }, reply) => {
      const delivery = await resendDelivery(ctx, params.id, toSequence(params.sequence))
      return reply.code(202).send(toDeliveryAnswer(delivery))
    },
  )
}
