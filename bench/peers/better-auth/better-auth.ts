import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { firstSeeded } from '../../references.ts'
import { type Furnished, type Ground, post, type Recipe } from '../recipe.ts'

/** So many ids are enough that reads do not ask for the same rows again and again. */
const mostIds = 10_000

/**
 * Better Auth on node:http, with its admin plugin: a user is its profile, and the e-mail its reference. An admin asks, whose
 * session is found anew for each request.
 */
export const betterAuth: Recipe = {
  name: 'better-auth',
  home: import.meta.dirname,
  healthPath: '/api/auth/ok',
  async command({ folder, url, address, connections }) {
    const file = join(folder, 'settings.json')
    const settings = { url, secret: randomBytes(32).toString('hex'), address, connections }
    await writeFile(file, JSON.stringify(settings), { mode: 0o600 })
    const main = (name: string) => join(import.meta.dirname, name)
    return { prepare: [main('migrate.mjs'), file], serve: [main('server.mjs'), file] }
  },
  furnish,
}

async function furnish({ url, rows, query }: Ground): Promise<Furnished> {
  const cookie = await signUpAdmin(url, query)
  // Ids of 32 characters, like its own. A page of the newest is read from an index, as a user would have it.
  await query(
    `insert into "user" (id, name, email, "emailVerified", "createdAt", "updatedAt", type, role, banned)
     select md5(i::text), 'User', ($1::bigint + i) || '@example.com', false, at, at, 'User', 'user', false
     from generate_series(0, $2::bigint - 1) i, lateral (select now() - ($2 - i) * interval '1 ms' as at) made`,
    [firstSeeded, rows],
  )
  await query('create index user_created on "user" ("createdAt")')
  const seeded = await query<{ id: string }>(`select id from "user" where role = 'user' limit ${mostIds}`)

  const headers = { cookie, origin: url }
  const read = { method: 'GET', headers, expectedStatus: 200 } as const
  return {
    create: {
      ...{ method: 'POST', path: '/api/auth/admin/create-user' },
      headers: { ...headers, 'content-type': 'application/json' },
      ...{ body: '{"email":"{new}@example.com","name":"User","data":{"type":"User"}}', expectedStatus: 200 },
    },
    // The user of one's own session is to be had for three quarters of that, but of nobody else.
    get: { ...read, path: '/api/auth/admin/get-user?id={id}' },
    list: { ...read, path: '/api/auth/admin/list-users?limit=10&sortBy=createdAt&sortDirection=desc' },
    ids: seeded.map(({ id }) => id),
    table: '"user"',
    note: 'It creates users without a password, through its admin plugin: a sign-up would hash one, which nobody else does in a create.',
  }
}

/** The cookie of a session whose user may do everything. */
async function signUpAdmin(url: string, query: Ground['query']): Promise<string> {
  const person = { name: 'Bench', email: 'bench@example.com', password: randomBytes(16).toString('hex') }
  const signedUp = await post(`${url}/api/auth/sign-up/email`, { origin: url }, person)
  await query(`update "user" set role = 'admin' where email = $1`, [person.email])
  return signedUp.headers
    .getSetCookie()
    .map((text) => text.split(';', 1)[0])
    .join('; ')
}
