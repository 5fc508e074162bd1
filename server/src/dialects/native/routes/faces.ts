import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import { getProfileIds } from '../../../core/profiles/profiles.service.ts'
import type { Services } from '../../../http/dialect.ts'
import type { FaceOrder } from '../../../http/faces.ts'
import { toProfileKey } from '../mappers.ts'
import { FaceAnswer, faults, listOf, ProfileParams } from '../schemas.ts'

/** What the framework's types ask of a schema. */
type Json = Record<string, unknown>

/** `/facet/v1/profiles/:profile/faces`: one profile as every dialect answers it. */
export async function faceRoutes(scope: FastifyInstance, { services }: { readonly services: Services }): Promise<void> {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>()

  app.get(
    '/profiles/:profile/faces',
    {
      schema: {
        summary: 'List the faces of a profile',
        description:
          'What each dialect answers to a client that asks for the profile. Under its id also for one that was deleted or merged. ' +
          'Nothing is written, and no session begins.',
        params: ProfileParams,
        response: { 200: listOf(FaceAnswer), ...faults },
      },
    },
    async (request, reply) => {
      const profile = await getProfileIds(request.ctx, toProfileKey(request.params.profile))
      const serialize: FaceOrder['serialize'] = (answer, schema) => reply.serializeInput({ ...answer }, schema as Json)
      return { data: await services.faces({ services, request, profile, serialize }) }
    },
  )
}
