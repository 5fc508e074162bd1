import { describe, expect, it } from 'vitest'
import { useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { consoleOf, newOperator } from '../../helpers/operators.ts'

const database = useDatabase()
const api = useApi(database, { trustedProxies: ['127.0.0.1'] })
const { ask } = consoleOf(api)
const tries = process.env.FACET_PROVE ? 500 : 60

function sampleOf(times: readonly number[]): { mean: number; variance: number } {
  const mean = times.reduce((sum, time) => sum + time, 0) / times.length
  const squares = times.reduce((sum, time) => sum + (time - mean) ** 2, 0)
  return { mean, variance: squares / (times.length - 1) / times.length }
}

describe('the time of a sign-in', () => {
  it(`does not tell a known e-mail from an unknown one: |t| < 4.5 over ${tries} tries each`, async () => {
    const { email } = await newOperator(database)
    const times: Record<string, number[]> = { [email]: [], 'nobody@example.com': [] }
    // The first ones open connections, prepare statements and compile.
    for (let n = -10; n < tries; n++) {
      for (const name of Object.keys(times).toSorted(() => Math.random() - 0.5)) {
        // Neither is slowed for what was guessed before.
        await database.db.query('delete from auth.guesses', [])
        const began = performance.now()
        const answer = await ask('POST', '/sign-in/email', {
          body: { email: name, password: `wrong password ${n}` },
          headers: { 'x-forwarded-for': `10.0.${(n + 10) >> 8}.${(n + 10) & 255}`, 'x-forwarded-proto': 'http' },
        })
        if (n >= 0) times[name]?.push(performance.now() - began)
        expect(answer.statusCode).toBe(401)
      }
    }
    const [known, unknown] = Object.values(times).map(sampleOf)
    if (!known || !unknown) throw new Error('Nothing was measured')
    const t = (known.mean - unknown.mean) / Math.sqrt(known.variance + unknown.variance)
    expect(Math.abs(t)).toBeLessThan(4.5)
  }, 300_000)
})
