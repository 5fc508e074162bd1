import { describe, expect, it } from 'vitest'
import { useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { consoleOf, cookiesOf, newOperator, operatorPassword } from '../../helpers/operators.ts'

const database = useDatabase()
// Loopback stands for a proxy, so that a test can come from many addresses.
const api = useApi(database, { trustedProxies: ['127.0.0.1'] })
const secure = useApi(database, { publicUrl: 'https://console.example.com' })
const { ask, signIn, isSignedIn } = consoleOf(api)

const problemOf = (answer: { json(): unknown }) => answer.json() as { code: string; errors?: object[] }

describe('POST /console/auth/sign-in/email: 200', () => {
  it('gives a cookie that no script reads and no other site sends, and in the body nothing to sign in with', async () => {
    const { email, id } = await newOperator(database)
    const answer = await ask('POST', '/sign-in/email', { body: { email, password: operatorPassword } })
    expect(answer.statusCode).toBe(200)
    const [cookie, ...others] = [answer.headers['set-cookie'] ?? []].flat()
    expect(others).toEqual([])
    expect(cookie).toMatch(/^facet\.session_token=\S+; Max-Age=604800; Path=\/; HttpOnly; SameSite=Strict$/)
    const [, token = ''] = /session_token=([^.]+)\./.exec(cookie ?? '') ?? []
    expect(token).toMatch(/^\w{32}$/)
    expect(answer.body).not.toContain(token)
    const me = await api.server.inject({ url: '/facet/v1/operator', headers: { cookie: cookiesOf(answer) } })
    expect(me.json()).toMatchObject({ id, email })
  })

  it('gives it a name that browsers take over TLS from this host alone, where the public address has https', async () => {
    const { email } = await newOperator(database)
    const headers = { host: 'console.example.com', origin: 'https://console.example.com' }
    const body = { email, password: operatorPassword }
    const answer = await consoleOf(secure).ask('POST', '/sign-in/email', { headers, body })
    expect(answer.headers['set-cookie']).toMatch(
      /^__Host-facet\.session_token=\S+; Max-Age=604800; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
    )
    expect(await consoleOf(secure).isSignedIn(cookiesOf(answer))).toBe(true)
  })

  it('takes the e-mail in whatever case', async () => {
    const { email } = await newOperator(database)
    expect(await isSignedIn(await signIn(email.toUpperCase()))).toBe(true)
  })
})

describe('POST /console/auth/sign-in/email: 401', () => {
  it('is the same for a wrong password, an unknown e-mail and what is no e-mail', async () => {
    const { email } = await newOperator(database)
    const shown = async (given: string) => {
      const answer = await ask('POST', '/sign-in/email', { body: { email: given, password: 'nine red lanterns' } })
      const { requestId: _, ...problem } = answer.json()
      return { status: answer.statusCode, cookies: answer.headers['set-cookie'], problem }
    }
    const wrong = await shown(email)
    expect(wrong).toMatchObject({ status: 401, cookies: undefined, problem: { code: 'sign_in_failed' } })
    expect(await shown('nobody@example.com')).toEqual(wrong)
    expect(await shown('nobody')).toEqual(wrong)
  })
})

describe('POST /console/auth/sign-in/email: 429', () => {
  it('slows guesses at one operator, from however many addresses they come, and soon lets the right password in', async () => {
    const { email } = await newOperator(database)
    const guess = (address: number, password: string) =>
      ask('POST', '/sign-in/email', {
        body: { email, password },
        headers: { 'x-forwarded-for': `10.1.0.${address}`, 'x-forwarded-proto': 'http' },
      })
    const statuses = []
    for (let n = 0; n < 12; n++) statuses.push((await guess(n, `wrong guess ${n}`)).statusCode)
    expect(statuses.slice(0, 10)).toEqual(Array(10).fill(401))
    expect(statuses.slice(10)).toContain(429)
    const refused = await guess(99, operatorPassword)
    expect(refused.statusCode).toBe(429)
    expect(problemOf(refused).code).toBe('guesses_exhausted')
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
    await database.db.query("update auth.guesses set last_at = last_at - interval '2 minutes'", [])
    expect((await guess(99, operatorPassword)).statusCode).toBe(200)
    expect((await guess(99, 'wrong again')).statusCode).toBe(401)
  })

  it('slows guesses at many operators from one address, of IPv6 from all that its holder has', async () => {
    const statuses = []
    for (let n = 0; n < 52; n++) {
      const headers = { 'x-forwarded-for': `2001:db8::${n}`, 'x-forwarded-proto': 'http' }
      const body = { email: `nobody-${n}@example.com`, password: '' }
      statuses.push((await ask('POST', '/sign-in/email', { body, headers })).statusCode)
    }
    expect(statuses.slice(0, 50)).toEqual(Array(50).fill(401))
    expect(statuses.slice(50)).toContain(429)
  })

  it('counts guesses that come together as it counts those in turn', async () => {
    const { email } = await newOperator(database)
    const guesses = Array.from({ length: 30 }, (_, n) =>
      ask('POST', '/sign-in/email', { body: { email, password: `wrong guess ${n}` } }),
    )
    const statuses = (await Promise.all(guesses)).map(({ statusCode }) => statusCode)
    expect(statuses.filter((status) => status === 401).length).toBeLessThanOrEqual(11)
    expect(statuses.every((status) => status === 401 || status === 429)).toBe(true)
  })
})

describe('POST /console/auth/sign-in/email: 400, 405, 413, 415', () => {
  it('refuses fields that it does not know, and those that are missing', async () => {
    const answer = await ask('POST', '/sign-in/email', { body: { email: 'a@example.com', callbackURL: '/x' } })
    expect(answer.statusCode).toBe(400)
    expect(problemOf(answer).errors).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ path: '/password', rule: 'required' }),
        expect.objectContaining({ path: '/callbackURL', rule: 'unknown' }),
      ]),
    )
  })

  it('refuses other methods, other types and large bodies', async () => {
    expect((await ask('GET', '/sign-in/email')).statusCode).toBe(405)
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    const typed = await api.server.inject({
      method: 'POST',
      url: '/console/auth/sign-in/email',
      headers: { host: 'localhost', origin: 'http://localhost', ...form },
      payload: 'email=a&password=b',
    })
    expect(typed.statusCode).toBe(415)
    const large = await ask('POST', '/sign-in/email', { body: { email: 'x'.repeat(40_000), password: '' } })
    expect(large.statusCode).toBe(413)
  })
})

