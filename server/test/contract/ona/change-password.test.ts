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
} from './client.ts'

const database = useDatabase()
const api = useApi(database)

let site: Client
beforeAll(async () => {
  site = await newSite(api, database)
})

let people = 0
const newPerson = (more = {}): Promise<Person> => site.person(`person${++people}`, more)

/** Changes a password by the plural path, signed in with the Token. */
const change = (person: Person, current: unknown, next: unknown, sent = {}) =>
  site.call('POST', `/profiles/${person.username}/change_password`, {
    as: person,
    body: { current_password: current, new_password: next },
    ...sent,
  })

const fresh = 'quince-Meadow-12'
const blank = { error: 'current_password and new_password fields cannot be blank' }
const locked = { error: 'Too many password reset attempts. Try again in 30 minutes' }
const wrong = (left: number) => ({ error: `Invalid password. You have ${left} attempts left.` })

describe('200', () => {
  it.each(mounts.flatMap((mount) => [`${mount}/profile`, `${mount}/profiles`]))(
    'at %s, by form and by JSON, gives new tokens, and the old ones and the old password end',
    async (path) => {
      for (const kind of ['form', 'body'] as const) {
        const person = await newPerson()
        const { username } = person
        const { temp_token: temporary } = (await site.get('/user', person)).json()
        const fields = { current_password: password, new_password: fresh }
        const answer = await site.call('POST', `/${username.toUpperCase()}/change_password`, {
          mount: path,
          as: person,
          [kind]: fields,
        })
        const { access_token, temp_token } = answer.json()
        expectBody(answer, 200, { username, access_token, temp_token })
        expect([access_token, temp_token]).toEqual([
          expect.stringMatching(/^[\da-f]{40}$/),
          expect.stringMatching(/^[\da-f]{40}$/),
        ])
        const at = `/profiles/${username}`
        expectDetail(await site.get(at, person), details.tokenWrong)
        expectDetail(await site.get(at, `TempToken ${temporary}`), details.temporaryTokenWrong)
        expectDetail(await site.get(at, basic(username, password)), details.loginWrong)
        for (const as of [`Token ${access_token}`, `TempToken ${temp_token}`, basic(username, fresh)]) {
          expect((await site.get(at, as)).statusCode).toBe(200)
        }
      }
    },
  )

  it('notes the time in the metadata beside what is there', async () => {
    const person = await newPerson({ metadata: { a: 1 } })
    const before = (await site.get(`/profiles/${person.username}`, person)).json().metadata
    const { access_token } = (await change(person, password, fresh)).json()
    const { metadata } = (await site.get(`/profiles/${person.username}`, `Token ${access_token}`)).json()
    expect(Object.keys(metadata).sort()).toEqual(['a', 'last_password_edit'])
    expect(metadata.last_password_edit > before.last_password_edit).toBe(true)
  })

  it('changes the password also of somebody whose metadata have no room for the time', async () => {
    const person = await newPerson()
    const at = `/profiles/${person.username}`
    const full = { a: 'x'.repeat(65_536 - '{"a":""}'.length) }
    expect((await site.patch(at, { metadata: full }, person)).statusCode).toBe(200)
    const answer = await change(person, password, fresh)
    expect(answer.statusCode, answer.body).toBe(200)
    expect((await site.get(at, basic(person.username, fresh))).json().metadata).toEqual(full)
  })

  it('keeps the spaces of passwords', async () => {
    const person = await newPerson()
    const { access_token } = (await change(person, password, ` ${fresh} `)).json()
    const again = await change(person, fresh, password, { as: `Token ${access_token}` })
    expectBody(again, 400, wrong(9))
    expect((await change(person, ` ${fresh} `, 'sloe-Harbour-55', { as: `Token ${access_token}` })).statusCode).toBe(
      200,
    )
  })
})

