import { afterAll, expect, it } from 'vitest'
import { getPersonTokens, renewTokens } from '../../../src/core/credentials/profile-tokens.service.ts'
import { findProfile } from '../../../src/core/profiles/profiles.service.ts'
import { inTx } from '../../../src/core/transactions.ts'
import { openPool } from '../../../src/infra/db/pool.ts'
import { steadyNotices, useApi } from '../../helpers/api.ts'
import { quietLog, useDatabase } from '../../helpers/database.ts'
import { details, expectDetail, newSite } from './client.ts'

const database = useDatabase()
/** A process that has not heard yet of what others do. */
const api = useApi(database, {}, steadyNotices)
const elsewhere = openPool({ address: database.address, connections: 1, log: quietLog })
afterAll(() => elsewhere.close())

it('changes nothing and gives no other token for one that ended in another process a moment ago', async () => {
  const site = await newSite(api, database)
  const ann = await site.person('ann')
  const read = () => site.get('/profiles/ann', ann)
  expect((await read()).statusCode).toBe(200)
  const profile = await findProfile(site.ctx, [{ by: 'username', value: 'ann' }])
  if (profile === undefined) throw new Error('Nobody is there')
  await inTx({ ...site.ctx, db: elsewhere }, (tx) => renewTokens(tx, profile.id))
  expect((await read()).statusCode).toBe(200)
  const { temporary } = await getPersonTokens(site.ctx, profile.id)
  expectDetail(await site.get('/user', ann), details.tokenWrong)
  expectDetail(await site.patch('/profiles/ann', { city: 'Turin' }, ann), details.tokenWrong)
  expectDetail(await site.call('DELETE', '/profiles/ann', { as: ann }), details.tokenWrong)
  expectDetail(await site.call('DELETE', '/user/expire', { as: ann }), details.tokenWrong)
  expect(await getPersonTokens(site.ctx, profile.id)).toMatchObject({ temporary })
})
