import { describe, expect, it } from 'vitest'
import { useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { mounts, newSite } from './client.ts'

const database = useDatabase()
const api = useApi(database)

describe.each(mounts)('GET %s/profiles/{user}/monthly_submissions', (mount) => {
  it('200: counts none to the owner and to who registered them; 401, 403, 404 for others', async () => {
    const site = await newSite(api, database)
    const ada = await site.person('ada.l')
    const bob = await site.person('bob.m', {}, ada)
    const ask = async (user: string, as?: typeof ada) =>
      (await site.get(`/profiles/${user}/monthly_submissions`, as, { mount })).statusCode
    const own = await site.get('/profiles/ada.l/monthly_submissions', ada, { mount })
    expect([own.statusCode, own.body]).toEqual([200, '{"private":0,"public":0}'])
    expect([await ask('bob.m', ada), await ask('ada.l', bob), await ask('ada.l'), await ask('nobody', ada)]).toEqual([
      200, 403, 401, 404,
    ])
  })
})
