import { describe, expect, it } from 'vitest'
import { useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { codeOf, consoleOf, cookiesOf, newOperator, operatorPassword } from '../../helpers/operators.ts'

const database = useDatabase()
const api = useApi(database)
const { ask, signIn, isSignedIn } = consoleOf(api)
const other = consoleOf(useApi(database))

/** An operator with two-factor sign-in on, and a session of theirs. */
async function newCareful() {
  const { email, id } = await newOperator(database)
  const first = await signIn(email)
  const enabled = await ask('POST', '/two-factor/enable', { cookie: first, body: { password: operatorPassword } })
  const { totpURI, backupCodes } = enabled.json() as { totpURI: string; backupCodes: string[] }
  const code = codeOf(totpURI)
  const verified = await ask('POST', '/two-factor/verify-totp', { cookie: first, body: { code } })
  return { email, id, totpURI, backupCodes, code, cookie: cookiesOf(verified), answers: [enabled, verified] }
}

/** The code of the next half minute, which is taken already: the present one has switched two-factor sign-in on. */
const nextCodeOf = (uri: string) => codeOf(uri, Date.now() + 30_000)

const passwordOnly = (email: string) => ask('POST', '/sign-in/email', { body: { email, password: operatorPassword } })

describe('two-factor sign-in', () => {
  it('is on once a first code has proved that the authenticator has the secret', async () => {
    const { email } = await newOperator(database)
    const cookie = await signIn(email)
    const enabled = await ask('POST', '/two-factor/enable', { cookie, body: { password: operatorPassword } })
    expect(enabled.json()).toMatchObject({ totpURI: expect.stringMatching(/^otpauth:\/\/totp\/Facet:/) })
    expect(enabled.json().backupCodes).toHaveLength(10)
    expect((await passwordOnly(email)).json().twoFactorRedirect).toBeUndefined()
    const { totpURI } = enabled.json()
    const verified = await ask('POST', '/two-factor/verify-totp', { cookie, body: { code: codeOf(totpURI) } })
    expect(verified.statusCode).toBe(200)
    expect((await passwordOnly(email)).json().twoFactorRedirect).toBe(true)
    const me = await api.server.inject({ url: '/facet/v1/operator', headers: { cookie: cookiesOf(verified) } })
    expect(me.json().twoFactorEnabled).toBe(true)
  })

  it('lets nobody in by the password alone, and in by a code of the authenticator', async () => {
    const { email, totpURI } = await newCareful()
    const half = await passwordOnly(email)
    expect(half.json()).toEqual({ twoFactorRedirect: true, twoFactorMethods: ['totp'] })
    const pending = cookiesOf(half)
    expect(pending).not.toContain('session_token')
    expect(await isSignedIn(pending)).toBe(false)
    const whole = await ask('POST', '/two-factor/verify-totp', { cookie: pending, body: { code: nextCodeOf(totpURI) } })
    expect(whole.statusCode).toBe(200)
    expect(await isSignedIn(cookiesOf(whole))).toBe(true)
  })

  it('401: takes each code once, on every process, and the next one in the same sign-in', async () => {
    const { email, totpURI, code } = await newCareful()
    const cookie = cookiesOf(await passwordOnly(email))
    const again = await other.ask('POST', '/two-factor/verify-totp', { cookie, body: { code } })
    expect([again.statusCode, again.json().code]).toEqual([401, 'second_factor_invalid'])
    const next = await ask('POST', '/two-factor/verify-totp', { cookie, body: { code: nextCodeOf(totpURI) } })
    expect(next.statusCode).toBe(200)
  })

  it('takes a code that several sign-ins bring at once for one of them', async () => {
    const { email, id, totpURI } = await newCareful()
    const halves = []
    for (let n = 0; n < 4; n++) halves.push(cookiesOf(await passwordOnly(email)))
    await database.db.query('delete from auth.sessions where operator_id = $1', [id])
    const body = { code: nextCodeOf(totpURI) }
    const verified = await Promise.all(
      halves.map((cookie, n) => (n % 2 ? ask : other.ask)('POST', '/two-factor/verify-totp', { cookie, body })),
    )
    expect(verified.map(({ statusCode }) => statusCode).sort()).toEqual([200, 401, 401, 401])
    const sessions = await database.db.query('select from auth.sessions where operator_id = $1', [id])
    expect(sessions).toHaveLength(1)
  })

  it('takes each backup code once', async () => {
    const { email, backupCodes } = await newCareful()
    const [code = ''] = backupCodes
    const use = async () => {
      const cookie = cookiesOf(await passwordOnly(email))
      return (await ask('POST', '/two-factor/verify-backup-code', { cookie, body: { code } })).statusCode
    }
    expect(await use()).toBe(200)
    expect(await use()).toBe(401)
  })

  it('401: refuses a wrong code, and after five of them the sign-in that they were for', async () => {
    const { email, totpURI } = await newCareful()
    const cookie = cookiesOf(await passwordOnly(email))
    const verify = (code: string) => ask('POST', '/two-factor/verify-totp', { cookie, body: { code } })
    for (let n = 0; n < 5; n++) expect((await verify('000000')).json().code).toBe('second_factor_invalid')
    const right = await verify(nextCodeOf(totpURI))
    expect([right.statusCode, right.json().code]).toEqual([401, 'second_factor_invalid'])
  })

  it('429: locks the second factor after ten wrong codes in a row, in however many sign-ins', async () => {
    const { email, totpURI } = await newCareful()
    for (let n = 0; n < 10; n++) {
      const cookie = cookiesOf(await passwordOnly(email))
      await ask('POST', '/two-factor/verify-totp', { cookie, body: { code: '000000' } })
    }
    const cookie = cookiesOf(await passwordOnly(email))
    const answer = await ask('POST', '/two-factor/verify-totp', { cookie, body: { code: nextCodeOf(totpURI) } })
    expect([answer.statusCode, answer.json().code]).toEqual([429, 'guesses_exhausted'])
  })

  it('is switched on and off, and its codes are renewed, by who knows the password alone', async () => {
    const { email, cookie } = await newCareful()
    for (const path of ['disable', 'generate-backup-codes', 'get-totp-uri']) {
      const answer = await ask('POST', `/two-factor/${path}`, { cookie, body: { password: 'wrong one' } })
      expect([path, answer.statusCode, answer.json().code]).toEqual([path, 400, 'operator_password_wrong'])
    }
    const again = await ask('POST', '/two-factor/enable', { cookie, body: { password: operatorPassword } })
    expect([again.statusCode, again.json().code]).toEqual([409, 'two_factor_refused'])
    const off = await ask('POST', '/two-factor/disable', { cookie, body: { password: operatorPassword } })
    expect(off.statusCode).toBe(200)
    expect(await isSignedIn(await signIn(email))).toBe(true)
  })

  it('a change of password ends sign-ins that wait for their second factor', async () => {
    const { email, cookie, totpURI } = await newCareful()
    const pending = cookiesOf(await passwordOnly(email))
    const body = { currentPassword: operatorPassword, newPassword: 'eight blue lanterns' }
    expect((await ask('POST', '/change-password', { cookie, body })).statusCode).toBe(200)
    const late = await ask('POST', '/two-factor/verify-totp', { cookie: pending, body: { code: nextCodeOf(totpURI) } })
    expect(late.statusCode).toBe(401)
  })
})

/** What a process writes that changes a password, up to the moment before it ends what the old one began. */
const changeHash = (operatorId: string) =>
  database.db.query('update auth.accounts set password_hash = $2 where operator_id = $1', [operatorId, 'another'])

describe('a second factor after the password was changed, before that ended what waits', () => {
  it('401: begins no session by a code', async () => {
    const { email, id, totpURI } = await newCareful()
    const cookie = cookiesOf(await passwordOnly(email))
    await changeHash(id)
    const late = await ask('POST', '/two-factor/verify-totp', { cookie, body: { code: nextCodeOf(totpURI) } })
    expect([late.statusCode, cookiesOf(late)]).toEqual([401, ''])
  })

  it('401: begins no session by a backup code', async () => {
    const { email, id, backupCodes } = await newCareful()
    const cookie = cookiesOf(await passwordOnly(email))
    await changeHash(id)
    const late = await ask('POST', '/two-factor/verify-backup-code', { cookie, body: { code: backupCodes[0] ?? '' } })
    expect([late.statusCode, cookiesOf(late)]).toEqual([401, ''])
  })
})

describe('at rest', () => {
  it('stands no session token, no password, no secret and no code of a second factor, nor who signs in half', async () => {
    const { email, cookie, totpURI, backupCodes, answers } = await newCareful()
    const pending = cookiesOf(await passwordOnly(email))
    const secret = Buffer.from(new URL(totpURI).searchParams.get('secret') ?? '').toString()
    const tokens = [cookie, pending].map((text) => /=([\w-]+)/.exec(text)?.[1] ?? '')
    expect(tokens.every((token) => token.length > 20)).toBe(true)
    expect(answers.every(({ body }) => !tokens.some((token) => body.includes(token)))).toBe(true)
    const tables = await database.db.query<{ name: string }>(
      "select table_name as name from information_schema.tables where table_schema = 'auth'",
      [],
    )
    const rows = []
    for (const { name } of tables) rows.push(...(await database.db.query(`select * from auth.${name}`, [])))
    const text = JSON.stringify(rows)
    expect(text).toContain(email)
    for (const given of [...tokens, operatorPassword, secret, ...backupCodes]) expect(text).not.toContain(given)
  })
})
