import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type pg from 'pg'

/** What stands in one place: a table or a file. */
export interface Stored {
  readonly place: string
  readonly bytes: Buffer
}

/** Every row of every table of every schema as text, one table after the other; behind it, as they are, the bytes that stand in the text in hex. */
export async function* rowsOf(client: pg.Client): AsyncGenerator<Stored> {
  const { rows: tables } = await client.query<{ place: string }>(
    `select c.oid::regclass::text as place from pg_class c where relkind in ('r', 'm') order by 1`,
  )
  for (const { place } of tables) {
    const { rows } = await client.query<{ row: string }>(`select t::text as row from ${place} t`)
    const text = rows.map(({ row }) => row).join('\n')
    const decoded = [...text.matchAll(/\\x((?:[\da-f]{2})+)/g)].map(([, hex = '']) => Buffer.from(hex, 'hex'))
    yield { place, bytes: Buffer.concat([Buffer.from(text), ...decoded]) }
  }
}

/** Every file in a folder and below, by its path in it. */
export function* filesIn(folder: string): Generator<Stored> {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    yield { place: path.slice(folder.length + 1), bytes: readFileSync(path) }
  }
}
