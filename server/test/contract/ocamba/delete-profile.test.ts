import { describe, expect, it } from 'vitest'
import { useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { clientOf, errors, expectDone, expectError, idsIn, mounts, newClient, newTenant } from './client.ts'
import { exampleProfile } from './fixtures/seed-001.ts'

const database = useDatabase()
const api = useApi(database)

describe('204', () => {
  it.each(mounts)('%s deletes, and answers the same again and again', async (mount) => {
    const { apiKey } = await newTenant(api, database)
    const client = clientOf(api, apiKey, mount)
    const [{ id }, kept] = [await client.make(exampleProfile), await client.make()]
    for (let i = 0; i < 3; i++) {
      expectDone(await client.delete(`/profiles/${id}`))
      expectError(await client.get(`/profiles/${id}`), errors.unknownProfile)
      expect(idsIn(await client.get('/profiles'))).toEqual([kept.id])
    }
  })

  it('is told of once, and counted once, of simultaneous deletes', async () => {
    const { apiKey, ctx } = await newTenant(api, database)
    const client = clientOf(api, apiKey)
    const { id } = await client.make(exampleProfile)
    const answers = await Promise.all(Array.from({ length: 10 }, () => client.delete(`/profiles/${id}`)))
    for (const answer of answers) expectDone(answer)
    expect((await client.get('/profiles')).json().total).toBe(0)
    const events = await database.db.query(
      `select from events_pending where app_id = $1 and type = 'profile.deleted'`,
      [ctx.appId],
    )
    expect(events).toHaveLength(1)
  })

  it('frees e-mail and phone, and leaves nothing personal behind', async () => {
    const { apiKey, ctx } = await newTenant(api, database)
    const client = clientOf(api, apiKey)
    const { id } = await client.make({ ...exampleProfile, comment: 'x', custom_properties: { a: 1 } })
    await client.delete(`/profiles/${id}`)
    const again = await client.make(exampleProfile)
    expect(again.id).not.toBe(id)
    const rows = await database.db.query(
      'select email, phone, full_name, comment, attributes from profiles where app_id = $1 and deleted_at is not null',
      [ctx.appId],
    )
    expect(rows).toEqual([{ email: null, phone: null, full_name: null, comment: null, attributes: {} }])
  })

  it('answers an id that no profile ever had like one that is gone', async () => {
    const client = await newClient(api, database)
    expectDone(await client.delete('/profiles/17430755068336100383'))
  })

  it('takes any JSON for a body, and looks at none', async () => {
    const client = await newClient(api, database)
    for (const body of [{}, [], 'null']) {
      const { id } = await client.make()
      expectDone(await client.delete(`/profiles/${id}`, undefined))
      expectDone(await client.call('DELETE', `/profiles/${id}`, body))
    }
  })
})

describe('400', () => {
  it.each(['1', 'abc', '1743075506833610038', '174307550683361003831', '1e19', '%00', '00000000000000000001'])(
    'says of %s, which no profile can have, that it is unknown',
    async (id) => {
      const client = await newClient(api, database)
      expectError(await client.delete(`/profiles/${id}`), errors.unknownProfile)
    },
  )
})
