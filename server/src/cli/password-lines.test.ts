import { describe, expect, it } from 'vitest'
import { useDatabase } from '../../test/helpers/database.ts'
import { registerPerson } from '../core/credentials/credentials.service.ts'
import { login } from '../core/credentials/logins.service.ts'
import { createProfile } from '../core/profiles/profiles.service.ts'
import { importPasswordLines } from './password-lines.ts'

const database = useDatabase()
const hash = 'pbkdf2_sha256$20000$seasalt$sDFQOC2k4+tb1jP08va7UubfLHZ9caJ7f35RroLtRS8='
const password = 'lètmein-Пароль-密码'

describe('importPasswordLines', () => {
  it('does the good lines under each key, and names the others by their numbers, repeating nothing of them', async () => {
    const ctx = await database.newApp()
    const ada = await createProfile(ctx, { username: 'ada', email: 'ada@example.com', reference: 'a-1' })
    await registerPerson(ctx, { profile: { username: 'bob' }, password: 'correct horse battery' })
    const lines = [
      JSON.stringify({ username: 'ADA', hash }),
      '',
      JSON.stringify({ email: 'Ada@Example.com', hash }),
      `{"username": "ada", "hash": "${hash}"`,
      JSON.stringify({ hash, reference: 'a-1' }),
      JSON.stringify({ id: ada.id, hash }),
      JSON.stringify({ username: 'bob', hash }),
      JSON.stringify({ username: 'nobody', hash }),
      JSON.stringify({ username: 'ada', hash: 'secret plain text' }),
      JSON.stringify({ username: 'ada', email: 'ada@example.com', hash }),
      JSON.stringify({ hash }),
      JSON.stringify({ uid: ada.uid, hash }),
      JSON.stringify({ username: 7, hash }),
      JSON.stringify({ username: 'ada' }),
      '[]',
      'null',
    ]
    const told: number[] = []
    async function* given() {
      yield* lines
    }
    const report = await importPasswordLines(ctx, ctx.appId, given(), ({ line }) => told.push(line))
    expect(report).toEqual({
      imported: 4,
      kept: 1,
      refused: [
        { line: 4, reason: 'it is not a JSON object' },
        { line: 8, reason: 'there is no such profile in this app' },
        { line: 9, reason: 'the hash has no form that is known, or costs too much to verify' },
        { line: 10, reason: 'name the profile by one of username, email, reference, id, as a text' },
        { line: 11, reason: 'name the profile by one of username, email, reference, id, as a text' },
        { line: 12, reason: 'name the profile by one of username, email, reference, id, as a text' },
        { line: 13, reason: 'name the profile by one of username, email, reference, id, as a text' },
        { line: 14, reason: 'hash must be a text' },
        { line: 15, reason: 'it is not a JSON object' },
        { line: 16, reason: 'it is not a JSON object' },
      ],
    })
    expect(told).toEqual(report.refused.map(({ line }) => line))
    expect((await login(ctx, { name: 'ada', password, address: '203.0.113.7' })).id).toBe(ada.id)
  })
})
