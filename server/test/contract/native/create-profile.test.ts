import { beforeAll, describe, expect, it } from 'vitest'
import { useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { type Client, clientOf, expectProblem, listPath } from './client.ts'

const database = useDatabase()
const api = useApi(database)
let client: Client

beforeAll(async () => {
  client = clientOf(api, (await api.newTenant()).apiKey)
})

describe('POST /facet/v1/profiles: 201', () => {
  it('makes a profile out of an empty object, every field there and in its documented form', async () => {
    const answer = await client.post('/profiles', {})
    expect(answer.statusCode).toBe(201)
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8')
    const profile = answer.json()
    expect(profile).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
      uid: expect.stringMatching(/^[1-9]\d{11}$/),
      longId: expect.stringMatching(/^\d{20}$/),
      number: expect.any(Number),
      type: 'User',
      reference: null,
      label: null,
      username: null,
      email: null,
      phone: null,
      firstName: null,
      lastName: null,
      fullName: null,
      country: null,
      city: null,
      organization: null,
      website: null,
      twitter: null,
      language: null,
      timezone: null,
      currency: null,
      emailVerifiedAt: null,
      requireAuth: false,
      comment: null,
      listIds: [],
      unsubscribedAt: null,
      createdBy: null,
      picture: null,
      attributes: {},
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      updatedAt: profile.createdAt,
    })
    expect(Number.isSafeInteger(profile.number) && profile.number > 0).toBe(true)
    expect(answer.headers.etag).toBe('"1"')
    expect(answer.headers.location).toBe(`/facet/v1/profiles/${profile.id}`)
  })

  it('stores every field: a get answers what the create answered', async () => {
    const body = {
      type: 'Merchant',
      reference: 'cust/1',
      label: 'Gold',
      username: 'Ada.L',
      email: 'Ada@Example.com',
      phone: '+49 (30) 901820',
      firstName: 'Ada',
      lastName: 'Lovelace',
      fullName: 'Ada King Lovelace',
      country: 'gb',
      city: 'London',
      organization: 'Analytical Engines',
      website: 'https://example.com',
      twitter: '@ada',
      language: 'EN-gb',
      timezone: 'europe/london',
      currency: 'gbp',
      requireAuth: true,
      attributes: { nested: { list: [1, 'two', null, true] } },
    }
    const created = await client.make(body)
    expect(created).toMatchObject({
      ...body,
      phone: '+4930901820',
      country: 'GB',
      language: 'en-GB',
      timezone: 'Europe/London',
      currency: 'GBP',
    })
    const got = await client.get(`/profiles/${created.id}`)
    expect(got.json()).toEqual(created)
  })

  it('takes a JSON media type with a suffix and a charset', async () => {
    const answer = await client.post('/profiles', '{}', {
      'content-type': 'application/merge-patch+json; charset=UTF-8',
    })
    expect(answer.statusCode).toBe(201)
  })
})

describe('POST /facet/v1/profiles: 400', () => {
  it('refuses what is not an object', async () => {
    for (const body of ['null', '[]', '"text"', '7', 'true']) {
      expectProblem(await client.post('/profiles', body), 400, 'input_invalid', [{ path: '', rule: 'type' }])
    }
    expectProblem(await client.post('/profiles'), 400, 'input_invalid', [{ path: '', rule: 'type' }])
  })

  it('refuses unknown fields, each by a JSON pointer with its slashes and tildes escaped', async () => {
    expectProblem(await client.post('/profiles', { nope: 1, 'a/b~c': 2, id: 'x' }), 400, 'input_invalid', [
      { path: '/nope', rule: 'unknown' },
      { path: '/a~1b~0c', rule: 'unknown' },
      { path: '/id', rule: 'unknown' },
    ])
  })

  it('names all broken fields at once', async () => {
    const body = {
      reference: '',
      label: 'x'.repeat(256),
      username: 'a b c',
      email: 'nobody',
      phone: '12',
      country: 'XX',
      language: '??',
      timezone: 'Mars/Base',
      currency: 'ZZZ',
      attributes: { nul: '\0' },
    }
    const rules: Record<string, string> = {
      reference: 'too_short',
      label: 'too_long',
      username: 'format',
      email: 'format',
      phone: 'format',
      country: 'choice',
      language: 'choice',
      timezone: 'choice',
      currency: 'choice',
      attributes: 'text',
    }
    const expected = Object.entries(rules).map(([field, rule]) => ({ path: `/${field}`, rule }))
    expectProblem(await client.post('/profiles', body), 400, 'input_invalid', expected)
  })

  it('coerces nothing: a number is no text, and a text is no boolean', async () => {
    expectProblem(
      await client.post('/profiles', { reference: 1, requireAuth: 'true', attributes: [], type: 'Robot' }),
      400,
      'input_invalid',
      [
        { path: '/reference', rule: 'type' },
        { path: '/requireAuth', rule: 'type' },
        { path: '/attributes', rule: 'type' },
        { path: '/type', rule: 'choice' },
      ],
    )
  })
})

