import { beforeAll, describe, expect, it } from 'vitest'
import { beginSession } from '../../../src/core/credentials/sessions.service.ts'
import { createProfile, updateProfile } from '../../../src/core/profiles/profiles.service.ts'
import type { ProfileInput } from '../../../src/core/profiles/profiles.types.ts'
import { inTx } from '../../../src/core/transactions.ts'
import { useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { type Client, expectSuccess, mounts, newClient } from './client.ts'
import { paths, profileKeys } from './fixtures/seed-002.ts'

const database = useDatabase()
const api = useApi(database)
let client: Client
beforeAll(async () => {
  client = await newClient(api, database)
})

/** What the person of a profile made elsewhere sees. */
async function seen(input: ProfileInput): Promise<Record<string, unknown>> {
  const { id } = await createProfile(client.ctx, input)
  const { access } = await inTx({ ...client.ctx, now: new Date() }, (tx) => beginSession(tx, id))
  return (await client.get(paths.getProfile, access)).json().data
}

describe('GET /user/get/profile/: 200', () => {
  it.each(mounts)('shows a person everything in the order of the document, under %s', async (mount) => {
    const { access } = await client.person(`ada${mounts.indexOf(mount)}.l`, {
      phone_number: `65824568${mounts.indexOf(mount)}`,
    })
    const answer = await client.get(paths.getProfile, access, { mount })
    expectSuccess(answer, {
      UserProfile: [
        {
          username: `ada${mounts.indexOf(mount)}.l`,
          first_name: 'Ada',
          last_name: 'Lovelace',
          email: `ada${mounts.indexOf(mount)}.l@example.com`,
          phone_code: '+33',
          phone_number: `65824568${mounts.indexOf(mount)}`,
          country_code: 'FR',
        },
      ],
      ProfileImage: '',
      UserLocInfo: { lan: '', tz: '', currency: '' },
    })
    const body = answer.json()
    expect(Object.keys(body)).toEqual(profileKeys.envelope)
    expect(Object.keys(body.data)).toEqual(profileKeys.data)
    expect(Object.keys(body.data.UserProfile[0])).toEqual(profileKeys.UserProfile)
    expect(Object.keys(body.data.UserLocInfo)).toEqual(profileKeys.UserLocInfo)
  })

  it('shows empty texts where nothing is set', async () => {
    expect(await seen({})).toEqual({
      UserProfile: [
        { username: '', first_name: '', last_name: '', email: '', phone_code: '', phone_number: '', country_code: '' },
      ],
      ProfileImage: '',
      UserLocInfo: { lan: '', tz: '', currency: '' },
    })
  })

  it('shows a profile that other dialects filled, in its own terms', async () => {
    const data = await seen({
      ...{ fullName: 'Grace Brewster Hopper', phone: '+1 (212) 736-5000', language: 'pt-BR' },
      ...{ timezone: 'Europe/Berlin', currency: 'EUR' },
    })
    expect(data).toMatchObject({
      UserProfile: [
        {
          ...{ first_name: 'Grace', last_name: 'Brewster Hopper', phone_code: '+1', phone_number: '2127365000' },
          country_code: 'US',
        },
      ],
      UserLocInfo: { lan: 'pt', tz: 'Europe/Berlin', currency: 'EUR' },
    })
    const kept = await seen({ phone: '+999 12 34 56' })
    expect(kept).toMatchObject({ UserProfile: [{ phone_code: '', phone_number: '+999 12 34 56', country_code: '' }] })
  })

  it('is served though it names a multipart type and has no body, as the clients of the document send it', async () => {
    const { access } = await client.person('no.body')
    const headers = {
      'content-type': 'multipart/form-data; boundary=--------------------------1',
      'content-length': '0',
    }
    expect((await client.get(paths.getProfile, access, { headers })).statusCode).toBe(200)
  })

  it('shows at once what was changed elsewhere', async () => {
    const person = await client.person('changed.soon')
    await updateProfile(client.ctx, { by: 'username', value: 'changed.soon' }, { city: 'Rome', lastName: 'King' })
    expect((await client.profile(person)).UserProfile[0].last_name).toBe('King')
  })
})
