import { beforeAll, describe, expect, it } from 'vitest'
import { type TestTenant, useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { type Client, clientOf, expectProblem, type ProfileBody, pathBy } from './client.ts'

const database = useDatabase()
const api = useApi(database)
let tenant: TestTenant
let client: Client

beforeAll(async () => {
  tenant = await api.newTenant()
  client = clientOf(api, tenant.apiKey)
})

/** Patches and expects success. */
async function patch(profile: ProfileBody, body: object): Promise<ProfileBody> {
  const answer = await client.patch(`/profiles/${profile.id}`, body)
  expect(answer.statusCode, answer.body).toBe(200)
  return answer.json()
}

async function revisionOf({ id }: ProfileBody): Promise<unknown> {
  return (await client.get(`/profiles/${id}`)).headers.etag
}

describe('PATCH /facet/v1/profiles/:profile: 200', () => {
  it('leaves what is absent, empties what is null, and answers what a get then answers', async () => {
    const before = await client.make({ reference: 'p1', label: 'Old', city: 'Rome', attributes: { a: 1 } })
    const after = await patch(before, { label: null, city: 'Oslo' })
    expect(after).toEqual({ ...before, label: null, city: 'Oslo', updatedAt: after.updatedAt })
    expect(Date.parse(String(after.updatedAt))).toBeGreaterThanOrEqual(Date.parse(String(before.updatedAt)))
    const got = await client.get(`/profiles/${before.id}`)
    expect(got.json()).toEqual(after)
    expect(got.headers.etag).toBe('"2"')
  })

  it('empties every field that may be empty', async () => {
    const fields = {
      reference: 'p-null',
      label: 'x',
      username: 'p.null',
      email: 'p-null@example.com',
      phone: '+4930901821',
      firstName: 'A',
      lastName: 'B',
      fullName: 'A B',
      country: 'DE',
      city: 'x',
      organization: 'x',
      website: 'x',
      twitter: 'x',
      language: 'de',
      timezone: 'Europe/Berlin',
      currency: 'EUR',
    }
    const nothing = Object.fromEntries(Object.keys(fields).map((field) => [field, null]))
    expect(await patch(await client.make(fields), nothing)).toMatchObject(nothing)
    await client.make(fields)
  })

  it('replaces attributes whole', async () => {
    const profile = await client.make({ attributes: { a: 1, b: { c: 2 } } })
    expect(await patch(profile, { attributes: { b: {} } })).toMatchObject({ attributes: { b: {} } })
  })

  it('reaches the profile by each of its keys', async () => {
    const profile = await client.make({
      reference: 'by',
      username: 'by.name',
      email: 'by@example.com',
      phone: '+4930901822',
    })
    const paths = [
      pathBy('uid', profile.uid),
      pathBy('reference', 'by'),
      pathBy('username', 'BY.name'),
      pathBy('email', 'BY@example.com'),
      pathBy('phone', '+49 30 901822'),
    ]
    for (const [index, path] of paths.entries()) {
      const answer = await client.patch(path, { label: String(index) })
      expect(answer.json(), path).toMatchObject({ id: profile.id, label: String(index) })
    }
  })

  it('frees the old identifiers and takes the new ones', async () => {
    const profile = await client.make({ reference: 'old', username: 'old.name' })
    await patch(profile, { reference: 'new', username: 'new.name' })
    expectProblem(await client.get(pathBy('reference', 'old')), 404, 'profile_not_found')
    await client.make({ reference: 'old', username: 'old.name' })
    expectProblem(await client.post('/profiles', { reference: 'new' }), 409, 'identifier_taken', [
      { path: '/reference', rule: 'taken' },
    ])
  })

  it('lets a profile keep its own identifiers in another spelling', async () => {
    const profile = await client.make({ username: 'spelling', email: 'spelling@example.com' })
    expect(await patch(profile, { username: 'SPELLING', email: 'Spelling@example.com' })).toMatchObject({
      username: 'SPELLING',
      email: 'Spelling@example.com',
    })
  })

  it.each([
    ['an empty object', {}],
    ['the values that are there', { reference: 'noop', label: 'L', requireAuth: false, type: 'User', city: null }],
    ['the phone in another format', { phone: '+49 30 901823' }],
    ['the codes in another case', { country: 'de', language: 'DE', currency: 'eur', timezone: 'EUROPE/BERLIN' }],
    ['the attributes in another order', { attributes: { b: { y: 1, xx: 0 }, aa: [1, 2] } }],
    ['the first name that is there', { firstName: 'Ludwig van' }],
    ['the full name that is there', { fullName: 'L. van Beethoven' }],
  ])('keeps revision, ETag and updatedAt when it changes nothing: %s', async (_, body) => {
    const path = pathBy('reference', 'noop')
    if ((await client.get(path)).statusCode === 404) {
      await client.make({
        reference: 'noop',
        label: 'L',
        phone: '+4930901823',
        country: 'DE',
        language: 'de',
        currency: 'EUR',
        timezone: 'Europe/Berlin',
        attributes: { aa: [1, 2], b: { xx: 0, y: 1 } },
        firstName: 'Ludwig van',
        lastName: 'Beethoven',
        fullName: 'L. van Beethoven',
      })
    }
    const before = await client.get(path)
    const answer = await client.patch(path, body)
    expect(answer.statusCode).toBe(200)
    expect(answer.headers.etag).toBe(before.headers.etag)
    expect(answer.json()).toEqual(before.json())
    expect((await client.get(path)).body).toBe(before.body)
  })

  it('raises the revision by one with every change', async () => {
    const profile = await client.make({})
    for (let revision = 2; revision < 6; revision++) {
      await patch(profile, { label: String(revision) })
      expect(await revisionOf(profile)).toBe(`"${revision}"`)
    }
  })

  it('derives names from each other', async () => {
    const split = await client.make({ fullName: 'Ada King Lovelace' })
    expect(split).toMatchObject({ firstName: 'Ada', lastName: 'King Lovelace' })
    const joined = await client.make({ firstName: 'Ada', lastName: 'Lovelace' })
    expect(joined).toMatchObject({ fullName: 'Ada Lovelace' })
    expect(await patch(joined, { lastName: 'King' })).toMatchObject({ fullName: 'Ada King' })
    expect(await patch(joined, { fullName: 'Grace Hopper' })).toMatchObject({ firstName: 'Grace', lastName: 'Hopper' })
    expect(await patch(joined, { fullName: null })).toMatchObject({ firstName: null, lastName: null, fullName: null })
    const all = { firstName: 'A', lastName: 'B', fullName: 'Something else' }
    expect(await patch(joined, all)).toMatchObject(all)
    expect(await patch(joined, { firstName: null, lastName: null })).toMatchObject({ fullName: null })
  })

  it('forgets that the e-mail was verified when it changes, and only then', async () => {
    const profile = await client.make({ email: 'verified@example.com' })
    const verify = () =>
      database.db.query('update profiles set email_verified_at = now() where app_id = $1 and id = $2', [
        tenant.ctx.appId,
        profile.id,
      ])
    await verify()
    const kept = await patch(profile, { label: 'x', email: 'Verified@Example.com' })
    expect(kept.emailVerifiedAt).toMatch(/^\d{4}-/)
    expect(await patch(profile, { email: 'other@example.com' })).toMatchObject({ emailVerifiedAt: null })
    await verify()
    expect(await patch(profile, { email: null })).toMatchObject({ emailVerifiedAt: null })
  })
})

describe('PATCH /facet/v1/profiles/:profile: 400', () => {
  it('names unknown and broken fields by JSON pointer and changes nothing', async () => {
    const profile = await client.make({ label: 'stays' })
    const path = `/profiles/${profile.id}`
    expectProblem(await client.patch(path, { label: 'x', 'no/such': 1 }), 400, 'input_invalid', [
      { path: '/no~1such', rule: 'unknown' },
    ])
    expectProblem(await client.patch(path, { label: 'x', reference: '', email: '@' }), 400, 'input_invalid', [
      { path: '/reference', rule: 'too_short' },
      { path: '/email', rule: 'format' },
    ])
    expectProblem(await client.patch(path, { type: null, requireAuth: null, attributes: null }), 400, 'input_invalid', [
      { path: '/type', rule: 'type' },
      { path: '/requireAuth', rule: 'type' },
      { path: '/attributes', rule: 'type' },
    ])
    expect((await client.get(path)).json()).toEqual(profile)
  })

  it('refuses fields that only Facet sets', async () => {
    const profile = await client.make({})
    for (const field of ['id', 'uid', 'longId', 'number', 'createdAt', 'updatedAt', 'emailVerifiedAt', 'revision']) {
      expectProblem(await client.patch(`/profiles/${profile.id}`, { [field]: 'x' }), 400, 'input_invalid', [
        { path: `/${field}`, rule: 'unknown' },
      ])
    }
  })
})

describe('PATCH /facet/v1/profiles/:profile: 403, 404', () => {
  it('refuses a key without profiles:write', async () => {
    const { id } = await client.make({ label: 'stays' })
    const reader = clientOf(api, await api.newKey(tenant, ['profiles:read']))
    expectProblem(await reader.patch(`/profiles/${id}`, { label: 'x' }), 403, 'scope_missing')
    expect((await client.get(`/profiles/${id}`)).json().label).toBe('stays')
  })

  it('knows no profile under an unknown key', async () => {
    expectProblem(await client.patch('/profiles/reference:nobody', {}), 404, 'profile_not_found')
  })
})

describe('PATCH /facet/v1/profiles/:profile: 409', () => {
  it('names every identifier that another profile holds, and changes nothing', async () => {
    await client.make({ reference: 't1', username: 't.one', email: 't1@example.com', phone: '+4930901824' })
    const profile = await client.make({ reference: 't2', label: 'stays' })
    const body = { label: 'x', reference: 't1', username: 'T.ONE', email: 'T1@example.com', phone: '+49 30901824' }
    expectProblem(await client.patch(`/profiles/${profile.id}`, body), 409, 'identifier_taken', [
      { path: '/reference', rule: 'taken' },
      { path: '/username', rule: 'taken' },
      { path: '/email', rule: 'taken' },
      { path: '/phone', rule: 'taken' },
    ])
    expect((await client.get(`/profiles/${profile.id}`)).json()).toEqual(profile)
  })

  it('lets exactly one of many profiles that race for a username have it', async () => {
    const profiles = await Promise.all(Array.from({ length: 12 }, () => client.make({})))
    const answers = await Promise.all(
      profiles.map(({ id }) => client.patch(`/profiles/${id}`, { username: 'the.one' })),
    )
    const statuses = answers.map(({ statusCode }) => statusCode).sort()
    expect(statuses).toEqual([200, ...Array(11).fill(409)])
    for (const answer of answers.filter(({ statusCode }) => statusCode === 409)) {
      expectProblem(answer, 409, 'identifier_taken', [{ path: '/username', rule: 'taken' }])
    }
  })
})
