import { createHash } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { basic, type Client, details, expectDetail, mounts, newSite, password } from './client.ts'
import { registration } from './fixtures/seed-003.ts'

const database = useDatabase()
const api = useApi(database)

let site: Client
beforeAll(async () => {
  site = await newSite(api, database)
})

const iso = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)

function gravatarOf(email: string): string {
  const digest = createHash('md5').update(email).digest('hex')
  const picture = 'https%3A%2F%2Fona.io%2Fstatic%2Fimages%2Fdefault_avatar.png'
  return `https://secure.gravatar.com/avatar/${digest}?d=${picture}&s=60`
}

describe('201', () => {
  it.each(mounts)(
    'at %s shows a visitor who registers all but the e-mail, keys in the order of the seed',
    async (mount) => {
      const { host, origin, register } = await newSite(api, database)
      const answer = await register(registration, { mount })
      expect(answer.statusCode, host).toBe(201)
      expect(answer.headers['content-type']).toBe('application/json; charset=utf-8')
      const body = answer.json()
      const whole = {
        url: `${origin}/api/v1/profiles/demo`,
        username: 'demo',
        first_name: 'Demo',
        last_name: 'User',
        city: 'Kisumu',
        country: 'KE',
        organization: '',
        website: '',
        twitter: '',
        gravatar: gravatarOf('demo@localhost.com'),
        require_auth: false,
        user: `${origin}/api/v1/users/demo`,
        metadata: {},
        joined_on: body.joined_on,
        id: body.id,
        is_org: false,
        name: 'Demo User',
      }
      expect(answer.body).toBe(JSON.stringify(whole))
      expect(body.joined_on).toEqual(iso)
      expect(Number.isSafeInteger(body.id) && body.id > 0).toBe(true)
    },
  )

  it('shows the e-mail, behind last_name, to somebody who registers another', async () => {
    const { person, register } = await newSite(api, database)
    const maker = await person('maker')
    const answer = await register(registration, { as: maker })
    expect(answer.statusCode).toBe(201)
    const keys = 'url username first_name last_name email city country organization website twitter gravatar'
    const more = 'require_auth user metadata joined_on id is_org name'
    expect(Object.keys(answer.json())).toEqual(`${keys} ${more}`.split(' '))
    expect(answer.json().email).toBe('demo@localhost.com')
  })

  it('says in the metadata when the password was set, and keeps what was sent with it', async () => {
    const { register, get } = await newSite(api, database)
    const answer = await register({ ...registration, password, metadata: { a: 1 } })
    expect(answer.json().metadata).toEqual({ a: 1, last_password_edit: iso })
    const own = await get('/profiles/demo', basic('demo', password))
    expect(own.json().metadata).toEqual(answer.json().metadata)
  })

  it('gives the empty value of every field that was not sent', async () => {
    const answer = await site.register({ username: 'bare', email: 'bare@example.com', first_name: 'Bare' })
    expect(answer.json()).toMatchObject({
      ...{ last_name: '', city: '', country: '', organization: '', website: '', twitter: '' },
      ...{ require_auth: false, metadata: {}, is_org: false, name: 'Bare' },
    })
  })

  it('makes the picture of the e-mail in lower case', async () => {
    const answer = await site.register({ username: 'bob', email: 'Bob@Columbia.edu', first_name: 'Bob' })
    // The vendor's own figure (contracts/ona.md 3.2).
    expect(answer.json().gravatar).toContain('/1dfe0d8bc2cc8c46d90c2a3717ffde41?d=')
    expect(answer.json().gravatar).toBe(gravatarOf('bob@columbia.edu'))
  })

  it('takes a form as it takes JSON, metadata as JSON in a text, and of a field that comes twice the last', async () => {
    const { call } = await newSite(api, database)
    const form = `${new URLSearchParams({ ...registration, metadata: '{"a":[1]}', require_auth: 'on' })}&city=Siaya`
    const answer = await call('POST', '/profiles', { form })
    expect(answer.statusCode).toBe(201)
    expect(answer.json()).toMatchObject({ username: 'demo', city: 'Siaya', metadata: { a: [1] }, require_auth: true })
  })

  it.each([
    ['first_name alone', { first_name: 'Ann' }, ['Ann', '']],
    ['name of two words', { name: 'Ann Lee' }, ['Ann', 'Lee']],
    ['name of one word', { name: 'Ann' }, ['Ann', '']],
    ['name of three words, split at the first space', { name: 'Ann van Lee' }, ['Ann', 'van Lee']],
    ['name of more than 60, split at 30 and 30', { name: 'x'.repeat(70) }, ['x'.repeat(30), 'x'.repeat(30)]],
    ['first_name before name', { name: 'Bob Roe', first_name: 'Ann', last_name: 'Lee' }, ['Ann', 'Lee']],
    ['a blank first_name and a name', { name: 'Ann Lee', first_name: '' }, ['Ann', 'Lee']],
    ['last_name over that of name', { name: 'Ann Lee', last_name: 'Roe' }, ['Ann', 'Roe']],
  ])('takes a person by %s', async (title, names, [first, last]) => {
    const username = `n${title.replaceAll(/[^a-z]/g, '').slice(0, 28)}`
    const answer = await site.register({ username, email: `${username}@example.com`, ...names })
    expect(answer.statusCode, answer.body).toBe(201)
    expect(answer.json()).toMatchObject({ first_name: first, last_name: last, name: `${first} ${last}`.trim() })
  })

  it.each([
    'dem',
    'a'.repeat(30),
    'a.b',
    'a_b-c',
    'ann+tag@example.com',
    '+254700000000',
    'jürgen',
    '李小龍',
    'дима',
    'demo',
  ])('takes the username %s, and links to it', async (username) => {
    const { origin, register, call } = await newSite(api, database)
    const answer = await register({ username, email: 'x@example.com', first_name: 'X' })
    expect(answer.json()).toMatchObject({ username })
    const { url } = answer.json()
    expect(url.startsWith(`${origin}/api/v1/profiles/`)).toBe(true)
    expect((await call('GET', url.slice(`${origin}/api/v1`.length))).json().username).toBe(username)
  })

  it('keeps the username in lower case and without the spaces around it', async () => {
    const answer = await site.register({ username: ' MiXed ', email: 'mixed@example.com', first_name: 'M' })
    expect(answer.json()).toMatchObject({ username: 'mixed', url: `${site.origin}/api/v1/profiles/mixed` })
  })

  it.each([undefined, ''])('makes somebody without a password (%o) who cannot sign in by one', async (given) => {
    const { register, get } = await newSite(api, database)
    const answer = await register({ ...registration, password: given })
    expect([answer.statusCode, answer.json().metadata]).toEqual([201, {}])
    for (const tried of ['', 'demo', 'undefined', 'null']) {
      expectDetail(await get('/profiles/demo', basic('demo', tried)), details.loginWrong)
    }
  })

  it('gives a repeat under its Idempotency-Key the first answer', async () => {
    const { register } = await newSite(api, database)
    const body = { ...registration, password }
    const [first, again] = [await register(body, key('k')), await register(body, key('k'))]
    expect([first.statusCode, again.statusCode]).toEqual([201, 201])
    expect(again.body).toBe(first.body)
    expect(again.headers['idempotency-replayed']).toBe('true')
    const other = await register({ ...body, city: 'x' }, key('k'))
    expectDetail(other, details.keyReused)
    expectDetail(await register(body, key('a b')), details.notDecodable)
    const taken = await register(body, key('another'))
    expect([taken.statusCode, taken.json().username]).toEqual([400, ['demo already exists']])
  })
})

