import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { mint } from '../../../src/core/api-keys/api-keys.rules.ts'
import { withdrawApiKey } from '../../../src/core/api-keys/api-keys.service.ts'
import { type TestTenant, useApi } from '../../helpers/api.ts'
import { statementsOf, useDatabase } from '../../helpers/database.ts'
import { create, createdBody, errors, expectError, faces, fill, list, post, printedFaces } from './faces.ts'

const database = useDatabase()
const api = useApi(database)

let tenant: TestTenant
beforeAll(async () => {
  tenant = await api.newTenant()
})
afterEach(() => {
  vi.restoreAllMocks()
})

const body = '{"reference":"r","type":"User"}'

/** The secret with its last character changed: the form of a key, but not its checksum. */
function mistyped(secret: string): string {
  return secret.slice(0, -1) + (secret.endsWith('0') ? '1' : '0')
}

/** Sees every statement that reaches the database. */
function watchDatabase() {
  const query = vi.spyOn(database.db, 'query')
  const transaction = vi.spyOn(database.db, 'transaction')
  return () => statementsOf(query).length + transaction.mock.calls.length
}

describe.each(faces)('$name', (face) => {
  describe('401', () => {
    if (face.own)
      it('refuses a request without a key, before it reads the body or asks the database', async () => {
        const asked = watchDatabase()
        for (const payload of [body, '{', '"not an object"']) {
          const headers = { 'content-type': 'application/json', ...face.headers }
          const posted = await api.server.inject({ method: 'POST', url: face.path, headers, payload })
          expectError(posted, face, errors.unauthorized)
        }
        const got = await api.server.inject({ method: 'GET', url: `${face.path}?take=x`, headers: { ...face.headers } })
        expectError(got, face, errors.unauthorized)
        expect(asked()).toBe(0)
      })

    it('refuses a mistyped key by its checksum, without asking the database', async () => {
      const asked = watchDatabase()
      const { secret, key } = tenant.apiKey
      const malformed = [
        mistyped(secret),
        `Bearer ${mistyped(secret)}`,
        secret.slice(0, -1),
        `${secret}0`,
        secret.replace('sandbox', 'live'),
        secret.toUpperCase(),
        secret.replace('sk_', 'pk_'),
        key.replace('pk_', 'sk_'),
        `${secret}, ${secret}`,
        'Your API Key',
        'Bearer',
        '',
      ]
      for (const text of malformed) {
        expectError(await post(api, face, text, body), face, errors.unauthorized)
        expectError(await list(api, face, text), face, errors.unauthorized)
      }
      expect(asked()).toBe(0)
    })

    it('refuses the public half of a pair, without asking the database', async () => {
      const asked = watchDatabase()
      expectError(await list(api, face, tenant.apiKey.key), face, errors.unauthorized)
      expectError(await list(api, face, `Bearer ${tenant.apiKey.key}`), face, errors.unauthorized)
      expect(asked()).toBe(0)
    })

    it('refuses an unknown key whose checksum is right, after one look-up', async () => {
      const asked = watchDatabase()
      expectError(await list(api, face, mint('sk', 'sandbox')), face, errors.unauthorized)
      expect(asked()).toBe(1)
    })

    it('refuses a revoked key', async () => {
      const { id, secret } = await api.newKey(tenant, ['profiles:read', 'profiles:write'])
      await withdrawApiKey(database.system(), tenant.ctx.appId, id)
      expectError(await post(api, face, secret, body), face, errors.unauthorized)
      expectError(await list(api, face, secret), face, errors.unauthorized)
    })

    it('refuses a key that was just in use within a second of its revocation', async () => {
      const { id, secret } = await api.newKey(tenant, ['profiles:read'])
      expect((await list(api, face, secret)).statusCode).toBe(200)
      await withdrawApiKey(database.system(), tenant.ctx.appId, id)
      const refused = async () => expectError(await list(api, face, secret), face, errors.unauthorized)
      await vi.waitFor(refused, { timeout: 1_000, interval: 10 })
    })

    it('refuses an expired key', async () => {
      const { secret } = await api.newKey(tenant, ['profiles:read'], new Date(Date.now() - 1))
      expectError(await list(api, face, secret), face, errors.unauthorized)
    })

    if (face.own)
      it('does not take the key from another place', async () => {
        const { secret } = tenant.apiKey
        const elsewhere = [
          { headers: { authorization: `Bearer ${secret}` }, url: face.path },
          { headers: { apikey: secret }, url: face.path },
          { headers: {}, url: `${face.path}?x-api-key=${secret}` },
        ]
        for (const { headers, url } of elsewhere) {
          const response = await api.server.inject({ method: 'GET', url, headers: { ...headers, ...face.headers } })
          expectError(response, face, errors.unauthorized)
        }
      })
  })

  describe('200 and 201', () => {
    it('takes the key with and without Bearer before it', async () => {
      const { apiKey } = await api.newTenant()
      for (const secret of [apiKey.secret, `Bearer ${apiKey.secret}`, `bearer  ${apiKey.secret}`]) {
        expect((await list(api, face, secret)).statusCode).toBe(200)
      }
      const response = await post(api, face, `Bearer ${apiKey.secret}`, body)
      expect(response.statusCode).toBe(201)
      expect(response.body).toBe(createdBody(face, 'r'))
    })

    it('takes a key that expires later, and a live one', async () => {
      const live = await api.newTenant({ mode: 'live' })
      const { secret } = await api.newKey(tenant, ['profiles:read'], new Date(Date.now() + 60_000))
      expect((await list(api, face, secret)).statusCode).toBe(200)
      expect((await list(api, face, live.apiKey.secret)).statusCode).toBe(200)
    })
  })

  describe('403', () => {
    it('lets a key create only with profiles:write', async () => {
      const { secret } = await api.newKey(tenant, ['profiles:read', 'wallets:write', 'keys:manage'])
      expectError(await post(api, face, secret, body), face, errors.forbidden)
      expect((await list(api, face, secret)).statusCode).toBe(200)
    })

    it('lets a key list only with profiles:read', async () => {
      const own = await api.newTenant()
      const { secret } = await api.newKey(own, ['profiles:write', 'wallets:write', 'keys:manage'])
      expectError(await list(api, face, secret), face, errors.forbidden)
      expect((await post(api, face, secret, body)).statusCode).toBe(201)
    })
  })

  describe("another app's key", () => {
    it('sees nothing of this app, and may use the same references', async () => {
      const [one, other] = [await api.newTenant(), await api.newTenant()]
      await fill(api, face, one, 3)
      const before = await list(api, face, other.apiKey.secret)
      expect(before.body).toBe(
        face.present
          ? '{"data":[],"pagination":{"totalElements":0,"totalPages":0,"skip":0,"take":10}}'
          : '{"profiles":[],"skip":0,"take":10,"totalElements":0,"totalPages":0}',
      )
      const made = await create(api, face, other, 'p2', 'Merchant')
      expect(made.statusCode).toBe(201)
      const counts = async (secret: string) => {
        const paging = (await list(api, face, secret)).json()
        return (face.present ? paging.pagination : paging).totalElements
      }
      expect([await counts(one.apiKey.secret), await counts(other.apiKey.secret)]).toEqual([3, 1])
    })
  })
})

it.each(printedFaces)(
  '$name: the printed path without x-api-key is another dialect’s, wherever else the key is',
  async (face) => {
    const { secret } = tenant.apiKey
    for (const method of ['GET', 'POST'] as const) {
      for (const headers of [{}, { authorization: `Bearer ${secret}` }, { apikey: secret }]) {
        const url = `${face.path}?x-api-key=${secret}`
        const response = await api.server.inject({ method, url, headers: { ...face.headers, ...headers } })
        // That one has no app for this host.
        expect([response.statusCode, response.body]).toEqual([404, '{"detail":"Not found."}'])
      }
      const empty = await api.server.inject({ method, url: face.path, headers: { ...face.headers, 'x-api-key': '' } })
      expectError(empty, face, errors.unauthorized)
    }
  },
)
