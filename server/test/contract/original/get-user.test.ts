import { describe, expect, it, vi } from 'vitest'
import { newId } from '../../../src/core/ids.ts'
import { type TestTenant, useApi } from '../../helpers/api.ts'
import { statementsOf, useDatabase } from '../../helpers/database.ts'
import { credentials, errors, expectError, get, make, mounts } from './client.ts'

const database = useDatabase()
const api = useApi(database)

let accounts = 0

/** Gives the user a wallet with one address, as wallets of merged users may be beside each other. */
async function addAddress({ ctx }: TestTenant, uid: string, network: string, address: string): Promise<void> {
  const [profile] = await database.db.query<{ id: string }>('select id from profiles where app_id = $1 and uid = $2', [
    ctx.appId,
    uid,
  ])
  const walletId = newId()
  await database.db.query(
    `insert into wallets (app_id, id, profile_id, network, account_index, created_at) values ($1, $2, $3, $4, $5, now())`,
    [ctx.appId, walletId, profile?.id, network, ++accounts],
  )
  await database.db.query(
    `insert into addresses (app_id, id, wallet_id, network, address, address_index, created_at)
     values ($1, $2, $3, $4, $5, 0, now())`,
    [ctx.appId, newId(), walletId, network, address],
  )
}

describe.each(mounts)('%s/user/{uid}', (mount) => {
  describe('200', () => {
    it('answers the user with its keys in the contract’s order, and the time with microseconds', async () => {
      const tenant = await api.newTenant()
      const uid = await make(api, tenant.apiKey, { user_external_id: 'x-1', email: 'a@example.com' })
      const response = await get(api, `${mount}/user/${uid}`, tenant.apiKey)
      const createdAt: string = response.json().data.created_at
      expect(createdAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}000Z$/)
      expect(Math.abs(Date.parse(createdAt) - Date.now())).toBeLessThan(60_000)
      expect(response.body).toBe(
        `{"success":true,"data":{"uid":"${uid}","created_at":"${createdAt}","email":"a@example.com",` +
          '"user_external_id":"x-1","wallets":[],"client_id":"x-1"}}',
      )
      expect(response.statusCode).toBe(200)
      expect(response.headers['content-type']).toBe('application/json; charset=utf-8')
    })

    it('shows null for what is not set, also of a profile that another dialect made', async () => {
      const tenant = await api.newTenant()
      const made = await api.server.inject({
        method: 'POST',
        url: '/facet/v1/profiles',
        headers: { authorization: `Bearer ${tenant.apiKey.secret}` },
        payload: { username: 'somebody', fullName: 'Some Body' },
      })
      const { uid } = made.json()
      const response = await get(api, `${mount}/user/${uid}`, tenant.apiKey)
      const createdAt = response.json().data.created_at
      expect(response.body).toBe(
        `{"success":true,"data":{"uid":"${uid}","created_at":"${createdAt}","email":null,` +
          '"user_external_id":null,"wallets":[],"client_id":null}}',
      )
    })

    it('answers HEAD as GET, without the body', async () => {
      const tenant = await api.newTenant()
      const url = `${mount}/user/${await make(api, tenant.apiKey)}`
      const response = await api.server.inject({ method: 'HEAD', url, headers: credentials(tenant.apiKey) })
      const { headers } = await get(api, url, tenant.apiKey)
      expect([response.statusCode, response.body]).toEqual([200, ''])
      expect(response.headers['content-length']).toBe(headers['content-length'])
    })

    it('lists its wallets oldest first, with the explorer and the network, and a chain id for EVM alone', async () => {
      const tenant = await api.newTenant()
      const uid = await make(api, tenant.apiKey)
      await addAddress(tenant, uid, 'AMOY', '0xamoy')
      await addAddress(tenant, uid, 'BTC', 'bc1first')
      await addAddress(tenant, uid, 'SANDBOX', '0xlocal')
      const { body } = await get(api, `${mount}/user/${uid}`, tenant.apiKey)
      expect(body).toContain(
        '"wallets":[{"address":"0xamoy","explorer_url":"https://amoy.polygonscan.com/address/0xamoy",' +
          '"network":"Polygon","chain_id":80002},' +
          '{"address":"bc1first","explorer_url":"https://mempool.space/address/bc1first","network":"Bitcoin"},' +
          '{"address":"0xlocal","explorer_url":"","network":"Sandbox","chain_id":31337}],"client_id":null',
      )
    })

    it('shows nothing of the wallets of other users', async () => {
      const tenant = await api.newTenant()
      const [one, two] = [await make(api, tenant.apiKey), await make(api, tenant.apiKey)]
      await addAddress(tenant, two, 'ETH', '0xtwo')
      expect((await get(api, `${mount}/user/${one}`, tenant.apiKey)).json().data.wallets).toEqual([])
      expect((await get(api, `${mount}/user/${two}`, tenant.apiKey)).json().data.wallets).toHaveLength(1)
    })

    it('costs two statements, however many wallets there are', async () => {
      const tenant = await api.newTenant()
      const uid = await make(api, tenant.apiKey)
      for (let i = 0; i < 20; i++) await addAddress(tenant, uid, 'ETH', `0x${i}`)
      const query = vi.spyOn(database.db, 'query')
      const response = await get(api, `${mount}/user/${uid}`, tenant.apiKey)
      // A slow machine may look the key up again.
      const asked = statementsOf(query).filter((text) => !text.includes('api_keys'))
      query.mockRestore()
      expect(response.json().data.wallets).toHaveLength(20)
      expect(asked).toHaveLength(2)
    })
  })

  describe('404 User not found.', () => {
    it('answers a uid that nobody has, or that is none', async () => {
      const tenant = await api.newTenant()
      const uid = await make(api, tenant.apiKey, { user_external_id: 'x', email: 'a@example.com' })
      const [row] = await database.db.query<{ id: string; long_id: string; number: string }>(
        'select id, long_id, number from profiles where app_id = $1',
        [tenant.ctx.appId],
      )
      const others = ['452711987655', '0', `${uid}0`, `0${uid}`, `${uid}%20`, `%20${uid}`, 'x', 'a@example.com', '%00']
      const ids = [row?.id, row?.long_id, row?.number]
      for (const wrong of [...others, ...ids, '1%2F2', 'user_external_id:x', '%F0%9F%98%80']) {
        expectError(await get(api, `${mount}/user/${wrong}`, tenant.apiKey), errors.userNotFound)
      }
    })

    it('answers for a user that was deleted, and for one of another app', async () => {
      const [tenant, other] = [await api.newTenant(), await api.newTenant()]
      const uid = await make(api, tenant.apiKey)
      expectError(await get(api, `${mount}/user/${uid}`, other.apiKey), errors.userNotFound)
      const gone = await api.server.inject({
        method: 'DELETE',
        url: `/facet/v1/profiles/uid:${uid}`,
        headers: { authorization: `Bearer ${tenant.apiKey.secret}` },
      })
      expect(gone.statusCode).toBe(204)
      expectError(await get(api, `${mount}/user/${uid}`, tenant.apiKey), errors.userNotFound)
    })
  })

  describe('404 Not Found', () => {
    it('answers an empty uid, with credentials and without', async () => {
      const tenant = await api.newTenant()
      for (const url of [`${mount}/user/`, `${mount}/user/?email=a@example.com`]) {
        expectError(await get(api, url, tenant.apiKey), errors.notFound)
        expectError(await api.server.inject({ method: 'GET', url }), errors.notFound)
      }
    })
  })
})
