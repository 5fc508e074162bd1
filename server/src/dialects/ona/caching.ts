import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Profile } from '../../core/profiles/profiles.types.ts'
import { namesTag } from '../../http/entity-tags.ts'
import { entityTagOf, toPersonAnswer, viewOf } from './mappers.ts'

/**
 * Answers with people as the reader may see them. The reader alone may keep the answer, for a minute, and only for the
 * credentials that asked (RFC 9111 section 4.1); who has it already is told so (RFC 9110 section 13.1.2).
 */
export function sendPeople(request: FastifyRequest, reply: FastifyReply, found: Profile | readonly Profile[]) {
  const shown = [found].flat().map((profile) => ({ profile, view: viewOf(profile, request.person) }))
  const tag = entityTagOf(shown)
  reply.headers({ 'cache-control': 'private, max-age=60', etag: tag, vary: 'Authorization' })
  if (namesTag(request.headers['if-none-match'], tag)) return reply.code(304).send()
  const people = shown.map(({ profile, view }) => toPersonAnswer(profile, view, request.origin))
  return reply.send(Array.isArray(found) ? people : people[0])
}
