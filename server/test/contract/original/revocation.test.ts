import { describe, expect, it } from 'vitest'
import { useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { errors, expectError, get, make } from './client.ts'

// Two whole servers on one database, each with a connection for notices of its own: two nodes.

const database = useDatabase()
const api = useApi(database)
const otherNode = useApi(database)

const promisedMs = 1_000

describe('a pair that is revoked on one node', () => {
  it('is refused on every node within a second, though it was just in use there', async () => {
    const rounds = process.env.FACET_PROVE ? 50 : 5
    const tenant = await api.newTenant()
    const path = `/v1/user/${await make(api, tenant.apiKey)}`
    for (let round = 0; round < rounds; round++) {
      const pair = await api.newKey(tenant, ['profiles:read'])
      for (const node of [api, otherNode]) expect((await get(node, path, pair)).statusCode).toBe(200)
      const revoked = await api.server.inject({
        method: 'POST',
        url: `/facet/v1/api-keys/${pair.id}/revoke`,
        headers: { authorization: `Bearer ${tenant.apiKey.secret}` },
      })
      expect(revoked.statusCode).toBe(200)
      const begin = performance.now()
      for (const node of [otherNode, api]) {
        let answer = await get(node, path, pair)
        while (answer.statusCode === 200) answer = await get(node, path, pair)
        expect(performance.now() - begin).toBeLessThan(promisedMs)
        expectError(answer, errors.unauthorized)
      }
    }
  })
})
