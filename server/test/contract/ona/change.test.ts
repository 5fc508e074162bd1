import { beforeAll, describe, expect, it } from 'vitest'
import { useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import {
  basic,
  type Client,
  details,
  expectBody,
  expectDetail,
  mounts,
  newSite,
  type Person,
  password,
  required,
  tooMany,
  usernameForm,
} from './client.ts'

const database = useDatabase()
const api = useApi(database)

let site: Client
beforeAll(async () => {
  site = await newSite(api, database)
})

let people = 0
const newPerson = (more = {}, as?: Person): Promise<Person> => site.person(`person${++people}`, more, as)
const at = ({ username }: Person) => `/profiles/${username}`
const put = (person: Person, body: unknown) => site.call('PUT', at(person), { as: person, body })

const needsPassword = ['Your password is required when updating your email address.']
const wrongPassword = ['Invalid password']

describe('200 to PATCH', () => {
  it.each(mounts)('at %s changes what is sent, keeps the rest, and shows the whole person', async (mount) => {
    const person = await newPerson({ last_name: 'Lee', city: 'Kisumu', metadata: { a: 1 } })
    const before = (await site.get(at(person), person)).json()
    const answer = await site.patch(at(person), { country: 'KE' }, person, { mount })
    expectBody(answer, 200, { ...before, country: 'KE' })
    expect((await site.get(at(person), person)).body).toBe(answer.body)
  })

  it('takes a form, every field, and the number in the place of the name', async () => {
    const person = await newPerson()
    const form = {
      ...{ first_name: 'Ann', last_name: 'Lee', city: 'a', country: 'DE', organization: 'b', website: 'c' },
      ...{ twitter: 'ann', require_auth: 'true', metadata: '{"a":[1]}' },
    }
    const answer = await site.call('PATCH', `/profiles/${person.id}`, { as: person, form })
    expect(answer.json()).toMatchObject({ ...form, require_auth: true, metadata: { a: [1] }, name: 'Ann Lee' })
  })

  it('clears what is sent blank, and splits a name', async () => {
    const person = await newPerson({ city: 'a', country: 'DE', twitter: 'ann', last_name: 'Lee' })
    const blank = { city: '', country: '', twitter: '', last_name: '' }
    expect((await site.patch(at(person), blank, person)).json()).toMatchObject(blank)
    const named = await site.patch(at(person), { name: 'Bob van Roe' }, person)
    expect(named.json()).toMatchObject({ first_name: 'Bob', last_name: 'van Roe', name: 'Bob van Roe' })
  })

  it('changes nothing for nothing, and ignores fields that nobody can set', async () => {
    const person = await newPerson()
    const before = (await site.get(at(person), person)).body
    const foreign = { id: 5, is_org: true, joined_on: 'x', url: 'x', user: 'x', gravatar: 'x', nonsense: 1, type: 'x' }
    for (const body of [{}, foreign, { overwrite: 'false' }]) {
      expect((await site.patch(at(person), body, person)).body).toBe(before)
    }
  })

  it('replaces the metadata whole, sent as an object or as JSON in a text, whatever else overwrite is', async () => {
    const person = await newPerson({ metadata: { a: 1 } })
    const bodies = [
      { metadata: { b: 2 } },
      { metadata: '{"b":2}' },
      ...['true', 'False', 'FALSE', '', 0, null, true, ['false']].map((overwrite) => ({
        metadata: { b: 2 },
        overwrite,
      })),
    ]
    for (const body of bodies) {
      await site.patch(at(person), { metadata: { a: 1 } }, person)
      const answer = await site.patch(at(person), body, person)
      expect([body, answer.json().metadata]).toEqual([body, { b: 2 }])
    }
  })

  it('keeps keys that every object has as they are', async () => {
    const person = await newPerson()
    const metadata = { constructor: 'a', toString: 'b', hasOwnProperty: { valueOf: 1 } }
    expect((await site.patch(at(person), { metadata }, person)).json().metadata).toEqual(metadata)
  })

  it('changes the e-mail with the password, and marks that the new one is not verified', async () => {
    const person = await newPerson({ metadata: { a: 1 } })
    const before = (await site.get(at(person), person)).json()
    const answer = await site.patch(at(person), { email: 'New@Email.com', password }, person)
    const { email, metadata, gravatar } = answer.json()
    expect(email).toBe('New@Email.com')
    expect(metadata).toEqual({ ...before.metadata, is_email_verified: false })
    expect(gravatar).not.toBe(before.gravatar)
    expect((await site.get('/profiles', basic('new@email.com', password))).json()[0].username).toBe(person.username)
    expect((await site.get('/profiles', basic(person.email, password))).statusCode).toBe(401)
    await site.patch(at(person), { email: person.email, password }, person)
  })

  it('looks at a password that nothing needs, and never sets it', async () => {
    const person = await newPerson()
    expect((await site.patch(at(person), { city: 'a', password }, person)).json().city).toBe('a')
    expectBody(await site.patch(at(person), { city: 'b', password: 'quince-Meadow-12' }, person), 400, wrongPassword)
    expect((await site.get(at(person), basic(person.username, password))).json().city).toBe('a')
  })

  it('changes the username with its links; the old one is nobody’s, and Basic follows', async () => {
    const person = await newPerson()
    const answer = await site.patch(at(person), { username: `New.${person.username}` }, person)
    const username = `new.${person.username}`
    expect(answer.json()).toMatchObject({
      username,
      url: `${site.origin}/api/v1/profiles/${username}`,
      user: `${site.origin}/api/v1/users/${username}`,
      id: person.id,
    })
    expectDetail(await site.get(at(person), person), details.personNotFound)
    expect((await site.get(`/profiles/${username}`, person)).statusCode).toBe(200)
    expect((await site.get('/user', basic(username, password))).statusCode).toBe(200)
    expectDetail(await site.get('/user', basic(person.username, password)), details.loginWrong)
    expect((await site.register({ ...person, first_name: 'X', email: 'free@example.com' })).statusCode).toBe(201)
  })

  it('takes the person’s own username and e-mail in another case', async () => {
    const person = await newPerson()
    const body = { username: person.username.toUpperCase(), email: person.email.toUpperCase(), password }
    const answer = await site.patch(at(person), body, person)
    expect(answer.json()).toMatchObject({ username: person.username, email: person.email.toUpperCase() })
  })

  it('is open to the hands of who registered the person; the e-mail only with the person’s own password', async () => {
    const maker = await newPerson({ password: 'maker-Meadow-12' })
    const made = await newPerson({}, maker)
    const answer = await site.patch(at(made), { city: 'Kisumu' }, maker)
    expect(answer.json()).toMatchObject({ city: 'Kisumu', email: made.email })
    expect(answer.json()).not.toHaveProperty('metadata')
    const email = `${made.username}@example.org`
    expectBody(await site.patch(at(made), { email, password: maker.password }, maker), 400, wrongPassword)
    expect((await site.patch(at(made), { email, password }, maker)).json().email).toBe(email)
  })

  it('gives a repeat under its Idempotency-Key the first answer', async () => {
    const person = await newPerson()
    const headers = { 'idempotency-key': 'k' }
    const first = await site.patch(at(person), { city: 'a' }, person, { headers })
    await site.patch(at(person), { city: 'b' }, person)
    const again = await site.patch(at(person), { city: 'a' }, person, { headers })
    expect([again.body, again.headers['idempotency-replayed']]).toEqual([first.body, 'true'])
  })
})

describe('a repeat under its Idempotency-Key', () => {
  it('gets the first answer also when the path leads to nobody since', async () => {
    const maker = await newPerson()
    const made = await newPerson({}, maker)
    const headers = { 'idempotency-key': 'gone' }
    const rename = () => site.patch(at(made), { username: `${made.username}.x` }, maker, { headers })
    const [first, again] = [await rename(), await rename()]
    expect([first.statusCode, again.statusCode, again.body]).toEqual([200, 200, first.body])
    const remove = () => site.call('DELETE', `/profiles/${made.id}`, { as: maker, headers })
    expect([(await remove()).statusCode, (await remove()).statusCode]).toEqual([204, 204])
    expectDetail(await site.call('DELETE', `/profiles/${made.id}`, { as: maker }), details.personNotFound)
    const other = await site.call('DELETE', `/profiles/${made.id}`, { as: await newPerson(), headers })
    expectDetail(other, details.personNotFound)
  })
})

describe('400 to PATCH', () => {
  it('an e-mail without a password, with a wrong one and with a blank one; nothing is changed', async () => {
    const person = await newPerson()
    const before = (await site.get(at(person), person)).body
    const email = 'x@example.org'
    expectBody(await site.patch(at(person), { email, city: 'x' }, person), 400, needsPassword)
    expectBody(await site.patch(at(person), { email, password: '', city: 'x' }, person), 400, needsPassword)
    expectBody(await site.patch(at(person), { email: person.email }, person), 400, needsPassword)
    for (const wrong of ['wrong', 'x'.repeat(100_000), ` ${password}`]) {
      expectBody(await site.patch(at(person), { email, password: wrong, city: 'x' }, person), 400, wrongPassword)
    }
    expect((await site.get(at(person), person)).body).toBe(before)
  })

  it('the tenth wrong password locks', async () => {
    const person = await newPerson()
    for (let i = 0; i < 9; i++) expectBody(await site.patch(at(person), { password: 'x' }, person), 400, wrongPassword)
    const locked = ['Locked out. Too many wrong username/password attempts. Try again in 30 minutes.']
    expectBody(await site.patch(at(person), { password: 'x' }, person), 400, locked)
    expectBody(await site.patch(at(person), { password }, person), 400, locked)
  })

  it.each<[body: object, errors: Record<string, readonly string[]>]>([
    [{ username: 'ab' }, { username: ['Ensure this field has at least 3 characters.'] }],
    [{ username: '12345' }, { username: ['Username cannot be purely numeric.'] }],
    [{ username: 'Admin' }, { username: ['admin is a reserved name, please choose another'] }],
    [{ username: 'a b c' }, { username: [usernameForm] }],
    [{ username: '' }, { username: ['This field may not be blank.'] }],
    [{ username: 'TAKEN' }, { username: ['taken already exists'] }],
    [{ email: 'taken@example.com', password }, { email: ['This email address is already in use. '] }],
    [{ email: 'x', password }, { email: ['Enter a valid email address.'] }],
    [{ country: 'XX' }, { country: ['"XX" is not a valid choice.'] }],
    [{ twitter: 'a b' }, { twitter: ['Invalid twitter username a b'] }],
    [{ metadata: '{' }, { metadata: ['Value must be valid JSON.'] }],
    [{ metadata: [] }, { metadata: ['Value must be valid JSON.'] }],
    [{ metadata: '{', overwrite: 'false' }, { metadata: ['Value must be valid JSON.'] }],
    [{ metadata: { a: 'x'.repeat(65_536) } }, { metadata: [tooMany(65_536)] }],
    [
      { require_auth: 'x', city: 'x'.repeat(256) },
      { city: [tooMany(255)], require_auth: ['Must be a valid boolean.'] },
    ],
    [
      { first_name: null, last_name: [] },
      { first_name: ['This field may not be null.'], last_name: ['Not a valid string.'] },
    ],
  ])('names what is wrong: %#', async (body, errors) => {
    await site.person('taken').catch(() => {})
    const person = await newPerson()
    const before = (await site.get(at(person), person)).body
    expectBody(await site.patch(at(person), body, person), 400, errors)
    expect((await site.get(at(person), person)).body).toBe(before)
  })

  it('keeps the mark of a new e-mail within the metadata’s limit', async () => {
    const person = await newPerson()
    const metadata = { a: 'x'.repeat(65_536 - '{"a":""}'.length) }
    await site.patch(at(person), { metadata }, person)
    const answer = await site.patch(at(person), { email: 'full@example.org', password }, person)
    expectBody(answer, 400, { metadata: [tooMany(65_536)] })
  })

  it('overwrite that is no word is no false, and no failure', async () => {
    const person = await newPerson({ metadata: { a: 1 } })
    const overwrite = { toString: 1, valueOf: 1 }
    expect((await site.patch(at(person), { metadata: {}, overwrite }, person)).json().metadata).toEqual({})
  })

  it('a body that is no object', async () => {
    const person = await newPerson()
    for (const body of ['[]', 'null', '"x"']) {
      const answer = await site.patch(at(person), body, person)
      expectBody(answer, 400, { non_field_errors: ['Invalid data. Expected a dictionary.'] })
    }
    expectDetail(await site.patch(at(person), '', person), details.notJson)
  })
})

describe('PUT', () => {
  it('wants username, e-mail with the password, and a name', async () => {
    const person = await newPerson({ city: 'Kisumu' })
    const { username, email } = person
    const name = ['Either name or first_name should be provided']
    expectBody(await put(person, {}), 400, { username: required, email: required, name })
    expectBody(await put(person, { username, email }), 400, { name })
    expectBody(await put(person, { username, email, first_name: 'Ann' }), 400, needsPassword)
    const answer = await put(person, { username, email, name: 'Ann Lee', password })
    expect(answer.json()).toMatchObject({ username, email, name: 'Ann Lee', city: 'Kisumu' })
  })
})

describe('DELETE', () => {
  it('204 by the person and by who registered them, then they are gone', async () => {
    const maker = await newPerson()
    const made = await newPerson({}, maker)
    for (const person of [made, maker]) {
      const answer = await site.call('DELETE', at(person), { as: maker })
      expect([answer.statusCode, answer.body]).toEqual([204, ''])
      expectDetail(await site.get(at(person)), details.personNotFound)
    }
  })
})

describe('401, 403, 404, 405', () => {
  it.each(['PATCH', 'PUT', 'DELETE'] as const)('%s', async (method) => {
    const [person, other] = [await newPerson(), await newPerson()]
    const before = (await site.get(at(person), person)).body
    const body = method === 'DELETE' ? {} : { body: { city: 'x' } }
    const nobody = '/profiles/nobody'
    expectDetail(await site.call(method, at(person), body), details.credentialsMissing)
    expectDetail(await site.call(method, nobody, body), details.credentialsMissing)
    expectDetail(await site.call(method, at(person), { as: other, ...body }), details.forbidden)
    expectDetail(await site.call(method, nobody, { as: other, ...body }), details.personNotFound)
    expect((await site.get(at(person), person)).body).toBe(before)
  })

  it.each([
    ['POST', '/profiles/someone', 'GET, HEAD, DELETE, PATCH, PUT'],
    ['PATCH', '/profiles', 'GET, HEAD, POST'],
    ['DELETE', '/profiles', 'GET, HEAD, POST'],
    ['OPTIONS', '/profiles', 'GET, HEAD, POST'],
  ] as const)('%s %s is not allowed, and the answer tells what is', async (method, path, allow) => {
    const answer = await site.call(method, path)
    expectDetail(answer, [405, `Method "${method}" not allowed.`])
    expect(String(answer.headers.allow).split(', ').sort()).toEqual(allow.split(', ').sort())
  })

  it.each(['/profiles/a/b', '/nothing', '/profile/a', ''])('%s is no path', async (path) => {
    for (const mount of mounts) expectDetail(await site.get(path, undefined, { mount }), details.notFound)
  })
})
