import { expect, it } from 'vitest'
import { useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { type Client, newSite, password } from './client.ts'

const database = useDatabase()
const api = useApi(database)
const clients = 100
const rounds = process.env.FACET_PROVE ? 100 : 3

/** The same name to everybody, as different people type it. */
function spelled(name: string, client: number): string {
  return [...name].map((letter, index) => ((client >> (index % 7)) & 1 ? letter.toUpperCase() : letter)).join('')
}

/** How many rows the app has in each table that a registration writes. */
async function rowsOf({ ctx }: Client): Promise<number[]> {
  const tables = ['profiles', 'profile_tokens', 'credentials']
  const counts = tables.map((table) =>
    database.db.query<{ n: number }>(`select count(*)::int as n from ${table} where app_id = $1`, [ctx.appId]),
  )
  const events = database.db.query<{ n: number }>(
    'select (select count(*) from events where app_id = $1)::int + (select count(*) from events_pending where app_id = $1)::int as n',
    [ctx.appId],
  )
  return (await Promise.all([...counts, events])).map(([row]) => row?.n ?? -1)
}

it(
  `of ${clients} clients that register one name in different case at once one gets it, ${rounds} rounds, and the others leave nothing`,
  async () => {
    const site = await newSite(api, database)
    let toldByTheWrite = 0
    for (let round = 0; round < rounds; round++) {
      const name = `racer-${round}`
      const before = await rowsOf(site)
      const register = (_: unknown, client: number) =>
        site.register({
          ...{ username: spelled(name, client), email: `r${round}c${client}@example.com`, first_name: 'Racer' },
          ...(client % 2 === 0 && { password }),
        })
      const answers = await Promise.all(Array.from({ length: clients }, register))
      const [made, ...more] = answers.filter(({ statusCode }) => statusCode === 201).map((answer) => answer.json())
      expect([made.username, more]).toEqual([name, []])
      const refused = answers.filter(({ statusCode }) => statusCode !== 201)
      const refusedLookless = answers.filter(({ statusCode }, client) => statusCode !== 201 && client % 2 === 1)
      const listed = `["User account ${name} already exists"]`
      const named = `{"username":["${name} already exists"]}`
      expect(refused.filter(({ body }) => body !== listed && body !== named)).toEqual([])
      // Without a password nobody looks before the write: whoever loses hears of a name that is taken.
      expect(refusedLookless.filter(({ body }) => body !== named)).toEqual([])
      expect(new Set(refused.map(({ statusCode }) => statusCode))).toEqual(new Set([400]))
      toldByTheWrite += refused.filter(({ body }) => body === listed).length
      const after = await rowsOf(site)
      const passwords = 'last_password_edit' in made.metadata ? 1 : 0
      expect(after.map((count, table) => count - (before[table] ?? 0))).toEqual([1, 1, passwords, 1])
    }
    // Some looked while the name was free.
    expect(toldByTheWrite).toBeGreaterThan(0)
  },
  60_000 + rounds * 5_000,
)

it('who loses the e-mail alone is told so at its field', async () => {
  const site = await newSite(api, database)
  const register = (_: unknown, client: number) =>
    site.register({ username: `mail${client}`, email: 'one@example.com', first_name: 'M', password })
  const answers = await Promise.all(Array.from({ length: 20 }, register))
  expect(answers.filter(({ statusCode }) => statusCode === 201)).toHaveLength(1)
  const refused = answers.filter(({ statusCode }) => statusCode !== 201).map(({ body }) => body)
  expect(new Set(refused)).toEqual(new Set(['{"email":["This email address is already in use. "]}']))
})
