import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { DomainFault } from '../../../core/errors.ts'
import { createOperatorApp, listOperatorOrganizations } from '../../../core/operators/operators.service.ts'
import type { OperatorOrganization } from '../../../core/operators/operators.types.ts'
import type { Services } from '../../../http/dialect.ts'
import { systemContextOf } from '../../../http/principal.ts'
import { toAppAnswer } from '../mappers.ts'
import { OperatorAnswer, OperatorAppBody } from '../operator-schemas.ts'
import { AppAnswer, faults } from '../schemas.ts'

/** The session's operator. Throws `operator_required` for an API key. */
function operatorOf({ operator }: FastifyRequest) {
  if (operator === undefined) throw new DomainFault({ code: 'operator_required' })
  return operator
}

/** `/facet/v1/operator`: the operator who is signed in. These alone need no app. */
export async function operatorRoutes(
  scope: FastifyInstance,
  { services }: { readonly services: Services },
): Promise<void> {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>()

  app.get(
    '/operator',
    {
      schema: {
        summary: 'Get the operator',
        description: 'Who is signed in, with their organizations and the apps of these.',
        security: [{ cookie: [] }],
        response: { 200: OperatorAnswer, ...faults },
      },
    },
    async (request) => {
      const { id, email, name, twoFactorEnabled } = operatorOf(request)
      const organizations = await listOperatorOrganizations(services, id)
      return { id, email, name, twoFactorEnabled, organizations: organizations.map(toOrganizationAnswer) }
    },
  )

  app.post(
    '/operator/apps',
    {
      schema: {
        summary: 'Create an app as an operator',
        description: 'In an organization in which the operator has organization:manage; without a key.',
        security: [{ cookie: [] }],
        body: OperatorAppBody,
        response: { 201: AppAnswer, ...faults },
      },
    },
    async (request, reply) => {
      const { id } = operatorOf(request)
      const ctx = systemContextOf(services, request, { kind: 'operator', id })
      const made = await createOperatorApp(ctx, id, request.body)
      services.events.raise(made.id)
      return reply.code(201).send(toAppAnswer(made))
    },
  )
}

function toOrganizationAnswer({
  scopes,
  apps,
  ...organization
}: OperatorOrganization): OperatorAnswer['organizations'][number] {
  return {
    ...organization,
    scopes: [...scopes],
    apps: apps.map((app) => ({ ...app, createdAt: app.createdAt.toISOString() })),
  }
}
