import { randomBytes } from 'node:crypto'
import { mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Client } from 'pg'
import { parseMasterKey } from '../../config/values.ts'
import type { Config } from '../../config.ts'
import { type CredentialsKey, createCredentialsKey, matches } from '../keys/credentials-key.ts'
import { readIfThere, writePrivateFile } from './private-file.ts'
import { StartError } from './start-error.ts'

/**
 * The credentials key of the installation: from FACET_MASTER_KEY, else from the file in the data folder, which is made
 * only when the database has no key yet and `makes` is set. Throws StartError when the key is not the database's, or
 * others can read its file. Callers hold the set-up lock.
 */
export async function openCredentialsKey(
  client: Client,
  config: Config,
  { makes }: { readonly makes: boolean },
): Promise<CredentialsKey> {
  const stored = await storedKey(client)
  if (stored === undefined && !makes) throw new StartError('The database has no master key yet: run facet migrate')
  const file = join(config.dataDir, 'master.key')
  const master = config.masterKey ?? (await keyInFile(file))
  if (master === undefined && stored !== undefined) {
    throw new StartError(
      `The database was set up with the master key ${stored.id}, and ${file} is not there: restore it, or set FACET_MASTER_KEY`,
    )
  }
  const key = createCredentialsKey(master ?? (await newKeyInFile(config.dataDir, file)))
  if (stored === undefined) {
    await client.query('insert into installation (credentials_key_id, credentials_key_check) values ($1, $2)', [
      key.id,
      key.check,
    ])
  } else if (!matches(key, stored)) {
    const source = config.masterKey === undefined ? file : 'FACET_MASTER_KEY'
    throw new StartError(
      `${source} holds the master key ${key.id}, but the database was set up with ${stored.id}: give that one, or point DATABASE_URL or FACET_DATA_DIR at the right installation`,
    )
  }
  return key
}

async function storedKey(client: Client): Promise<{ id: string; check: Buffer } | undefined> {
  const { rows } = await client.query<{ id: string; check: Buffer }>(
    'select credentials_key_id as id, credentials_key_check as check from installation',
  )
  return rows[0]
}

async function keyInFile(file: string): Promise<Buffer | undefined> {
  const text = await readIfThere(file)
  if (text === undefined) return undefined
  if (((await stat(file)).mode & 0o077) !== 0) {
    throw new StartError(`${file} can be read by others, and it opens every sealed secret: chmod 600 ${file}`)
  }
  const key = parseMasterKey(text.trim())
  if (key === undefined) {
    throw new StartError(`${file} holds no master key (32 bytes in base64): restore it from a copy`)
  }
  return key
}

async function newKeyInFile(dataDir: string, file: string): Promise<Buffer> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const key = randomBytes(32)
  await writePrivateFile(file, `${key.toString('base64')}\n`)
  return key
}
