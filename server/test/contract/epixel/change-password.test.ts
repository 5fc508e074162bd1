import { beforeAll, describe, expect, it } from 'vitest'
import { useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import {
  type Client,
  details,
  encodings,
  expectBody,
  expectDetail,
  expectErrors,
  expectSuccess,
  mounts,
  newClient,
  type Person,
  password,
  said,
  tokenNotValid,
} from './client.ts'
import { paths } from './fixtures/seed-002.ts'

const database = useDatabase()
const api = useApi(database)
let client: Client
beforeAll(async () => {
  client = await newClient(api, database)
})

const path = '/user/profile/change-password/'
const change = (
  person: Person,
  old_password: string,
  new_password: string,
  confirm_password = new_password,
  sent = {},
) => client.post(path, { old_password, new_password, confirm_password }, person.access, sent)
const wrongOld = ['Your old password was entered incorrectly. Please enter it again.']

describe('POST /user/profile/change-password/: 200', () => {
  it.each(encodings)('lets the new one in and the old one out, of a body as %s, at both mounts', async (encoding) => {
    const person = await client.person(`changes.${encoding}`)
    const [first, second] = ['quince-Meadow-12', 'damson-Valley-34']
    expectSuccess(await change(person, password, first, first, { encoding }))
    expectSuccess(await change(person, first, second, second, { encoding, mount: mounts[1] }))
    await client.login(person.username, second)
    const old = await client.post('/user/login/', { username: person.username, password })
    expectDetail(old, details.loginWrong)
  })

  it('ends the other sessions of the person, and not the one that it is made in', async () => {
    const person = await client.person('elsewhere')
    const other = await client.login('elsewhere')
    expectSuccess(await change(person, password, 'quince-Meadow-12'))
    expect((await client.get(paths.getProfile, person.access)).statusCode).toBe(200)
    expect((await client.post('/user/login/refresh/', { refresh: person.refresh })).statusCode).toBe(200)
    expectBody(await client.get(paths.getProfile, other.access), 401, tokenNotValid)
  })
})

describe('POST /user/profile/change-password/: 400', () => {
  it('names every field that is missing, and a confirmation that differs', async () => {
    const person = await client.person('forgets.all')
    expectErrors(await client.post(path, {}, person.access), {
      ...{ old_password: said.required, new_password: said.required, confirm_password: said.required },
    })
    expectErrors(await change(person, password, 'quince-Meadow-12', 'quince-Meadow-13'), {
      confirm_password: ['The two password fields didn’t match.'],
    })
  })

  it('says of all three fields at once what is wrong, and counts the old one', async () => {
    const person = await client.person('all.wrong')
    expectErrors(await change(person, 'wrong', '4711081', 'other'), {
      old_password: wrongOld,
      new_password: [
        'This password is too short. It must contain at least 9 characters.',
        'This password is entirely numeric.',
      ],
      confirm_password: ['The two password fields didn’t match.'],
    })
    expectErrors(await change(person, 'wrong', '12345678'), {
      old_password: wrongOld,
      new_password: [
        'This password is too short. It must contain at least 9 characters.',
        'This password is too common.',
        'This password is entirely numeric.',
      ],
    })
    expectErrors(await client.post(path, { old_password: password, new_password: '4711' }, person.access), {
      new_password: [
        'This password is too short. It must contain at least 9 characters.',
        'This password is entirely numeric.',
      ],
      confirm_password: said.required,
    })
    await client.login('all.wrong')
  })

  it('refuses a wrong old password, and a new one for each rule that it breaks', async () => {
    const person = await client.person('weak.one')
    expectErrors(await change(person, 'wrong', 'quince-Meadow-12'), { old_password: wrongOld })
    expectErrors(await change(person, password, 'weak.one'), {
      new_password: [
        'The password is too similar to the username.',
        'This password is too short. It must contain at least 9 characters.',
      ],
    })
    expectErrors(await change(person, password, password), {
      new_password: ['You cannot use a previously used password.'],
    })
    await client.login('weak.one')
  })
})

describe('POST /user/profile/change-password/: repeated under an Idempotency-Key', () => {
  it('changes once and answers the same, though the old password is no longer right', async () => {
    const person = await client.person('again.same')
    const headers = { 'idempotency-key': 'password' }
    const next = 'quince-Meadow-12'
    expectSuccess(await change(person, password, next, next, { headers }))
    const again = await change(person, password, next, next, { headers })
    expectSuccess(again)
    expect(again.headers['idempotency-replayed']).toBe('true')
    expectDetail(await change(person, password, 'damson-Valley-34', 'damson-Valley-34', { headers }), details.keyReused)
    await client.login('again.same', next)
  })
})

describe('POST /user/profile/change-password/: 401 and 429', () => {
  it('for a visitor; after ten wrong old passwords', async () => {
    expectDetail(await client.post(path, {}), details.credentialsMissing)
    const person = await client.person('guessed.at')
    for (let i = 0; i < 9; i++)
      expectErrors(await change(person, 'wrong', 'quince-Meadow-12'), { old_password: wrongOld })
    for (const old of ['wrong', password]) {
      const answer = await change(person, old, 'quince-Meadow-12')
      expectDetail(answer, details.tooManyAttempts)
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(1_790)
    }
  })
})
