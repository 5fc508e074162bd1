import { setTimeout as wait } from 'node:timers/promises'
import type pg from 'pg'
import { countSlots } from '../../server/src/core/count-slots.ts'
import { copyIn } from './copy-in.ts'
import { columns, copyText, type Population } from './rows.ts'

/**
 * Puts a population into an app by COPY, as if the core had made it one by one and its worker had done what comes after. The indexes are
 * built when the rows are there; only the primary key grows along, since ids come in order.
 */
export async function fill(client: pg.Client, population: Population): Promise<void> {
  const { appId, rows } = population
  await client.query("set maintenance_work_mem = '1GB'")
  const { rows: indexes } = await client.query<{ name: string; definition: string }>(
    `select indexname as name, indexdef as definition from pg_indexes
     where schemaname = current_schema() and tablename = 'profiles' and indexname <> 'profiles_pkey'`,
  )
  for (const { name } of indexes) await client.query(`drop index ${name}`)
  await copyIn(client, `profiles (${columns})`, copyText(population))
  for (const { definition } of indexes) await client.query(definition)
  await client.query(
    `insert into profile_words (app_id, word, profile_id)
     select app_id, word, id from profiles, unnest(name_words) word where app_id = $1`,
    [appId],
  )
  await client.query(
    `insert into profile_counts (app_id, slot, live)
     select $1, slot, $2::bigint / $3 + case when slot < $2 % $3 then 1 else 0 end from generate_series(0, $3 - 1) slot`,
    [appId, rows, countSlots],
  )
  await client.query('vacuum (analyze) profiles, profile_words, profile_counts')
  await markAll(client, rows)
  await client.query('checkpoint')
}

/** A mark is made over so many profiles, so that fewer may wait for the next one. */
const markSize = 10_000
const marksPatienceMs = 600_000

/** Waits until the worker has passed all profiles with the marks that deep pages are found by; asks it to go on without its pauses. */
async function markAll(client: pg.Client, rows: number): Promise<void> {
  const table = await client.query<{ there: boolean }>(`select to_regclass('profile_marks') is not null as there`)
  if (!table.rows[0]?.there) return
  const deadline = performance.now() + marksPatienceMs
  for (;;) {
    const { rows: found } = await client.query<{ live: string }>(
      'select coalesce(sum(live), 0) as live from profile_marks',
    )
    if (Number(found[0]?.live) + markSize > rows) return
    if (performance.now() > deadline) throw new Error('The worker did not mark all profiles')
    await client.query("select graphile_worker.add_job('mark_profiles', job_key := 'bench')")
    await wait(200)
  }
}
