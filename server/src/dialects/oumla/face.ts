import { findProfilePage } from '../../core/profiles/profiles-list.service.ts'
import { answerOf, type Face, type FaceOrder } from '../../http/faces.ts'
import { oldAnswer } from './errors.ts'
import { toOffsetPage } from './paging.ts'
import { seedListOf } from './routes/profiles.ts'
import { walletListOf } from './routes/wallets.ts'
import { ListProfilesAnswer } from './schemas.ts'
import { ListWalletsAnswer } from './wallet-schemas.ts'

const headers = { 'x-api-key': '{secret}' }

/**
 * A profile as a client that sends no `x-sdk-version` sees it: that generation shows all there is of it. No generation has a route for
 * one profile, so it is the page of the list that holds it alone. No list shows one that is gone; its wallets are asked for, and say so.
 */
export async function face({ request: { ctx }, profile: { id }, serialize }: FaceOrder): Promise<Face> {
  const placed = await findProfilePage(ctx, id)
  const path = placed
    ? `/api/v1/profiles?skip=${placed.page.skip}&take=${placed.page.take}`
    : `/api/v1/wallets/profile/${id}`
  const answer = await answerOf(
    async () =>
      placed
        ? serialize(await seedListOf(ctx, placed.found, placed.page), ListProfilesAnswer)
        : serialize(await walletListOf(ctx, id, toOffsetPage({}), false), ListWalletsAnswer),
    oldAnswer,
  )
  return { request: { method: 'GET', path, headers }, ...answer }
}
