import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { firstSeeded } from '../../references.ts'
import { type Furnished, type Ground, post, type Recipe } from '../recipe.ts'

const appId = 'bench'
const [restKey, masterKey] = [randomBytes(16).toString('hex'), randomBytes(16).toString('hex')]
const application = { 'x-parse-application-id': appId }
const everyone = { '*': true }

/**
 * Parse Server, by its own command and a file of settings. Its cache holds the schema, sessions and roles, never objects,
 * and is on as it ships.
 */
export const parseServer: Recipe = {
  name: 'parse-server',
  home: import.meta.dirname,
  healthPath: '/parse/health',
  async command({ folder, modules, port, url, address, connections }) {
    const file = join(folder, 'settings.json')
    const settings = {
      ...{ appId, masterKey, restAPIKey: restKey },
      ...{ host: '127.0.0.1', port, serverURL: `${url}/parse` },
      // The URL tells it which database it is; it takes no socket's folder from one.
      ...{ databaseURI: 'postgres://localhost', databaseOptions: { ...address, max: connections } },
    }
    await writeFile(file, JSON.stringify(settings), { mode: 0o600 })
    return { serve: [join(modules, 'parse-server', 'lib', 'cli', 'parse-server.js'), file] }
  },
  furnish,
}

async function furnish({ url, rows, query }: Ground): Promise<Furnished> {
  await post(
    `${url}/parse/schemas/profiles`,
    { ...application, 'x-parse-master-key': masterKey },
    {
      className: 'profiles',
      fields: { reference: { type: 'String', required: true }, type: { type: 'String' } },
      classLevelPermissions: { get: everyone, find: everyone, count: everyone, create: everyone },
    },
  )
  // Ids of ten characters, like its own. A page of the newest is read from an index, as a user would have it.
  await query(
    `insert into profiles ("objectId", "createdAt", "updatedAt", reference, type)
     select left(translate(encode(sha256(i::text::bytea), 'base64'), '+/', 'ab'), 10), at, at, ($1::bigint + i)::text, 'User'
     from generate_series(0, $2::bigint - 1) i, lateral (select now() - ($2 - i) * interval '1 ms' as at) made`,
    [firstSeeded, rows],
  )
  await query('create unique index profiles_reference on profiles (reference)')
  await query('create index profiles_created on profiles ("createdAt")')

  // With the master key it would give an estimate for a total.
  const headers = { ...application, 'x-parse-rest-api-key': restKey }
  const read = { method: 'GET', headers, expectedStatus: 200 } as const
  const where = encodeURIComponent('{"reference":"REFERENCE"}').replace('REFERENCE', '{seeded}')
  return {
    create: {
      ...{
        method: 'POST',
        path: '/parse/classes/profiles',
        headers: { ...headers, 'content-type': 'application/json' },
      },
      ...{ body: '{"reference":"{new}","type":"User"}', expectedStatus: 201 },
    },
    get: { ...read, path: `/parse/classes/profiles?where=${where}&limit=1` },
    list: { ...read, path: '/parse/classes/profiles?order=-createdAt&limit=10&count=1' },
    table: 'profiles',
  }
}
