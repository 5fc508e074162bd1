import { describe, expect, it } from 'vitest'
import { resetOperator } from '../../../src/core/operators/resets.service.ts'
import { useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { consoleOf, cookiesOf, newOperator, operatorPassword } from '../../helpers/operators.ts'

const database = useDatabase()
// Loopback stands for a proxy, so that each round comes from an address of its own, which the limit counts by itself.
const api = useApi(database, { trustedProxies: ['127.0.0.1'] })
const { ask, isSignedIn, signIn } = consoleOf(api)
const rounds = process.env.FACET_PROVE ? 60 : 6
const newPassword = 'eight blue lanterns'

type Change = (headers: Record<string, string>) => Promise<{ readonly statusCode: number }>

/** Sign-ins that begin while a password is changed: one a moment, so that some are within each step of it. */
async function signInsDuring(round: number, email: string, change: Change): Promise<string[]> {
  const body = { email, password: operatorPassword }
  const headers = { 'x-forwarded-for': `10.2.0.${round}`, 'x-forwarded-proto': 'http' }
  const attempts: Promise<string>[] = []
  const attempt = () => attempts.push(ask('POST', '/sign-in/email', { body, headers }).then(cookiesOf))
  for (let n = 0; n < 2; n++) attempt()
  const changing = change(headers)
  for (let n = 0; n < 4; n++) attempt()
  expect((await changing).statusCode).toBe(200)
  return (await Promise.all(attempts)).filter((cookie) => cookie !== '')
}

describe(`no session that the old password began outlives it, over ${rounds} rounds`, () => {
  it('when it is changed', async () => {
    for (let round = 0; round < rounds; round++) {
      const { email } = await newOperator(database)
      const cookie = await signIn(email)
      const change = { cookie, body: { currentPassword: operatorPassword, newPassword } }
      const cookies = await signInsDuring(round, email, (headers) =>
        ask('POST', '/change-password', { ...change, headers }),
      )
      for (const begun of cookies) expect(await isSignedIn(begun)).toBe(false)
    }
  })

  it('when it is reset by a link', async () => {
    for (let round = 0; round < rounds; round++) {
      const { email } = await newOperator(database)
      const token = await resetOperator(database.system(), email, { factors: false })
      const body = { token, password: newPassword }
      const cookies = await signInsDuring(round, email, (headers) => ask('POST', '/accept', { body, headers }))
      for (const begun of cookies) expect(await isSignedIn(begun)).toBe(false)
    }
  })
})
