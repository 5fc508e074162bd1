import { answerOf, type Face, type FaceOrder } from '../../http/faces.ts'
import { errorOf } from './errors.ts'
import { oneProfile } from './routes/profiles.ts'
import { ProfileListAnswer } from './schemas.ts'

/** A profile as `GET /v1/hood/profiles/{id}` answers it in the default view. */
export async function face({ request: { ctx, id: traceId }, profile, serialize }: FaceOrder): Promise<Face> {
  const answer = await answerOf(
    async () => serialize(await oneProfile(ctx, profile.longId, {}), ProfileListAnswer),
    (fault) => {
      const body = errorOf(fault, traceId, false)
      return { status: body.code, body }
    },
  )
  const headers = { Authorization: 'Bearer {secret}' }
  return { request: { method: 'GET', path: `/v1/hood/profiles/${profile.longId}`, headers }, ...answer }
}