describe('what the sign-in has beside what is offered', () => {
  it.each([
    '/sign-up/email',
    '/sign-in/social',
    '/delete-user',
    '/revoke-sessions',
    '/reset-password',
    '/error',
    '/ok',
  ])('is not there: %s', async (path) => {
    expect((await ask('POST', path, { body: {} })).statusCode).toBe(404)
    expect((await ask('GET', path)).statusCode).toBe(404)
  })
})

describe('POST /console/auth/sign-out: 200', () => {
  it('ends the session on the server, not only in the browser', async () => {
    const { email } = await newOperator(database)
    const cookie = await signIn(email)
    const answer = await ask('POST', '/sign-out', { cookie })
    expect(answer.statusCode).toBe(200)
    expect([answer.headers['set-cookie']].flat()).toContainEqual(
      expect.stringMatching(/^facet\.session_token=; Max-Age=0/),
    )
    expect(await isSignedIn(cookie)).toBe(false)
  })
})

describe('GET /console/auth/get-session: 200', () => {
  it('tells who is signed in, or null, and never the token', async () => {
    const { email } = await newOperator(database)
    const cookie = await signIn(email)
    const answer = await ask('GET', '/get-session', { cookie })
    expect(answer.json()).toMatchObject({ user: { email, twoFactorEnabled: false } })
    expect(answer.body).not.toContain(/session_token=(\w+)/.exec(cookie)?.[1])
    expect((await ask('GET', '/get-session')).json()).toBeNull()
  })

  it('reads the cookie as the API does: not under another name, nor when there are two', async () => {
    const { email } = await newOperator(database)
    const cookie = await signIn(email)
    const [name, value] = cookie.split('=')
    for (const sent of [`${name} =${value}`, `${cookie}; ${cookie}`, `x; ${name}\t=${value}`]) {
      expect((await ask('GET', '/get-session', { cookie: sent })).json()).toBeNull()
      expect(await isSignedIn(sent)).toBe(false)
    }
    expect((await ask('GET', '/get-session', { cookie: `other=1; ${cookie}` })).json().user).toMatchObject({ email })
  })

  it('lengthens a session that is used on a later day', async () => {
    const { email, id } = await newOperator(database)
    const cookie = await signIn(email)
    await database.db.query(
      "update auth.sessions set expires_at = expires_at - interval '2 days' where operator_id = $1",
      [id],
    )
    const answer = await ask('GET', '/get-session', { cookie })
    expect(cookiesOf(answer)).toBe(cookie)
    const [{ days } = { days: 0 }] = await database.db.query<{ days: number }>(
      'select extract(epoch from expires_at - now())::float / 86400 as days from auth.sessions where operator_id = $1',
      [id],
    )
    expect(days).toBeGreaterThan(6.9)
  })

  it('knows no session that has ended', async () => {
    const { email, id } = await newOperator(database)
    const cookie = await signIn(email)
    await database.db.query('update auth.sessions set expires_at = now() where operator_id = $1', [id])
    expect((await ask('GET', '/get-session', { cookie })).json()).toBeNull()
    expect(await isSignedIn(cookie)).toBe(false)
  })
})

