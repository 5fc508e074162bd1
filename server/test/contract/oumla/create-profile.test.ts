import { describe, expect, it } from 'vitest'
import { useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'

const database = useDatabase()
const api = useApi(database)

describe('POST /api/v1/profiles', () => {
  it('201: answers the body that the seed prints, byte for byte', async () => {
    const { apiKey } = await api.newTenant()
    const response = await api.server.inject({
      method: 'POST',
      url: '/api/v1/profiles',
      headers: { 'x-api-key': apiKey.secret },
      payload: { reference: 'dba1fea5-2004-4ea8-a06d-a7c7c5559b8f', type: 'User' },
    })
    expect(response.statusCode).toBe(201)
    expect(response.body).toBe(
      '{"message":"Profile created","profile":{"reference":"dba1fea5-2004-4ea8-a06d-a7c7c5559b8f","type":"User"}}',
    )
  })
})
