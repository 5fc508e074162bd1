import { describe, expect, it } from 'vitest'
import { useApi } from '../../helpers/api.ts'
import { newAuthenticator } from '../../helpers/authenticator.ts'
import { useDatabase } from '../../helpers/database.ts'
import { consoleOf, cookiesOf, newOperator, operatorPassword } from '../../helpers/operators.ts'

const database = useDatabase()
const api = useApi(database)
const { ask, isSignedIn, signIn } = consoleOf(api)
const site = { origin: 'http://localhost', domain: 'localhost' }

const askToMake = (cookie: string, password = operatorPassword) =>
  ask('POST', '/passkeys/registration-options', { cookie, body: { password } })

async function challengeToMake(cookie: string): Promise<string> {
  const answer = await askToMake(cookie)
  expect(answer.statusCode).toBe(200)
  return answer.json().challenge
}

async function challengeToEnter(): Promise<string> {
  const answer = await ask('POST', '/passkeys/authentication-options')
  expect(answer.statusCode).toBe(200)
  return answer.json().challenge
}

/** An operator, a session of theirs, and a passkey. */
async function newHolder(authenticator = newAuthenticator(site)) {
  const operator = await newOperator(database)
  const cookie = await signIn(operator.email)
  const response = authenticator.register(await challengeToMake(cookie))
  const made = await ask('POST', '/passkeys/registration', { cookie, body: { name: 'Laptop', response } })
  return { ...operator, cookie, authenticator, made }
}

const enter = (response: object) => ask('POST', '/passkeys/authentication', { body: { response } })

describe('a passkey', () => {
  it('is made by an operator who is signed in, and signs them in without e-mail and password', async () => {
    const { id, email, authenticator, made } = await newHolder()
    expect(made.statusCode).toBe(201)
    expect(made.json()).toMatchObject({ name: 'Laptop', lastUsedAt: null })
    const answer = await enter(authenticator.answer(await challengeToEnter()))
    expect(answer.json()).toEqual({ email, signedIn: true })
    const me = await api.server.inject({ url: '/facet/v1/operator', headers: { cookie: cookiesOf(answer) } })
    expect(me.json().id).toBe(id)
  })

  it('answers each challenge once', async () => {
    const { authenticator } = await newHolder()
    const response = authenticator.answer(await challengeToEnter())
    expect((await enter(response)).statusCode).toBe(200)
    const again = await enter(response)
    expect([again.statusCode, again.json().code]).toEqual([401, 'passkey_invalid'])
  })

  it('is refused for another site, by another key, for a challenge of its own, and from a copy that is behind', async () => {
    const { authenticator } = await newHolder()
    const elsewhere = newAuthenticator({ ...site, origin: 'http://localhost.evil.example' })
    const { id } = authenticator
    const challenge = challengeToEnter
    expect((await enter({ ...elsewhere.answer(await challenge()), id, rawId: id })).statusCode).toBe(401)
    expect((await enter({ ...newAuthenticator(site).answer(await challenge()), id, rawId: id })).statusCode).toBe(401)
    expect((await enter(authenticator.answer(Buffer.alloc(32).toString('base64url')))).statusCode).toBe(401)
    expect((await enter({})).statusCode).toBe(401)
    expect((await enter({ ...authenticator.answer(await challenge()), id: '\0' })).statusCode).toBe(401)
    expect((await enter(authenticator.answer(await challenge()))).statusCode).toBe(200)
    authenticator.rewind()
    expect((await enter(authenticator.answer(await challenge()))).statusCode).toBe(401)
  })

  it('must make sure of its person, since it stands for both factors', async () => {
    const { made } = await newHolder(newAuthenticator({ ...site, verifies: false }))
    expect([made.statusCode, made.json().code]).toEqual([401, 'passkey_invalid'])
  })

  it('400, then 429: is not made by a session alone: the password is asked for, and guesses at it are counted', async () => {
    const cookie = await signIn((await newOperator(database)).email)
    expect((await ask('POST', '/passkeys/registration-options', { cookie, body: {} })).statusCode).toBe(400)
    for (let n = 0; n < 10; n++) {
      const wrong = await askToMake(cookie, `guess ${n}`)
      expect([wrong.statusCode, wrong.json().code]).toEqual([400, 'operator_password_wrong'])
    }
    await askToMake(cookie, 'the one that makes the next wait')
    const late = await askToMake(cookie)
    expect([late.statusCode, late.json().code]).toEqual([429, 'guesses_exhausted'])
  })

  it('is made for the operator who asked, and not for another one', async () => {
    const [one, two] = [await newOperator(database), await newOperator(database)]
    const [mine, theirs] = [await signIn(one.email), await signIn(two.email)]
    const response = newAuthenticator(site).register(await challengeToMake(mine))
    const taken = await ask('POST', '/passkeys/registration', { cookie: theirs, body: { name: 'Laptop', response } })
    expect(taken.statusCode).toBe(401)
  })

  it('is listed, named and removed by its operator alone; it signs nobody in then', async () => {
    const { cookie, authenticator, made } = await newHolder()
    const { id } = made.json()
    const stranger = await signIn((await newOperator(database)).email)
    const renamed = await ask('PATCH', `/passkeys/${id}`, { cookie, body: { name: 'Old laptop' } })
    expect(renamed.json()).toMatchObject({ id, name: 'Old laptop' })
    expect((await ask('GET', '/passkeys', { cookie })).json().data).toMatchObject([{ id, name: 'Old laptop' }])
    expect((await ask('GET', '/passkeys', { cookie: stranger })).json().data).toEqual([])
    expect((await ask('DELETE', `/passkeys/${id}`, { cookie: stranger })).statusCode).toBe(404)
    expect((await ask('DELETE', `/passkeys/${id}`, { cookie })).statusCode).toBe(204)
    expect((await enter(authenticator.answer(await challengeToEnter()))).statusCode).toBe(401)
  })

  it('403: is made and removed in a session of the last day alone', async () => {
    const { id, cookie, made } = await newHolder()
    await database.db.query(
      "update auth.sessions set created_at = created_at - interval '25 hours' where operator_id = $1",
      [id],
    )
    for (const answer of [await askToMake(cookie), await ask('DELETE', `/passkeys/${made.json().id}`, { cookie })]) {
      expect([answer.statusCode, answer.json().code]).toEqual([403, 'operator_session_stale'])
    }
    expect(await isSignedIn(cookie)).toBe(true)
  })

  it('401: is nothing for who is not signed in', async () => {
    const body = { password: operatorPassword }
    expect((await ask('POST', '/passkeys/registration-options', { body })).statusCode).toBe(401)
    expect((await ask('GET', '/passkeys')).statusCode).toBe(401)
  })
})
