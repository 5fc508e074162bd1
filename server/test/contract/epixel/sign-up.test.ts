import { beforeAll, describe, expect, it } from 'vitest'
import { getProfile, unsubscribeProfile } from '../../../src/core/profiles/profiles.service.ts'
import { useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import {
  type Client,
  details,
  encodings,
  expectDetail,
  expectErrors,
  expectSuccess,
  mounts,
  newClient,
  newNumber,
  said,
  signUpFields,
} from './client.ts'
import { sentences } from './fixtures/seed-002.ts'

const database = useDatabase()
const api = useApi(database)
let client: Client
beforeAll(async () => {
  client = await newClient(api, database)
})

const path = '/user/signup/'
const fieldsOf = (username: string, more: Record<string, unknown> = {}) => ({
  ...{ ...signUpFields, username, email: `${username}@example.com`, phone_number: newNumber() },
  ...more,
})
const signUp = (fields: Record<string, unknown>, sent = {}) => client.post(path, fields, undefined, sent)
const stored = (username: string) => getProfile(client.ctx, { by: 'username', value: username })

const taken = {
  username: ['Username is already taken. Please try another one.'],
  phone_number: ['Phone number already taken. Please try another one.'],
  email: ['There is a user registered with the specified E-Mail address.'],
}
const usernameForm = [
  'Username must be 5 to 250 characters: letters, digits, underscores and dots, no underscore or dot beside another.',
]

describe('POST /user/signup/: 200', () => {
  it.each(encodings)('makes a profile of a body as %s, at both mounts, who can sign in', async (encoding) => {
    await client.person(`sponsor.${encoding}`)
    for (const [i, mount] of mounts.entries()) {
      const username = `fresh.${encoding}${i}`
      const trade = { place_genealogy: 'left', position: '7', subdomain: 'shop', sponsor: `sponsor.${encoding}` }
      const fields = fieldsOf(username, { phone_number: `65812${i}${encodings.indexOf(encoding)}77`, ...trade })
      expectSuccess(await signUp(fields, { encoding, mount }))
      expect(await stored(username)).toMatchObject({
        ...{ username, email: `${username}@example.com`, firstName: 'Ada', lastName: 'Lovelace', country: 'FR' },
        ...{ phone: `+33${fields.phone_number}`, emailVerifiedAt: null },
        attributes: { agree_terms: '1', user_type: 'customer', ...trade },
      })
      await client.login(username)
    }
  })

  it('takes a country by its code or its calling code', async () => {
    const countries: [string, string, string, string][] = [
      ['de', '15112345678', '+4915112345678', 'DE'],
      ['+49', '15112345679', '+4915112345679', 'DE'],
      ['1', '2127365000', '+12127365000', 'US'],
      ['33', '0658299999', '+33658299999', 'FR'],
      ['US', '+33658299998', '+33658299998', 'US'],
    ]
    for (const [i, [country_code, phone_number, phone, country]] of countries.entries()) {
      expectSuccess(await signUp(fieldsOf(`country${i}`, { country_code, phone_number })))
      expect(await stored(`country${i}`)).toMatchObject({ phone, country })
    }
  })

  it('takes names of any script, terms that were not agreed to, and what a form leaves empty', async () => {
    const fields = { first_name: 'Zoë-Марія', last_name: "O'Neill 大輔", agree_terms: 0, user_type: 'member' }
    expectSuccess(await signUp(fieldsOf('any.name', { ...fields, position: '', subdomain: '', sponsor: '' })))
    expect((await stored('any.name')).attributes).toEqual({ agree_terms: '0', user_type: 'member' })
  })
})

describe('POST /user/signup/: 400', () => {
  it('names every field that is missing, in the order of the contract', async () => {
    const { required } = said
    expectErrors(await signUp({}), {
      ...{ country_code: required, first_name: required, last_name: required, username: required, password: required },
      ...{ agree_terms: required, user_type: required, email: required, phone_number: required },
    })
  })

  it('names every field that is wrong at once, and makes nobody', async () => {
    const answer = await signUp({
      ...{ country_code: 'XX', first_name: 'R2D2', last_name: '<b>', username: 'ab', password: '123456' },
      ...{ agree_terms: 'yes', user_type: 'admin', email: 'x', phone_number: '12', sponsor: 'no/body' },
    })
    expectErrors(answer, {
      country_code: ['Invalid country code'],
      first_name: ['The first name should be an alphabet.'],
      last_name: ['The last name should be an alphabet.'],
      username: usernameForm,
      password: [
        'This password is too short. It must contain at least 9 characters.',
        'This password is too common.',
        'This password is entirely numeric.',
      ],
      agree_terms: said.notAChoice('yes'),
      user_type: said.notAChoice('admin'),
      email: [sentences.emailInvalid],
      phone_number: [sentences.phone],
      sponsor: ['Invalid sponsor name'],
    })
  })

  it.each([
    'four',
    'a__bc',
    'a..bc',
    'a_.bc',
    '_abcd',
    'abcd.',
    'ab cd',
    'ab-cd',
    'ab@cd',
    '12345',
    `${'x'.repeat(251)}`,
  ])('refuses the username %s', async (username) => {
    expectErrors(await signUp(fieldsOf(username, { email: 'form@example.com' })), { username: usernameForm })
  })

  it.each(['ZZ', 'FRA', '999', '+0', '-', 'é'])('refuses the country %s', async (country_code) => {
    expectErrors(await signUp(fieldsOf('country.x', { country_code })), { country_code: ['Invalid country code'] })
  })

  it('says what somebody has, whatever the case, and what an unsubscribed person had', async () => {
    const fields = fieldsOf('taken.one')
    expectSuccess(await signUp(fields))
    expectErrors(await signUp({ ...fields, username: 'TAKEN.one', email: 'Taken.One@Example.com' }), {
      username: taken.username,
      email: taken.email,
      phone_number: taken.phone_number,
    })
    const gone = fieldsOf('gone.away')
    expectSuccess(await signUp(gone))
    const { id } = await stored('gone.away')
    await unsubscribeProfile(client.ctx, { by: 'id', value: id })
    expectErrors(await signUp(fieldsOf('comes.back', { email: gone.email })), { email: taken.email })
  })

  it('tells one of many who ask for one name at once that they have it, and the others that it is taken', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, i) => signUp(fieldsOf('race.for.it', { email: `race${i}@example.com` }))),
    )
    expect(answers.filter(({ statusCode }) => statusCode === 200)).toHaveLength(1)
    for (const answer of answers) if (answer.statusCode !== 200) expectErrors(answer, { username: taken.username })
  })

  it('knows no sponsor who is not there', async () => {
    expectErrors(await signUp(fieldsOf('has.sponsor', { sponsor: 'nobody.here' })), {
      sponsor: ['The selected sponsor is not found or is in the inactive state.'],
    })
  })
})

describe('POST /user/signup/: 403', () => {
  it('where nobody may register by themselves', async () => {
    const closed = await newClient(api, database, { settings: { selfService: { registration: false } } })
    expectDetail(await closed.post(path, fieldsOf('closed.off')), details.forbidden)
  })
})

describe('POST /user/signup/: repeated under an Idempotency-Key', () => {
  it('makes one person and answers the same; another body is refused', async () => {
    const headers = { 'idempotency-key': 'sign-up' }
    const fields = fieldsOf('only.once')
    const first = await signUp(fields, { headers })
    const again = await signUp(fields, { headers })
    expect([again.statusCode, again.body, again.headers['idempotency-replayed']]).toEqual([200, first.body, 'true'])
    expectDetail(await signUp({ ...fields, first_name: 'Eve' }, { headers }), details.keyReused)
    expectErrors(await signUp(fields), {
      username: taken.username,
      email: taken.email,
      phone_number: taken.phone_number,
    })
  })
})
