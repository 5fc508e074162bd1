import { describe, expect, it } from 'vitest'
import { useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { errors, expectError, expectErrors, get, make, mounts, type Pair, searchPath } from './client.ts'

const database = useDatabase()
const api = useApi(database)

describe.each(mounts)('%s/user?…', (mount) => {
  async function find(pair: Pair, query: Readonly<Record<string, string>>) {
    return get(api, searchPath(mount, query), pair)
  }

  async function expectNobody(pair: Pair, query: Readonly<Record<string, string>>): Promise<void> {
    const response = await find(pair, query)
    expect([query, response.statusCode, response.body]).toEqual([query, 200, '{"success":false,"data":null}'])
    expect(response.headers['content-type']).toBe('application/json; charset=utf-8')
  }

  describe('200, found', () => {
    it('answers what GET by uid answers, by each parameter and by all together', async () => {
      const { apiKey } = await api.newTenant()
      const [id, email] = ['x & y=1/ü', 'Some+One@example.com']
      const uid = await make(api, apiKey, { user_external_id: id, email })
      const byUid = await get(api, `${mount}/user/${uid}`, apiKey)
      for (const query of [
        { email },
        { email: 'some+one@EXAMPLE.com' },
        { user_external_id: id },
        { client_id: id },
        { user_external_id: id, client_id: id },
        { email, user_external_id: id },
        { client_id: id, email, user_external_id: id },
        { email, uid: 'ignored', x: '' },
      ]) {
        const response = await find(apiKey, query)
        expect([query, response.statusCode, response.body]).toEqual([query, 200, byUid.body])
      }
    })

    it('finds a profile that another dialect made', async () => {
      const { apiKey } = await api.newTenant()
      const made = await api.server.inject({
        method: 'POST',
        url: '/facet/v1/profiles',
        headers: { authorization: `Bearer ${apiKey.secret}` },
        payload: { reference: 'r', email: 'r@example.com' },
      })
      const user = (await find(apiKey, { user_external_id: 'r', email: 'r@example.com' })).json().data
      expect(user.uid).toBe(made.json().uid)
    })
  })

  describe('200, not found', () => {
    it('answers data null for what nobody has: another case, a space more, nothing, NUL', async () => {
      const { apiKey } = await api.newTenant()
      await make(api, apiKey, { user_external_id: 'x', email: 'a@example.com' })
      await make(api, apiKey)
      for (const value of ['X', 'x ', '', 'y', 'null', 'x\0', 'x'.repeat(256), 'a@example.com']) {
        await expectNobody(apiKey, { user_external_id: value })
        await expectNobody(apiKey, { client_id: value })
      }
      for (const email of ['b@example.com', 'a@example.com ', '', 'null', 'a', 'a\0@example.com', 'x']) {
        await expectNobody(apiKey, { email })
      }
    })

    it('answers data null unless everything that is given names one and the same user', async () => {
      const { apiKey } = await api.newTenant()
      await make(api, apiKey, { user_external_id: 'one', email: 'one@example.com' })
      await make(api, apiKey, { user_external_id: 'two', email: 'two@example.com' })
      await expectNobody(apiKey, { user_external_id: 'one', email: 'two@example.com' })
      await expectNobody(apiKey, { user_external_id: 'one', client_id: 'two' })
      await expectNobody(apiKey, { user_external_id: 'one', email: 'nobody@example.com' })
      await expectNobody(apiKey, { user_external_id: 'none', email: 'one@example.com' })
      await expectNobody(apiKey, { user_external_id: 'one', email: '' })
      await expectNobody(apiKey, { client_id: 'none', user_external_id: 'none' })
    })

    it('answers data null for a user of another app, and for one that was deleted', async () => {
      const [tenant, other] = [await api.newTenant(), await api.newTenant()]
      await make(api, tenant.apiKey, { user_external_id: 'x', email: 'a@example.com' })
      for (const query of [{ user_external_id: 'x' }, { email: 'a@example.com' }, { client_id: 'x' }]) {
        await expectNobody(other.apiKey, query)
        expect((await find(tenant.apiKey, query)).json().success).toBe(true)
      }
      await api.server.inject({
        method: 'DELETE',
        url: '/facet/v1/profiles/reference:x',
        headers: { authorization: `Bearer ${tenant.apiKey.secret}` },
      })
      await expectNobody(tenant.apiKey, { user_external_id: 'x' })
      await expectNobody(tenant.apiKey, { email: 'a@example.com' })
    })
  })

  describe('400', () => {
    it('validation_error: a search for nothing says what it needs', async () => {
      const { apiKey } = await api.newTenant()
      for (const query of ['', '?', '?uid=1', '?Email=a@example.com', '?page=1&limit=10']) {
        expectError(await get(api, `${mount}/user${query}`, apiKey), errors.nothingAsked)
      }
    })

    it('validation_error: a parameter that is given twice', async () => {
      const { apiKey } = await api.newTenant()
      for (const name of ['email', 'user_external_id', 'client_id']) {
        expectError(await get(api, `${mount}/user?${name}=x&${name}=x`, apiKey), errors.notString, name)
      }
      expectErrors(await get(api, `${mount}/user?email=a&client_id=b&email=c&client_id=d`, apiKey), [
        ['client_id', errors.notString],
        ['email', errors.notString],
      ])
    })

    it('client_error: a query that is no percent-encoded UTF-8', async () => {
      const { apiKey } = await api.newTenant()
      for (const query of ['email=%ff', 'email=%', 'user_external_id=%zz']) {
        expectError(await get(api, `${mount}/user?${query}`, apiKey), errors.badRequest)
      }
    })
  })
})
