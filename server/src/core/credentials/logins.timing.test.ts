import { describe, expect, it } from 'vitest'
import { useDatabase } from '../../../test/helpers/database.ts'
import { registerPerson } from './credentials.service.ts'
import { login } from './logins.service.ts'

const database = useDatabase()
const tries = process.env.FACET_PROVE ? 500 : 60

interface Sample {
  readonly mean: number
  /** Of the mean. */
  readonly variance: number
}

function sampleOf(times: readonly number[]): Sample {
  const mean = times.reduce((sum, time) => sum + time, 0) / times.length
  const squares = times.reduce((sum, time) => sum + (time - mean) ** 2, 0)
  return { mean, variance: squares / (times.length - 1) / times.length }
}

/** Welch's t: how surely two samples differ in their means. */
function welch(a: Sample, b: Sample): number {
  return (a.mean - b.mean) / Math.sqrt(a.variance + b.variance)
}

describe('the time of a login', () => {
  it(`does not tell a known person, with or without a password, from an unknown one: |t| < 4.5 over ${tries} tries each`, async () => {
    const ctx = await database.newApp()
    await registerPerson(ctx, { profile: { username: 'known' }, password: 'correct horse battery' })
    await registerPerson(ctx, { profile: { username: 'bare' }, password: undefined })
    const times: Record<string, number[]> = { known: [], bare: [], nobody: [] }
    const names = Object.keys(times)
    // The first ones open connections, prepare statements and compile.
    for (let i = -10; i < tries; i++) {
      for (const name of names.toSorted(() => Math.random() - 0.5)) {
        const began = performance.now()
        // Each from an address of its own, so that none is locked.
        const attempt = login(ctx, { name, password: `wrong password ${i}`, address: `10.0.${i >> 8}.${i & 255}` })
        await expect(attempt).rejects.toMatchObject({ fault: { code: 'login_failed', attemptsLeft: 9 } })
        if (i >= 0) times[name]?.push(performance.now() - began)
      }
    }
    const [known, bare, nobody] = names.map((name) => sampleOf(times[name] ?? []))
    if (!known || !bare || !nobody) throw new Error('Nothing was measured')
    expect(Math.abs(welch(known, nobody))).toBeLessThan(4.5)
    expect(Math.abs(welch(bare, nobody))).toBeLessThan(4.5)
  }, 300_000)
})