describe('POST /console/auth/change-password', () => {
  const next = 'eight blue lanterns'

  it('200: sets the new password and ends every other session', async () => {
    const { email } = await newOperator(database)
    const [here, elsewhere] = [await signIn(email), await signIn(email)]
    const body = { currentPassword: operatorPassword, newPassword: next }
    const answer = await ask('POST', '/change-password', { cookie: here, body })
    expect(answer.statusCode).toBe(200)
    expect(await isSignedIn(elsewhere)).toBe(false)
    expect(await isSignedIn(here)).toBe(false)
    expect(await isSignedIn(cookiesOf(answer))).toBe(true)
    expect(await isSignedIn(await signIn(email, next))).toBe(true)
    await expect(signIn(email)).rejects.toThrow('401')
  })

  it('400: names every rule that the new one breaks', async () => {
    const { email } = await newOperator(database)
    const cookie = await signIn(email)
    const change = (newPassword: string) =>
      ask('POST', '/change-password', { cookie, body: { currentPassword: operatorPassword, newPassword } })
    const short = await change('qwertyuio')
    expect(short.statusCode).toBe(400)
    expect(problemOf(short).errors).toEqual([
      { path: '/newPassword', rule: 'common', detail: expect.any(String) },
      { path: '/newPassword', rule: 'too_short', detail: 'must be at least 10 long' },
    ])
    expect(problemOf(await change('olga operator')).errors).toMatchObject([{ rule: 'too_similar' }])
  })

  it('400: a wrong present password changes nothing', async () => {
    const { email } = await newOperator(database)
    const cookie = await signIn(email)
    const answer = await ask('POST', '/change-password', {
      cookie,
      body: { currentPassword: 'wrong one', newPassword: next },
    })
    expect(answer.statusCode).toBe(400)
    expect(problemOf(answer).code).toBe('operator_password_wrong')
    expect(await isSignedIn(cookie)).toBe(true)
  })

  it('401: without a session', async () => {
    const answer = await ask('POST', '/change-password', {
      body: { currentPassword: operatorPassword, newPassword: next },
    })
    expect(answer.statusCode).toBe(401)
    expect(problemOf(answer).code).toBe('operator_session_invalid')
  })
})

describe('POST /console/auth/update-user', () => {
  it('200: changes the name; 400: and nothing else', async () => {
    const { email } = await newOperator(database)
    const cookie = await signIn(email)
    expect((await ask('POST', '/update-user', { cookie, body: { name: 'Ada' } })).statusCode).toBe(200)
    expect((await ask('GET', '/get-session', { cookie })).json().user.name).toBe('Ada')
    expect((await ask('POST', '/update-user', { cookie, body: { name: ' ' } })).statusCode).toBe(400)
    expect((await ask('POST', '/update-user', { cookie, body: { name: 'A', email: 'a@b.co' } })).statusCode).toBe(400)
  })
})

describe('the own sessions', () => {
  it('are listed without their tokens, and ended one by one', async () => {
    const { email } = await newOperator(database)
    const [here, elsewhere] = [await signIn(email), await signIn(email)]
    const listed = (await ask('GET', '/list-sessions', { cookie: here })).json().data
    expect(listed).toMatchObject([{ current: false, address: '127.0.0.1' }, { current: true }])
    expect(Object.keys(listed[0]).toSorted()).toEqual([
      'address',
      'createdAt',
      'current',
      'expiresAt',
      'id',
      'userAgent',
    ])
    const ended = await ask('POST', '/revoke-session', { cookie: here, body: { id: listed[0].id } })
    expect(ended.statusCode).toBe(204)
    expect(await isSignedIn(elsewhere)).toBe(false)
    expect(await isSignedIn(here)).toBe(true)
  })

  it('of others are not there', async () => {
    const [mine, other] = [await newOperator(database), await newOperator(database)]
    const [cookie, theirs] = [await signIn(mine.email), await signIn(other.email)]
    const [{ id }] = (await ask('GET', '/list-sessions', { cookie: theirs })).json().data
    expect((await ask('POST', '/revoke-session', { cookie, body: { id } })).statusCode).toBe(404)
    expect(await isSignedIn(theirs)).toBe(true)
  })
})
