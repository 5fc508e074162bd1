import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { eventTypes } from '../../../src/core/event-types.ts'
import { useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { clientOf, expectProblem } from './client.ts'

const database = useDatabase()
const api = useApi(database)

describe('GET /facet/v1/event-types', () => {
  it('200: names every type once, to any valid key, with a schema that its example fits', async () => {
    const key = await api.newKey(await api.newTenant(), ['profiles:read'])
    const answer = await clientOf(api, key).get('/event-types')
    expect(answer.statusCode).toBe(200)
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8')
    const { data, ...rest } = answer.json()
    expect(rest).toEqual({})
    expect(data.map(({ type }: { type: string }) => type)).toEqual(eventTypes)
    const ajv = new Ajv2020({ strict: true, validateFormats: false })
    for (const { schema, example, about, subject, ...other } of data) {
      const validate = ajv.compile(schema)
      expect(validate(example), `${other.type}: ${JSON.stringify(validate.errors)}`).toBe(true)
      expect(about).toMatch(/^\S.*\.$/)
      expect(['profile', 'profile_list', 'profile_property', 'api_key', 'app', 'webhook_endpoint']).toContain(subject)
      expect(Object.keys(other)).toEqual(['type'])
    }
  })

  it('401: needs a key', async () => {
    expectProblem(await api.server.inject('/facet/v1/event-types'), 401, 'credentials_missing')
  })
})
