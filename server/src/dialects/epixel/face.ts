import { answerOf, type Face, type FaceOrder } from '../../http/faces.ts'
import { requireSelfService } from './authentication.ts'
import { errorOf } from './errors.ts'
import { ownProfile } from './routes/profile.ts'
import { ProfileAnswer } from './schemas.ts'

/** Shows a profile as its own person gets it, who alone may, by the access token of a session. No session begins for it. */
export function faceAt(base: string): (order: FaceOrder) => Promise<Face> {
  return async ({ request, profile, serialize }) => {
    const answer = await answerOf(
      async () => {
        requireSelfService(request.ctx)
        return serialize(await ownProfile(request.ctx, profile.id), ProfileAnswer)
      },
      (fault) => errorOf(fault, request),
    )
    const headers = { apikey: '{key}', Authorization: 'Bearer {token}' }
    return { request: { method: 'GET', path: `${base}/user/get/profile/`, headers }, ...answer }
  }
}