describe('POST /facet/v1/profiles: 403', () => {
  it('refuses a key without profiles:write', async () => {
    const tenant = await api.newTenant()
    const reader = clientOf(api, await api.newKey(tenant, ['profiles:read']))
    const answer = await reader.post('/profiles', {})
    expectProblem(answer, 403, 'scope_missing')
    expect(answer.json().detail).toContain('profiles:write')
  })
})

describe('POST /facet/v1/profiles: 409', () => {
  it('names every identifier that is taken, compared folded', async () => {
    await client.make({ reference: 'dup', username: 'Straße', email: 'Jo@Example.com', phone: '+14155552671' })
    const again = { reference: 'dup', username: 'sTRAße', email: 'jO@eXAMPLE.COM', phone: '001 415 555 2671' }
    expectProblem(await client.post('/profiles', { ...again, phone: '+1 415-555-2671' }), 409, 'identifier_taken', [
      { path: '/reference', rule: 'taken' },
      { path: '/username', rule: 'taken' },
      { path: '/email', rule: 'taken' },
      { path: '/phone', rule: 'taken' },
    ])
  })

  it('compares references exactly: case, width and accents count', async () => {
    for (const reference of ['Ref', 'ref', 'ｒｅｆ', 'réf', 're\u0301f']) await client.make({ reference })
    expectProblem(await client.post('/profiles', { reference: 'ref' }), 409, 'identifier_taken', [
      { path: '/reference', rule: 'taken' },
    ])
  })

  it('folds full-width and composed forms of usernames and e-mails into one', async () => {
    await client.make({ username: 'ｊｏｓé', email: 'josé@example.com' })
    expectProblem(
      await client.post('/profiles', { username: 'JOSE\u0301', email: 'JOSE\u0301@EXAMPLE.COM' }),
      409,
      'identifier_taken',
      [
        { path: '/username', rule: 'taken' },
        { path: '/email', rule: 'taken' },
      ],
    )
  })

  it('lets many have the same phone when its calling code is unknown', async () => {
    await client.make({ phone: '+999 12345' })
    expect(await client.make({ phone: '+999 12345' })).toMatchObject({ phone: '+999 12345' })
  })

  it('lets exactly one of many concurrent creates of one identifier through, and counts it once', async () => {
    const tenant = await api.newTenant()
    const own = clientOf(api, tenant.apiKey)
    for (const field of ['reference', 'username', 'email', 'phone']) {
      const value = field === 'email' ? 'race@example.com' : field === 'phone' ? '+4930901820' : 'race'
      const answers = await Promise.all(Array.from({ length: 20 }, () => own.post('/profiles', { [field]: value })))
      const statuses = answers.map(({ statusCode }) => statusCode).sort()
      expect(statuses, field).toEqual([201, ...Array(19).fill(409)])
    }
    expect((await own.get(listPath({}))).json().total).toBe(4)
  })
})

describe('a body with more mistakes than anyone reads', () => {
  it('400: names a hundred of them, so that the answer stays small', async () => {
    const body = JSON.stringify(Object.fromEntries(Array.from({ length: 50_000 }, (_, i) => [`x${i}`, 1])))
    const answer = await client.post('/profiles', body)
    expect(answer.statusCode).toBe(400)
    expect(answer.json().errors).toHaveLength(100)
    expect(answer.body.length).toBeLessThan(20_000)
  })
})
