import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { firstSeeded } from '../../references.ts'
import { type Furnished, type Ground, post, type Recipe } from '../recipe.ts'

const token = randomBytes(16).toString('hex')

/**
 * Directus, by its own command less the look for a newer version that its `cli.js` begins with. The native part of
 * isolated-vm, which it loads at every start, is not in the package.
 */
export const directus: Recipe = {
  name: 'directus',
  home: import.meta.dirname,
  nodeHome: join(import.meta.dirname, '..', 'node22'),
  builds: ['isolated-vm'],
  healthPath: '/server/ping',
  async command(ground) {
    for (const name of ['uploads', 'extensions']) await mkdir(join(ground.folder, name))
    const main = join(ground.modules, '@directus', 'api', 'dist', 'cli', 'run.js')
    return { prepare: [main, 'bootstrap'], serve: [main, 'start'], env: settingsOf(ground) }
  },
  furnish,
}

function settingsOf({ port, url, address, connections }: Ground): Record<string, string> {
  return {
    ...{ HOST: '127.0.0.1', PORT: String(port), PUBLIC_URL: url, SECRET: randomBytes(32).toString('hex') },
    ...{ ADMIN_EMAIL: 'bench@example.com', ADMIN_PASSWORD: randomBytes(16).toString('hex'), ADMIN_TOKEN: token },
    ...{ DB_CLIENT: 'pg', DB_HOST: address.host, DB_PORT: String(address.port), DB_DATABASE: address.database },
    ...{ DB_USER: address.user, DB_PASSWORD: address.password, DB_POOL__MAX: String(connections) },
    PACKAGE_FILE_LOCATION: import.meta.dirname,
    // Lines of JSON, not the coloured ones for a developer.
    LOG_STYLE: 'raw',
    TELEMETRY: 'false',
    // Else it copies the whole schema for each request.
    CACHE_SCHEMA_FREEZE_ENABLED: 'true',
    // It answers 503 to everyone once it has been busy for 99 % of its life, as a load that asks for all it can makes it.
    PRESSURE_LIMITER_ENABLED: 'false',
  }
}

async function furnish({ url, rows, query }: Ground): Promise<Furnished> {
  const headers = { authorization: `Bearer ${token}` }
  await post(`${url}/collections`, headers, {
    collection: 'profiles',
    // No activity and no revision is kept of them: that is a switch of its own, and makes creates faster.
    meta: { accountability: null },
    schema: {},
    fields: [
      { field: 'id', type: 'integer', schema: { is_primary_key: true, has_auto_increment: true } },
      { field: 'reference', type: 'string', schema: { is_unique: true, is_nullable: false } },
      { field: 'type', type: 'string' },
    ],
  })
  await query(
    `insert into profiles (reference, type) select ($1::bigint + i)::text, 'User' from generate_series(0, $2::bigint - 1) i`,
    [firstSeeded, rows],
  )

  const read = { method: 'GET', headers, expectedStatus: 200 } as const
  return {
    create: {
      ...{ method: 'POST', path: '/items/profiles', headers: { ...headers, 'content-type': 'application/json' } },
      ...{ body: '{"reference":"{new}","type":"User"}', expectedStatus: 200 },
    },
    get: { ...read, path: '/items/profiles?filter[reference][_eq]={seeded}&limit=1' },
    list: { ...read, path: '/items/profiles?sort=-id&limit=10&meta=total_count' },
    table: 'profiles',
  }
}
