import type pg from 'pg'
import { packCursor } from '../../server/src/core/pagination.ts'
import type { SignedIn } from '../signed-in.ts'
import { idAround, namedEvery, type Population } from './rows.ts'

/** Texts to ask for, drawn from all of a population, by the names under which requests draw them. */
export type Draws = Readonly<Record<string, readonly string[]>>

/** So many that their rows do not all stay in the database's own memory. */
const most = 20_000
/** Somewhere in the middle, and in the last hundredth, of a list that begins with the newest. */
const middle = [0.45, 0.55] as const
const end = [0, 0.01] as const
const cursors = 2_000

/** Identifiers of profiles by chance, cursors into their list, and what signed-in people show of themselves. */
export async function drawsOf(client: pg.Client, population: Population, people: SignedIn): Promise<Draws> {
  const all = await sample(client, population, ['id', 'uid', 'long_id', 'reference'], 'reference')
  const named = await sample(client, population, ['number', 'username', 'email', 'phone'], 'username')
  return {
    ...all,
    ...named,
    token: people.tokens,
    access: people.accesses,
    middle: cursorsWithin(population, middle),
    end: cursorsWithin(population, end),
  }
}

/** Columns, as they stand in a path, of profiles by chance that have one of them. */
async function sample(
  client: pg.Client,
  { appId, rows }: Population,
  columns: readonly string[],
  present: 'reference' | 'username',
): Promise<Draws> {
  const wanted = present === 'reference' ? most : most * namedEvery
  const percent = Math.min(100, (100 * wanted) / rows)
  const { rows: found } = await client.query<Record<string, unknown>>(
    `select ${columns.join(', ')} from profiles tablesample bernoulli (${percent}) where app_id = $1 and ${present} is not null`,
    [appId],
  )
  return Object.fromEntries(columns.map((name) => [name, found.map((row) => encodeURIComponent(String(row[name])))]))
}

/** Cursors of the native list in its own order, which any id is the place of, whether or not it is there. */
function cursorsWithin(population: Population, [from, to]: readonly [number, number]): string[] {
  return Array.from({ length: cursors }, () => {
    const share = from + Math.random() * (to - from)
    return packCursor(['-createdAt', idAround(population, share * population.rows)])
  })
}
