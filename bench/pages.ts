// `npm run bench:pages`: how long a page by position takes at several depths, passing profiles one by one and by marks
// (docs/adr/0031), and how long the marks take to make.
import { randomUUID } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { pino } from 'pino'
import type { AppJobCtx } from '../server/src/core/context.ts'
import { listAppsToMark, markProfiles, markSize } from '../server/src/core/profiles/marks.service.ts'
import { selectPage, selectPlaced } from '../server/src/core/profiles/profiles-page.queries.ts'
import { migrate } from '../server/src/infra/db/migrate.ts'
import { openPool } from '../server/src/infra/db/pool.ts'
import { createCleanup } from './cleanup.ts'
import { startDatabase } from './database.ts'
import { fillWithPeople } from './people.ts'

const rounds = 15
const take = 10
const newestFirst = [{ by: 'createdAt', descending: true }] as const

/** The best of some: other work on the machine only ever adds to one. */
async function bestMs(work: () => Promise<unknown>): Promise<string> {
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < rounds; round++) {
    const begin = performance.now()
    await work()
    best = Math.min(best, performance.now() - begin)
  }
  return best.toFixed(2)
}

async function makeMarks(ctx: AppJobCtx): Promise<string> {
  const runs: string[] = []
  while ((await listAppsToMark(ctx, markSize)).includes(ctx.appId)) {
    const begin = performance.now()
    await markProfiles(ctx, markSize)
    runs.push((performance.now() - begin).toFixed(0))
  }
  return runs.join(', ')
}

async function print(ctx: AppJobCtx, rows: number): Promise<void> {
  const newest = (await selectPage(ctx, { skip: 0, take: 1 }, newestFirst, 0)).items[0]
  if (newest === undefined) throw new Error('Nothing to measure')
  const place = () => selectPlaced(ctx, newest.id)
  const placeBefore = await bestMs(place)
  const making = await makeMarks(ctx)
  const lines = [
    `| ${rows} profiles, skip | one by one, ms | by marks, ms | by marks, newest first, ms |`,
    '| ---: | ---: | ---: | ---: |',
  ]
  // As far behind a mark as can be.
  for (const skip of [0, ...[0, 0.1, 0.5, 0.98].map((share) => Math.floor(rows * share) + markSize - 1)]) {
    const page = { skip, take }
    const times = [
      await bestMs(() => selectPage(ctx, page, [], Number.POSITIVE_INFINITY)),
      await bestMs(() => selectPage(ctx, page, [], 0)),
      await bestMs(() => selectPage(ctx, page, newestFirst, 0)),
    ]
    lines.push(`| ${skip} | ${times.join(' | ')} |`)
  }
  lines.push(`| the place of the newest | ${placeBefore} | ${await bestMs(place)} | |`)
  process.stdout.write(`${lines.join('\n')}\n\nMaking the marks, run by run: ${making} ms.\n`)
}

async function measure(rows: number): Promise<void> {
  const cleanup = createCleanup()
  const stop = () => void cleanup.run().finally(() => process.exit(130))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop)
  try {
    const folder = mkdtempSync(join(tmpdir(), 'facet-bench-'))
    chmodSync(folder, 0o711)
    cleanup.add(() => rmSync(folder, { recursive: true, force: true }), 'folder')
    const say = (line: string) => process.stderr.write(`${line}\n`)
    const { address } = await startDatabase(join(folder, 'database'), say, cleanup)
    const client = new pg.Client(address)
    await client.connect()
    cleanup.add(() => client.end())
    await migrate(client)
    const log = pino({ level: 'warn' }, process.stderr)
    const db = openPool({ address, connections: 1, log })
    cleanup.add(() => db.close())
    const appId = randomUUID()
    say(`Making ${rows} profiles …`)
    await fillWithPeople(client, appId, rows)
    const actor = { kind: 'system', id: 'bench' } as const
    await print({ db, log, appId, actor, now: new Date(), requestId: null }, rows)
  } finally {
    await cleanup.run()
  }
}

const { values } = parseArgs({ options: { rows: { type: 'string', default: '1000000' } } })
await measure(Number(values.rows))