describe('400', () => {
  it.each<[title: string, current: unknown, next: unknown]>([
    ['neither', undefined, undefined],
    ['no new one', password, undefined],
    ['no current one', undefined, fresh],
    ['a blank new one', password, ''],
    ['a blank current one', '', fresh],
    ['null', password, null],
  ])('%s: cannot be blank', async (_, current, next) => {
    expectBody(await change(await newPerson(), current, next), 400, blank)
  })

  it('counts down from nine, and the tenth failure locks; then blank is still told first, and the right one is not looked at', async () => {
    const person = await newPerson()
    for (let left = 9; left >= 1; left--) expectBody(await change(person, 'wrong', fresh), 400, wrong(left))
    expectBody(await change(person, 'wrong', fresh), 400, locked)
    expectBody(await change(person, 'wrong', fresh), 400, locked)
    expectBody(await change(person, password, fresh), 400, locked)
    expectBody(await change(person, '', fresh), 400, blank)
    // The person is not locked out of signing in by it, nor of changing from elsewhere.
    expect((await site.get('/user', basic(person.username, password))).statusCode).toBe(200)
    expect((await change(person, password, fresh, { address: '192.0.2.7' })).statusCode).toBe(200)
  })

  it('begins to count anew after a change', async () => {
    const person = await newPerson()
    expectBody(await change(person, 'wrong', fresh), 400, wrong(9))
    const { access_token } = (await change(person, password, fresh)).json()
    expectBody(await change(person, 'wrong', 'x', { as: `Token ${access_token}` }), 400, wrong(9))
  })

  it.each([
    ['short', ['This password is too short. It must contain at least 9 characters.', 'This password is too common.']],
    ['password1', ['This password is too common.']],
    ['8246193750', ['This password is entirely numeric.']],
    ['x'.repeat(1_025), ['Ensure this field has no more than 1024 characters.']],
    ['nul\0nul\0nul\0', ['Null characters are not allowed.']],
    ['lone\ud800lone', ['Surrogate characters are not allowed.']],
    [password, ['You cannot use a previously used password.']],
    [{}, ['Not a valid string.']],
  ])('names what is wrong with the new one: %#', async (next, errors) => {
    expectBody(await change(await newPerson(), password, next), 400, { errors })
  })

  it('names likeness to the person', async () => {
    const person = await newPerson({ first_name: 'Marigold' })
    const errors = ['The password is too similar to the first name.']
    expectBody(await change(person, password, 'marigold1'), 400, { errors })
  })

  it('refuses the present one and the last five, and takes the one before them', async () => {
    const person = await newPerson()
    const all = [password, ...[1, 2, 3, 4, 5, 6].map((i) => `walnut-Lantern-${i}${i}`)]
    let as = `Token ${person.token}`
    const next = async (from: string, to: string) => {
      const answer = await change(person, from, to, { as })
      if (answer.statusCode === 200) as = `Token ${answer.json().access_token}`
      return answer
    }
    for (let i = 1; i < all.length; i++) expect((await next(all[i - 1] ?? '', all[i] ?? '')).statusCode).toBe(200)
    const present = all.at(-1) ?? ''
    const errors = ['You cannot use a previously used password.']
    for (const used of all.slice(1)) expectBody(await next(present, used), 400, { errors })
    expect((await next(present, password)).statusCode).toBe(200)
  }, 60_000)

  it('leaves the password and the tokens as they are', async () => {
    const person = await newPerson()
    await change(person, password, 'short')
    await change(person, 'wrong', fresh)
    expect((await site.get('/user', person)).json().api_token).toBe(person.token)
    expect((await site.get('/user', basic(person.username, password))).statusCode).toBe(200)
  })
})

describe('401, 403, 404, 405', () => {
  it('a visitor is told to sign in, also about nobody', async () => {
    const { username } = await newPerson()
    for (const name of [username, 'nobody']) {
      expectDetail(
        await site.call('POST', `/profile/${name}/change_password`, { body: {} }),
        details.credentialsMissing,
      )
    }
  })

  it('another is forbidden, and so is the one who registered the person', async () => {
    const [maker, other] = [await newPerson(), await newPerson()]
    const made = await site.person('made', {}, maker)
    for (const as of [maker, other]) expectDetail(await change(made, password, fresh, { as }), details.forbidden)
    expect((await site.get('/user', made)).statusCode).toBe(200)
  })

  it('nobody is not found, and another method not allowed', async () => {
    const person = await newPerson()
    const path = '/profile/nobody/change_password'
    expectDetail(await site.call('POST', path, { as: person, body: {} }), details.personNotFound)
    const answer = await site.get(path, person)
    expectDetail(answer, [405, 'Method "GET" not allowed.'])
    expect(answer.headers.allow).toBe('POST')
  })
})
