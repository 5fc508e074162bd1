/** A POST is a login by the right password; see profile-server.ts. */
import { randomBytes } from 'node:crypto'
import { registerPerson } from '../../server/src/core/credentials/credentials.service.ts'
import { login } from '../../server/src/core/credentials/logins.service.ts'
import { createCredentialsKey } from '../../server/src/infra/keys/credentials-key.ts'
import { createPasswords } from '../../server/src/infra/passwords/passwords.ts'
import { type ProfileServerOrder, serveProfiles } from './profile-server.ts'

const parts = { keys: createCredentialsKey(randomBytes(32)), passwords: createPasswords() }
const person = { name: 'bench', password: 'correct horse battery', address: '127.0.0.1' }

process.once('message', (order: ProfileServerOrder) =>
  serveProfiles(order, parts, async (contextNow) => {
    await registerPerson(contextNow(), { profile: { username: person.name }, password: person.password })
    return async () => ({ id: (await login(contextNow(), person)).id })
  }),
)
