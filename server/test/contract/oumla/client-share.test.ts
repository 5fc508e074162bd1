import { Writable } from 'node:stream'
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { buildApp } from '../../../src/app.ts'
import { issueApiKey } from '../../../src/core/api-keys/api-keys.service.ts'
import { appScopes } from '../../../src/core/api-keys/sandbox.service.ts'
import { quietPorts, steadyNotices, testConfig } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { at, printedFaces } from './faces.ts'
import { addressPaths, addressPathV2, useMaker } from './wallet-calls.ts'

const database = useDatabase()
const make = useMaker(database)

/** Every row of every table, as text. */
async function dump(): Promise<string> {
  const tables = await database.db.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname not in ('pg_catalog', 'information_schema')`,
    [],
  )
  const rows = []
  for (const { name } of tables) {
    rows.push(...(await database.db.query<{ row: string }>(`select t::text as row from ${name} t`, [])))
  }
  return rows.map(({ row }) => row).join('\n')
}

/** The ways in which bytes may stand in a dump or a log. */
function formsOf(text: string): string[] {
  const bytes = Buffer.from(text)
  return [text, bytes.toString('hex'), bytes.toString('base64').replace(/=+$/, '')]
}

describe('a clientShare', () => {
  it('is in no table, no log line and no answer, whatever becomes of the request', async () => {
    const lines: string[] = []
    const sink = new Writable({
      write(chunk, _, done) {
        lines.push(String(chunk))
        done()
      },
    })
    const log = pino({ level: 'trace' }, sink)
    const { db, keys } = database
    const app = await buildApp({ config: testConfig, db, keys, notices: steadyNotices, ...quietPorts, log })
    const ctx = await database.newApp()
    const apiKey = await issueApiKey(ctx, ctx.appId, { name: 'Key', scopes: appScopes, expiresAt: null })
    const answers: string[] = []
    const send = async (url: string, headers: Record<string, string>, body: object) => {
      const response = await app.server.inject({
        method: 'POST',
        url,
        headers: { 'content-type': 'application/json', 'x-api-key': apiKey.secret, ...headers },
        payload: JSON.stringify(body),
      })
      answers.push(JSON.stringify([response.headers, response.body]))
      return response.statusCode
    }
    const clientShare = 'share-4711-canary-4711-share'
    const profile = { reference: 'p1', network: 'tBTC' }
    await send('/api/v1/profiles', {}, { reference: 'p1', type: 'User' })
    await send('/api/v1/wallets/generate', {}, { ...profile, clientShare })
    await make({ ctx, apiKey })
    const statuses = new Set<number>()
    for (const face of printedFaces) {
      for (const path of [...addressPaths, addressPathV2]) {
        const { path: url } = at(face, path)
        const keyed = { ...face.headers, 'idempotency-key': `${path} ${face.present}`.replaceAll(' ', '-') }
        statuses.add(await send(url, face.headers, { ...profile, clientShare }))
        statuses.add(await send(url, keyed, { ...profile, clientShare }))
        statuses.add(await send(url, keyed, { ...profile, clientShare: `${clientShare} again` }))
        statuses.add(await send(url, face.headers, { ...profile, clientShare: [clientShare] }))
        statuses.add(await send(url, face.headers, { ...profile, reference: 'nobody', clientShare }))
        statuses.add(await send(url, face.headers, { ...profile, network: 'DOGE', clientShare }))
      }
    }
    await app.close(1_000)
    expect([...statuses].sort()).toEqual([201, 400, 404, 422])
    const stored = await dump()
    // That the look would find what is there.
    expect(stored).toContain('tb1q')
    expect(lines.length).toBeGreaterThan(0)
    for (const text of [stored, lines.join(''), answers.join('')]) {
      for (const form of formsOf(clientShare)) expect(text).not.toContain(form)
    }
  })
})
