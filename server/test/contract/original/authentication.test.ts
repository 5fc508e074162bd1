import { generateKeyPairSync, sign } from 'node:crypto'
import type { LightMyRequestResponse } from 'fastify'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { mint } from '../../../src/core/api-keys/api-keys.rules.ts'
import { withdrawApiKey } from '../../../src/core/api-keys/api-keys.service.ts'
import { type TestTenant, useApi } from '../../helpers/api.ts'
import { statementsOf, useDatabase } from '../../helpers/database.ts'
import { credentials, documentClaims, errors, expectError, get, mounts, post, sdkClaims, tokenOf } from './client.ts'

const database = useDatabase()
const api = useApi(database)

let tenant: TestTenant
beforeAll(async () => {
  tenant = await api.newTenant()
})
afterEach(() => {
  vi.restoreAllMocks()
})

/** Sees every statement that reaches the database. */
function watchDatabase() {
  const query = vi.spyOn(database.db, 'query')
  const transaction = vi.spyOn(database.db, 'transaction')
  return () => statementsOf(query).length + transaction.mock.calls.length
}

const search = '/user?email=nobody@example.com'
const notFound = '{"success":false,"data":null}'

describe.each(mounts)('%s', (mount) => {
  /** Asks for a user with these headers and no others. */
  function ask(headers: Record<string, string>): Promise<LightMyRequestResponse> {
    return api.server.inject({ method: 'GET', url: mount + search, headers })
  }

  /** Asks with the tenant's key and this token. */
  function askWith(token: string): Promise<LightMyRequestResponse> {
    return ask({ 'x-api-key': tenant.apiKey.key, authorization: `Bearer ${token}` })
  }

  describe('200', () => {
    it('takes a token with the claims of the documents and of the SDKs, and one that claims nothing', async () => {
      const { key, secret } = tenant.apiKey
      for (const claims of [documentClaims, sdkClaims(key), {}, { api_key: key }]) {
        const response = await askWith(tokenOf(secret, claims))
        expect([response.statusCode, response.body]).toEqual([200, notFound])
      }
    })

    it('takes a token that ends later and began before, and any case of the scheme', async () => {
      const seconds = Math.floor(Date.now() / 1000)
      const claims = { ...documentClaims, iat: seconds, nbf: seconds - 1, exp: seconds + 60 }
      expect((await askWith(tokenOf(tenant.apiKey.secret, claims))).statusCode).toBe(200)
      for (const scheme of ['bearer', 'BEARER', 'Bearer ']) {
        const authorization = `${scheme} ${tokenOf(tenant.apiKey.secret)}`
        expect((await ask({ 'x-api-key': tenant.apiKey.key, authorization })).statusCode).toBe(200)
      }
    })

    it('takes a live pair, and one that expires later', async () => {
      const live = await api.newTenant({ mode: 'live' })
      const later = await api.newKey(tenant, ['profiles:read'], new Date(Date.now() + 60_000))
      for (const pair of [live.apiKey, later]) expect((await get(api, mount + search, pair)).statusCode).toBe(200)
    })
  })

  describe('401', () => {
    it('refuses a request without key or token, before it reads the body or asks the database', async () => {
      const asked = watchDatabase()
      const { 'x-api-key': key = '', authorization = '' } = credentials(tenant.apiKey)
      for (const headers of [{}, { 'x-api-key': key }, { authorization }, { 'x-api-key': '', authorization }]) {
        expectError(await ask(headers), errors.unauthorized)
        for (const payload of ['{}', '{', '[]', '']) {
          const posted = await api.server.inject({
            method: 'POST',
            url: `${mount}/user`,
            headers: { 'content-type': 'application/json', ...headers },
            payload,
          })
          expectError(posted, errors.unauthorized)
        }
      }
      expect(asked()).toBe(0)
    })

    it('refuses what has not the form of a public key, without asking the database', async () => {
      const asked = watchDatabase()
      const { key, secret } = tenant.apiKey
      const mistyped = key.slice(0, -1) + (key.endsWith('0') ? '1' : '0')
      const malformed = [mistyped, `${key}0`, key.replace('sandbox', 'live'), secret, `Bearer ${key}`, `${key}, ${key}`]
      for (const text of [...malformed, 'API_KEY', 'key']) {
        const response = await ask({ 'x-api-key': text, authorization: `Bearer ${tokenOf(secret)}` })
        expectError(response, errors.unauthorized)
      }
      expect(asked()).toBe(0)
    })

    it('refuses an unknown key after one look-up', async () => {
      const asked = watchDatabase()
      expectError(await get(api, mount + search, { ...tenant.apiKey, key: mint('pk', 'sandbox') }), errors.unauthorized)
      expect(asked()).toBe(1)
    })

    it('refuses a token that was signed with anything but the secret of the key', async () => {
      const { key } = tenant.apiKey
      const sibling = await api.newKey(tenant, ['profiles:read'])
      const stranger = await api.newTenant()
      for (const secret of [sibling.secret, stranger.apiKey.secret, key, 'secret', '', 'TOKEN']) {
        expectError(await askWith(tokenOf(secret)), errors.unauthorized)
        expectError(await askWith(tokenOf(secret, sdkClaims(key))), errors.unauthorized)
      }
    })

    it('refuses every algorithm but HS256, whoever signed', async () => {
      const { secret } = tenant.apiKey
      const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
      for (const alg of ['none', 'NONE', 'HS384', 'HS512', 'RS256', 'ES256', '']) {
        const token = tokenOf(secret, documentClaims, { alg })
        const [header, payload] = token.split('.')
        expectError(await askWith(token), errors.unauthorized)
        expectError(await askWith(`${header}.${payload}.`), errors.unauthorized)
        const bySomebody = sign('sha256', Buffer.from(`${header}.${payload}`), privateKey).toString('base64url')
        expectError(await askWith(`${header}.${payload}.${bySomebody}`), errors.unauthorized)
      }
      const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
      expectError(await askWith(tokenOf(pem, documentClaims, { alg: 'RS256' })), errors.unauthorized)
      const jwk = { kty: 'oct', k: Buffer.from('mine').toString('base64url') }
      expectError(await askWith(tokenOf('mine', documentClaims, { jwk })), errors.unauthorized)
    })

    it('refuses a token whose claims were changed', async () => {
      const [header, , signature] = tokenOf(tenant.apiKey.secret).split('.')
      const [, payload] = tokenOf('other', { ...documentClaims, role: 'admin' }).split('.')
      expectError(await askWith(`${header}.${payload}.${signature}`), errors.unauthorized)
    })

    it('refuses a token that is over, and one that has not begun', async () => {
      const seconds = Math.floor(Date.now() / 1000)
      for (const times of [{ exp: seconds - 1 }, { nbf: seconds + 60 }, { exp: 'tomorrow' }]) {
        const token = tokenOf(tenant.apiKey.secret, { ...documentClaims, ...times })
        expectError(await askWith(token), errors.unauthorized)
      }
    })

    it('refuses a token that names another key than the header', async () => {
      const { secret } = tenant.apiKey
      const sibling = await api.newKey(tenant, ['profiles:read'])
      for (const named of [sibling.key, 'key', '', '*', null, 1, [tenant.apiKey.key]]) {
        expectError(await askWith(tokenOf(secret, { ...documentClaims, api_key: named })), errors.unauthorized)
      }
    })

    it('refuses a token that does not come as Bearer, and credentials in another place', async () => {
      const { key, secret } = tenant.apiKey
      const token = tokenOf(secret)
      for (const authorization of [token, `Token ${token}`, `Basic ${token}`, `Bearer ${token} x`, 'Bearer', '']) {
        expectError(await ask({ 'x-api-key': key, authorization }), errors.unauthorized)
      }
      for (const authorization of [`Bearer ${secret}`, `Bearer ${key}`]) {
        expectError(await ask({ 'x-api-key': key, authorization }), errors.unauthorized)
      }
      const url = `${mount}${search}&api_key=${key}&token=${token}`
      expectError(await api.server.inject({ method: 'GET', url }), errors.unauthorized)
    })

    it('refuses an expired pair', async () => {
      const apiKey = await api.newKey(tenant, ['profiles:read'], new Date(Date.now() - 1))
      expectError(await get(api, mount + search, apiKey), errors.unauthorized)
    })

    it('refuses a pair that was just in use within a second of its revocation', async () => {
      const apiKey = await api.newKey(tenant, ['profiles:read', 'profiles:write'])
      expect((await get(api, mount + search, apiKey)).statusCode).toBe(200)
      await withdrawApiKey(database.system(), tenant.ctx.appId, apiKey.id)
      const refused = async () => expectError(await get(api, mount + search, apiKey), errors.unauthorized)
      await vi.waitFor(refused, { timeout: 1_000, interval: 10 })
      expectError(await post(api, mount, apiKey, '{}'), errors.unauthorized)
    })
  })

  describe('403', () => {
    it('refuses a token that is for less than everything', async () => {
      const { secret } = tenant.apiKey
      for (const claim of ['user_id', 'resource', 'action']) {
        for (const value of ['', 'user', '**', ' *', null, ['*'], 1]) {
          expectError(await askWith(tokenOf(secret, { ...documentClaims, [claim]: value })), errors.forbidden)
        }
      }
    })

    it('lets a pair create only with profiles:write, and read only with profiles:read', async () => {
      const own = await api.newTenant()
      const reader = await api.newKey(own, ['profiles:read', 'wallets:write', 'keys:manage'])
      const writer = await api.newKey(own, ['profiles:write', 'wallets:write', 'keys:manage'])
      expectError(await post(api, mount, reader, '{}'), errors.forbidden)
      expect((await get(api, mount + search, reader)).statusCode).toBe(200)
      const made = await post(api, mount, writer, '{}')
      expect(made.statusCode).toBe(201)
      expectError(await get(api, mount + search, writer), errors.forbidden)
      expectError(await get(api, `${mount}/user/${made.json().data.uid}`, writer), errors.forbidden)
    })
  })
})
