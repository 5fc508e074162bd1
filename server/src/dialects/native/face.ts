import { getProfile } from '../../core/profiles/profiles.service.ts'
import { answerOf, type Face, type FaceOrder } from '../../http/faces.ts'
import { problemOf } from './errors.ts'
import { toProfileAnswer } from './mappers.ts'
import { ProfileAnswer } from './schemas.ts'

/** A profile as `GET /facet/v1/profiles/{profile}` answers it by its id. */
export async function face({ request: { ctx, id: requestId }, profile: { id }, serialize }: FaceOrder): Promise<Face> {
  const answer = await answerOf(
    async () => serialize(toProfileAnswer(await getProfile(ctx, { by: 'id', value: id })), ProfileAnswer),
    (fault) => {
      const body = problemOf(fault, requestId)
      return { status: body.status, body }
    },
  )
  const headers = { Authorization: 'Bearer {secret}' }
  return { request: { method: 'GET', path: `/facet/v1/profiles/${id}`, headers }, ...answer }
}
