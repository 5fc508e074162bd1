import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { requirePerson } from '../authentication.ts'
import { viewOf } from '../mappers.ts'
import { forbidden } from '../refusal.ts'
import { ErrorAnswer, PersonParams } from '../schemas.ts'
import { getPerson } from './profiles.ts'

const SubmissionsAnswer = Type.Object({ private: Type.Integer(), public: Type.Integer() })

/** `monthly_submissions` (contracts/ona.md 3.1). Facet holds no forms, so nobody has sent any: that is the answer. */
export async function submissionRoutes(scope: FastifyInstance): Promise<void> {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>()

  app.get(
    '/api/v1/profiles/:user/monthly_submissions',
    {
      schema: {
        summary: 'Count the submissions of this month',
        params: PersonParams,
        response: { 200: SubmissionsAnswer, '4xx': ErrorAnswer, '5xx': ErrorAnswer },
      },
    },
    async (request) => {
      const person = requirePerson(request)
      const view = viewOf(await getPerson(request.ctx, request.params.user), person)
      if (view !== 'owner' && view !== 'creator') throw forbidden()
      return { private: 0, public: 0 }
    },
  )
}
