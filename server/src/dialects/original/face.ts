import { answerOf, type Face, type FaceOrder } from '../../http/faces.ts'
import { errorOf } from './errors.ts'
import { oneUser } from './routes/users.ts'
import { UserAnswer } from './schemas.ts'

/** A profile as `GET /v1/user/{uid}` answers it. */
export async function face({ request: { ctx }, profile: { uid }, serialize }: FaceOrder): Promise<Face> {
  const answer = await answerOf(async () => serialize(await oneUser(ctx, uid), UserAnswer), errorOf)
  const headers = { 'X-API-KEY': '{key}', Authorization: 'Bearer {jwt}' }
  return { request: { method: 'GET', path: `/v1/user/${uid}`, headers }, ...answer }
}
