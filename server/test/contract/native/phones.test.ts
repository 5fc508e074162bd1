import { beforeAll, describe, expect, it } from 'vitest'
import { useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { type Client, clientOf, expectProblem, listPath, type ProfileBody, pathBy } from './client.ts'

const database = useDatabase()
const api = useApi(database)
let client: Client

beforeAll(async () => {
  client = clientOf(api, (await api.newTenant()).apiKey)
})

/** One number in spellings that say the same. */
const spellings = [
  '+447911123456',
  '+44 7911 123456',
  '+44 (0) 7911-123.456',
  '(+44) 7911/123456',
  '+٤٤ ٧٩١١ ١٢٣٤٥٦',
  '＋４４　７９１１　１２３４５６',
  '\u202A+44\u00A07911\u00A0123456\u202C',
  'tel:+44-7911-123456',
]

/** Patches, expects success, and gives the phone and the country that are then there. */
async function patch({ id }: ProfileBody, body: object): Promise<readonly [unknown, unknown]> {
  const answer = await client.patch(`/profiles/${id}`, body)
  expect(answer.statusCode, answer.body).toBe(200)
  const profile: ProfileBody = answer.json()
  expect((await client.get(`/profiles/${id}`)).json()).toEqual(profile)
  return [profile.phone, profile.country]
}

describe('POST /facet/v1/profiles with a phone: 201', () => {
  it('gives E.164 and the country of the number, not of its code', async () => {
    const made = await client.make({ phone: '+44 7911 123456' })
    expect(made).toMatchObject({ phone: '+447911123456', country: 'GG' })
    expect((await client.get(`/profiles/${made.id}`)).json()).toEqual(made)
    expect((await client.get(listPath({ country: 'GG' }))).json().data).toEqual([made])
    await client.delete(`/profiles/${made.id}`)
  })

  it.each([
    ['a country that is named', { phone: '+49 30 901821', country: 'fr' }, 'FR'],
    ['none when null is named', { phone: '+49 30 901822', country: null }, null],
    ['none when an empty text is named', { phone: '+49 30 901823', country: '' }, null],
    ['none for a number of no country', { phone: '+800 1234 5678' }, null],
    ['none for a number that its countries have not given out', { phone: '+44 7700 900123' }, null],
    ['none for a calling code that nobody has', { phone: '+999 12345' }, null],
    ['a country that a country field takes, for Ascension', { phone: '+247 62 345' }, 'SH'],
  ])('gives %s', async (_, body, country) => {
    const made = await client.make(body)
    expect(made.country).toBe(country)
    expect(await patch(made, { country: made.country })).toEqual([made.phone, country])
  })
})

describe('POST /facet/v1/profiles with a phone: 400, 409', () => {
  it.each(['+49 112', '+1 800 FLOWERS', '030 901820', '0049 30 901820', '+1 415 555 2671 x5', '+49 30 901820²'])(
    'names the phone when it is no possible number: %s',
    async (phone) => {
      expectProblem(await client.post('/profiles', { phone }), 400, 'input_invalid', [
        { path: '/phone', rule: 'format' },
      ])
    },
  )

  it('has one number once, and finds it, however it is written', async () => {
    const { id } = await client.make({ phone: spellings[0] })
    for (const phone of spellings) {
      expectProblem(await client.post('/profiles', { phone }), 409, 'identifier_taken', [
        { path: '/phone', rule: 'taken' },
      ])
      expect((await client.get(pathBy('phone', phone))).json().id, phone).toBe(id)
      expect((await client.get(listPath({ phone }))).json().data, phone).toHaveLength(1)
    }
    for (const q of ['+٤٤ ٧٩١١ ١٢٣', '\u202A+44\u00A07911\u202C', '0044/7911-123', 'tel:+447911'])
      expect((await client.get(listPath({ q }))).json().data, q).toMatchObject([{ id }])
  })
})

describe('PATCH /facet/v1/profiles/:profile with a phone: 200', () => {
  it('moves a country that was derived, empties it with the phone, and derives it again', async () => {
    const made = await client.make({ phone: '+4930901830' })
    expect(await patch(made, { phone: '+33 1 42 68 53 00' })).toEqual(['+33142685300', 'FR'])
    expect(await patch(made, { phone: '+800 1234 5679' })).toEqual(['+80012345679', null])
    expect(await patch(made, { phone: '+1 876 922 0210' })).toEqual(['+18769220210', 'JM'])
    expect(await patch(made, { phone: null })).toEqual([null, null])
    expect(await patch(made, { phone: '+49 30 901830' })).toEqual(['+4930901830', 'DE'])
    expect(await patch(made, { phone: '' })).toEqual([null, null])
  })

  it('leaves a country that was set by hand, whatever happens to the phone', async () => {
    const made = await client.make({ phone: '+4930901831', country: 'AT' })
    expect(await patch(made, { phone: '+33142685301' })).toEqual(['+33142685301', 'AT'])
    expect(await patch(made, { phone: null })).toEqual([null, 'AT'])
    expect(await patch(made, { phone: '+4930901831' })).toEqual(['+4930901831', 'AT'])
    expect(await patch(made, { phone: '+33142685301', country: 'CH' })).toEqual(['+33142685301', 'CH'])
    expect(await patch(made, { phone: '+4930901831', country: null })).toEqual(['+4930901831', null])
  })

  it.each(['+4930901832', '+49 (0)30 901832', '\u200E+49 30 901832'])(
    'changes nothing when the phone is sent again, also where the country is none: %j',
    async (phone) => {
      const made = await client.make({ phone: '+4930901832', country: null })
      const answer = await client.patch(`/profiles/${made.id}`, { phone })
      expect(answer.json()).toEqual(made)
      expect(answer.headers.etag).toBe('"1"')
      await client.delete(`/profiles/${made.id}`)
    },
  )
})

describe('PATCH /facet/v1/profiles/:profile with a phone: 400', () => {
  it('names the phone when it is no possible number, and changes nothing', async () => {
    const made = await client.make({ phone: '+4930901833' })
    const answer = await client.patch(`/profiles/${made.id}`, { phone: '+49 112', city: 'x' })
    expectProblem(answer, 400, 'input_invalid', [{ path: '/phone', rule: 'format' }])
    expect((await client.get(`/profiles/${made.id}`)).json()).toEqual(made)
  })
})
