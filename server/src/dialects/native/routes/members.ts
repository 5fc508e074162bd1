import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import { changeRole, listMembers, removeMember } from '../../../core/operators/members.service.ts'
import type { Member } from '../../../core/operators/operators.types.ts'
import { MemberAnswer, MemberPatch } from '../operator-schemas.ts'
import { empty, faults, IdParams, listOf } from '../schemas.ts'

/** `/facet/v1/operators`: who runs the apps of the organization. */
export async function memberRoutes(scope: FastifyInstance): Promise<void> {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>()

  app.get(
    '/operators',
    {
      schema: {
        summary: 'List operators',
        description: "Those of the app's organization. Needs organization:manage.",
        response: { 200: listOf(MemberAnswer), ...faults },
      },
    },
    async ({ ctx }) => ({ data: (await listMembers(ctx)).map(toMemberAnswer) }),
  )

  app.patch(
    '/operators/:id',
    {
      schema: {
        summary: 'Change the role of an operator',
        description:
          'Holds from their next request on. Only an owner gives the role of an owner or takes it, and one owner stays. Needs organization:manage.',
        params: IdParams,
        body: MemberPatch,
        response: { 200: MemberAnswer, ...faults },
      },
    },
    async ({ ctx, params, body }) => toMemberAnswer(await changeRole(ctx, params.id, body.role)),
  )

  app.delete(
    '/operators/:id',
    {
      schema: {
        summary: 'Remove an operator',
        description:
          'From the organization, at once; who is in none any more is signed out. One owner stays. Needs organization:manage.',
        params: IdParams,
        response: { 204: empty('The operator is no member any more'), ...faults },
      },
    },
    async ({ ctx, params }, reply) => {
      await removeMember(ctx, params.id)
      return reply.code(204).send()
    },
  )
}

function toMemberAnswer({ createdAt, ...member }: Member): MemberAnswer {
  return { ...member, createdAt: createdAt.toISOString() }
}
