import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import { localeChoices } from '../../../core/locale/choices.service.ts'
import { namesTag } from '../../../http/entity-tags.ts'
import { errors, LocalInfoAnswer, NotModified, success } from '../schemas.ts'

/** What a person can choose from (seed 002, "Get Local Info"), named in the language that `Accept-Language` asks for. */
export async function localInfoRoutes(scope: FastifyInstance): Promise<void> {
  const app = scope.withTypeProvider<TypeBoxTypeProvider>()

  app.get(
    '/get/local-info/',
    {
      schema: {
        summary: 'List languages, currencies and time zones',
        response: { 200: LocalInfoAnswer, 304: NotModified, ...errors },
      },
    },
    async (request, reply) => {
      const choices = await localeChoices(request.headers['accept-language'])
      const tag = `"${choices.digest}"`
      reply.headers({
        'cache-control': 'private, max-age=86400',
        'content-language': choices.language,
        vary: 'Accept-Language, Authorization, apikey',
        etag: tag,
      })
      if (namesTag(request.headers['if-none-match'], tag)) return reply.code(304).send()
      const { languages, currencies, timezones } = choices
      return success({ languages: [...languages], currencies: [...currencies], timezones: [...timezones] })
    },
  )
}
