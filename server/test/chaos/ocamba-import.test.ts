import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { describe, expect, it, vi } from 'vitest'
import { useServerDatabases } from '../helpers/database.ts'
import { childrenOf, cleanUpProcesses, newFolder, sandboxOf, startFacet } from '../helpers/facet-process.ts'

cleanUpProcesses()

const newDatabase = useServerDatabases()

describe('An import whose worker is killed', () => {
  it('while it waits, and again in the midst of the work, is done whole and before the next one', async () => {
    const databaseUrl = await newDatabase()
    const dataDir = newFolder()
    const env = { DATABASE_URL: databaseUrl, FACET_MASTER_KEY: randomBytes(32).toString('hex') }
    const facet = startFacet({ ...env, FACET_DATA_DIR: dataDir, FACET_PORT: '0', FACET_LOG_LEVEL: 'silent' })
    const base = `${await facet.ready()}/v1/hood/profiles`
    const headers = { authorization: `Bearer ${sandboxOf(dataDir).secret}`, 'content-type': 'application/json' }
    const post = async (path: string, body: object) => {
      const response = await fetch(base + path, { method: 'POST', headers, body: JSON.stringify(body) })
      expect(response.status).toBeLessThan(300)
      return (await response.json()) as { id: string }
    }
    const ids = [(await post('', { email: 'a@example.com' })).id, (await post('', { email: 'b@example.com' })).id]
    const queue = (last: number) =>
      post('/import', { profiles: ids.map((id) => ({ id, custom_properties: { last, [`import ${last}`]: true } })) })
    const kill = async () => {
      await vi.waitUntil(() => childrenOf(facet.pid).length === 1, { timeout: 10_000 })
      for (const worker of childrenOf(facet.pid)) process.kill(worker, 'SIGKILL')
    }

    const database = new pg.Client(databaseUrl)
    await database.connect()
    // The second profile is held, so that the work of the first import stands still in its midst.
    await database.query('begin')
    await database.query('select from profiles where long_id = $1 for update', [ids[1]])
    await kill()
    await queue(1)
    const waiting = async () => {
      await database.query('select pg_stat_clear_snapshot()')
      const text = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
      return (await database.query(text)).rowCount
    }
    await expect.poll(waiting, { timeout: 70_000, interval: 50 }).toBe(1)
    await kill()
    await queue(2)
    await database.query('rollback')

    const left = async () => (await database.query('select from profile_imports')).rowCount
    await expect.poll(left, { timeout: 70_000, interval: 50 }).toBe(0)
    const { rows } = await database.query('select attributes from profiles order by id')
    const whole = { last: 2, 'import 1': true, 'import 2': true }
    expect(rows).toEqual([{ attributes: whole }, { attributes: whole }])
    await database.end()
  }, 180_000)
})
