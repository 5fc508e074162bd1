// What a user of Better Auth writes as `auth.ts`. The file of settings is the first argument of every main file here.
import { readFileSync } from 'node:fs'
import { betterAuth } from 'better-auth'
import { admin } from 'better-auth/plugins'
import pg from 'pg'

const { url, secret, address, connections } = JSON.parse(readFileSync(process.argv[2], 'utf8'))

export const auth = betterAuth({
  baseURL: url,
  secret,
  database: new pg.Pool({ ...address, max: connections }),
  emailAndPassword: { enabled: true },
  user: { additionalFields: { type: { type: 'string', required: false } } },
  plugins: [admin()],
  // A session and its user in one statement. No cookie cache: that answers without asking the database, with what it was.
  advanced: { database: { joins: true } },
  // On in production, where it lets an address ask a hundred times in ten seconds.
  rateLimit: { enabled: false },
})