it('keeps under an Idempotency-Key nothing that a password could be guessed from as fast as by a plain digest', async () => {
  const { ctx, register } = await newSite(api, database)
  const body = JSON.stringify({ ...registration, password })
  expect((await register(body, key('k'))).statusCode).toBe(201)
  const rows = await database.db.query('select to_jsonb(k)::text as row from idempotency_keys k where app_id = $1', [
    ctx.appId,
  ])
  expect(rows).toHaveLength(1)
  const digest = createHash('sha256').update(body).digest('hex')
  expect(JSON.stringify(rows)).not.toContain(digest)
  expect(JSON.stringify(rows)).not.toContain(password)
})

const key = (value: string) => ({ headers: { 'idempotency-key': value } })

describe('403', () => {
  it('where registration is off, for visitors and for people, before the body is judged', async () => {
    const shut = await newSite(api, database, { settings: { selfService: { registration: false } } })
    for (const body of [registration, {}]) expectDetail(await shut.register(body), details.noRegistration)
  })

  it('in live apps once people are let in, unless registration is on too', async () => {
    const closed = await newSite(api, database, { mode: 'live', settings: { selfService: { enabled: true } } })
    expectDetail(await closed.register(registration), details.noRegistration)
    const selfService = { enabled: true, registration: true }
    const open = await newSite(api, database, { mode: 'live', settings: { selfService } })
    expect((await open.register(registration)).statusCode).toBe(201)
  })
})

describe('404', () => {
  it('in live apps that nobody let people into', async () => {
    const live = await newSite(api, database, { mode: 'live' })
    expectDetail(await live.register(registration), details.notFound)
    expectDetail(await live.get('/profiles'), details.notFound)
  })
})
