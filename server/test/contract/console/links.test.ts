import { describe, expect, it } from 'vitest'
import { inviteTo } from '../../../src/core/operators/invitations.service.ts'
import { makeSetupToken } from '../../../src/core/operators/links.service.ts'
import { resetOperator } from '../../../src/core/operators/resets.service.ts'
import { useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { codeOf, consoleOf, cookiesOf, newOperator, operatorPassword } from '../../helpers/operators.ts'

const next = 'eight blue lanterns'

describe('the link of a set-up', () => {
  const database = useDatabase()
  const api = useApi(database)
  const { ask, isSignedIn } = consoleOf(api)
  const setUp = (token: string, email: string) => {
    const body = { token, name: 'Olga', email, password: next, organization: 'Lanterns' }
    return ask('POST', '/accept', { body })
  }

  it('makes the organization and its owner, once, however many links are open', async () => {
    const tokens = [await makeSetupToken(database.system()), await makeSetupToken(database.system())]
    const [first = '', second = ''] = tokens
    const described = await ask('POST', '/link', { body: { token: first } })
    expect(described.json()).toEqual({ kind: 'setup', email: null, organization: null, role: null, known: false })
    const bare = await ask('POST', '/accept', {
      body: { token: first, name: 'Olga', email: 'o@example.com', password: next },
    })
    expect(bare.json().errors).toMatchObject([{ path: '/organization', rule: 'required' }])
    const answers = await Promise.all([setUp(first, 'one@example.com'), setUp(second, 'two@example.com')])
    expect(answers.map(({ statusCode }) => statusCode).toSorted()).toEqual([200, 404])
    const [made] = answers.filter(({ statusCode }) => statusCode === 200)
    const cookie = cookiesOf(made ?? { headers: {} })
    expect(await isSignedIn(cookie)).toBe(true)
    const me = (await api.server.inject({ url: '/facet/v1/operator', headers: { cookie } })).json()
    expect(me.organizations).toMatchObject([{ name: 'Lanterns', role: 'owner', apps: [] }])
    expect(await database.db.query('select from organizations', [])).toHaveLength(1)
    expect(await makeSetupToken(database.system())).toBeUndefined()
    expect((await ask('POST', '/link', { body: { token: second } })).statusCode).toBe(404)
  })
})

describe('links', () => {
  const database = useDatabase()
  const api = useApi(database)
  const { ask, signIn, isSignedIn } = consoleOf(api)
  const invited = async (email: string) => {
    const { organizationId } = await database.newApp()
    return { organizationId, ...(await inviteTo(database.system(), organizationId, { email, role: 'viewer' })) }
  }

  it('404: that are unknown, ended or used are all the same', async () => {
    const { email } = await newOperator(database)
    const token = await resetOperator(database.system(), email, { factors: false })
    const ended = (await invited('late@example.com')).token
    await database.db.query("update auth.links set expires_at = now() where kind = 'invitation'", [])
    expect((await ask('POST', '/accept', { body: { token, password: next } })).statusCode).toBe(200)
    for (const given of ['', 'unknown', token, ended]) {
      for (const [path, body] of [
        ['/link', {}],
        ['/accept', { password: next, name: 'A' }],
      ] as const) {
        const answer = await ask('POST', path, { body: { token: given, ...body } })
        expect([answer.statusCode, answer.json().code]).toEqual([404, 'link_invalid'])
      }
    }
  })

  it('of a reset set a new password and end every session', async () => {
    const { email } = await newOperator(database)
    const before = await signIn(email)
    const token = await resetOperator(database.system(), email, { factors: false })
    expect(await isSignedIn(before)).toBe(false)
    const between = await signIn(email)
    const bad = await ask('POST', '/accept', { body: { token, password: 'password123' } })
    expect(bad.json().errors).toMatchObject([{ path: '/password', rule: 'common' }])
    const answer = await ask('POST', '/accept', { body: { token, password: next } })
    expect(answer.json()).toEqual({ email, signedIn: true })
    expect(await isSignedIn(cookiesOf(answer))).toBe(true)
    expect(await isSignedIn(between)).toBe(false)
    await expect(signIn(email)).rejects.toThrow('401')
    expect(await isSignedIn(await signIn(email, next))).toBe(true)
  })

  it('of a reset do not stand for the second factor, unless that was switched off with it', async () => {
    const { email } = await newOperator(database)
    const cookie = await signIn(email)
    const { totpURI } = (
      await ask('POST', '/two-factor/enable', { cookie, body: { password: operatorPassword } })
    ).json()
    await ask('POST', '/two-factor/verify-totp', { cookie, body: { code: codeOf(totpURI) } })
    const token = await resetOperator(database.system(), email, { factors: false })
    const answer = await ask('POST', '/accept', { body: { token, password: next } })
    expect(answer.json()).toEqual({ email, signedIn: false })
    expect(answer.headers['set-cookie']).toBeUndefined()
    const whole = await resetOperator(database.system(), email, { factors: true })
    const off = await ask('POST', '/accept', { body: { token: whole, password: next } })
    expect(off.json()).toEqual({ email, signedIn: true })
    expect(await isSignedIn(await signIn(email, next))).toBe(true)
  })

  it('of an invitation take the own password of who is an operator already, and count guesses at it', async () => {
    const { email } = await newOperator(database)
    const { token, organizationId } = await invited(email)
    expect((await ask('POST', '/link', { body: { token } })).json()).toMatchObject({ known: true, email })
    const wrong = await ask('POST', '/accept', { body: { token, password: next, name: 'Eve' } })
    expect([wrong.statusCode, wrong.json().code]).toEqual([400, 'operator_password_wrong'])
    for (let n = 0; n < 12; n++) await ask('POST', '/accept', { body: { token, password: `guess ${n}` } })
    expect((await ask('POST', '/accept', { body: { token, password: operatorPassword } })).statusCode).toBe(429)
    await database.db.query('delete from auth.guesses', [])
    const answer = await ask('POST', '/accept', { body: { token, password: operatorPassword } })
    expect(answer.json()).toEqual({ email, signedIn: true })
    const me = await api.server.inject({ url: '/facet/v1/operator', headers: { cookie: cookiesOf(answer) } })
    expect(me.json()).toMatchObject({ name: 'Olga Operator', organizations: [{ id: organizationId, role: 'viewer' }] })
  })

  it('are used once, however many accept them at the same time', async () => {
    const { token } = await invited('many@example.com')
    const body = { token, name: 'Many', password: next }
    const answers = await Promise.all(Array.from({ length: 8 }, () => ask('POST', '/accept', { body })))
    expect(answers.filter(({ statusCode }) => statusCode === 200)).toHaveLength(1)
    expect(await database.db.query("select from auth.operators where email = 'many@example.com'", [])).toHaveLength(1)
  })

  it('stand in no row as they are', async () => {
    const { token } = await invited('kept@example.com')
    const rows = await database.db.query('select * from auth.links', [])
    const found = JSON.stringify(rows, (_, value) => (Buffer.isBuffer(value) ? value.toString('latin1') : value))
    expect(found).toContain('kept@example.com')
    expect(found).not.toContain(token)
  })

  it('503: none is mailed where there is no mail server, whoever asks', async () => {
    const { email } = await newOperator(database)
    for (const given of [email, 'nobody@example.com']) {
      const answer = await ask('POST', '/request-password-reset', { body: { email: given } })
      expect([answer.statusCode, answer.json().code]).toEqual([503, 'mail_unavailable'])
    }
  })
})

describe('where a mail server is set up', () => {
  const database = useDatabase()
  const api = useApi(database, { smtpUrl: 'smtp://127.0.0.1:1' })
  const { ask, isSignedIn, signIn } = consoleOf(api)
  const mails = async () => {
    const rows = await database.db.query<{ payload: { appId: string; id: string; sealed: string } }>(
      'select j.payload from graphile_worker._private_jobs j order by j.id',
      [],
    )
    return rows.map(({ payload: { appId, id, sealed } }) => {
      const plain = database.keys.mail.open('send_mail.mail', `${appId} ${id}`, Buffer.from(sealed, 'base64'))
      return JSON.parse(plain.toString()) as { to: string; text: string }
    })
  }

  it('202: a link is mailed to an operator and nobody else, and the answer does not tell to whom', async () => {
    const { email } = await newOperator(database)
    const session = await signIn(email)
    const answers = []
    for (const given of ['nobody@example.com', email]) {
      const answer = await ask('POST', '/request-password-reset', { body: { email: given } })
      answers.push([answer.statusCode, answer.body])
    }
    expect(answers[0]).toEqual([202, '{"accepted":true}'])
    expect(answers[1]).toEqual(answers[0])
    await expect.poll(mails).toHaveLength(1)
    const [mail] = await mails()
    expect(mail?.to).toBe(email)
    const token = /\/console\/reset#token=([\w-]{43})\n/.exec(mail?.text ?? '')?.[1] ?? ''
    expect(await isSignedIn(session)).toBe(true)
    expect((await ask('POST', '/accept', { body: { token, password: next } })).statusCode).toBe(200)
    expect(await isSignedIn(session)).toBe(false)
  })
})
