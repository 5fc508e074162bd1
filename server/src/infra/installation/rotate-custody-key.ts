import type { Client } from 'pg'
import { createLocalKey } from '../keys/wrapping-key.ts'
import { addCustodyKey, readCustodyKeyFile, writeCustodyKeyFile } from './custody-key-file.ts'
import { type CustodyOptions, nameCustodyKey, type OpenedCustodyKey, openCustodyKey } from './open-custody-key.ts'

/**
 * Lets the first of the custody keys wrap from now on, and gives them. Where they are in the file, that is a new one, which is in the
 * file before anything is wrapped with it. What the others wrapped is for `rewrapDataKeys`. Callers hold the set-up lock: otherwise
 * another rotation could drop the new key while the database does not name it yet.
 */
export async function beginRotation(client: Client, options: CustodyOptions): Promise<OpenedCustodyKey> {
  const before = await openCustodyKey(client, options)
  if (before.source === 'file') await addCustodyKey(options.dataDir)
  const key = before.source === 'file' ? await openCustodyKey(client, options) : before
  await nameCustodyKey(client, key)
  return key
}

/** Takes the keys out of the file that wrap nothing any more; gives how many. Callers hold the set-up lock. */
export async function dropSpareKeys(client: Client, dataDir: string): Promise<number> {
  const { rows } = await client.query<{ id: string }>(
    'select custody_key_id as id from installation union select custody_key_id from custody_data_keys',
  )
  const needed = new Set(rows.map(({ id }) => id))
  const keys = await readCustodyKeyFile(dataDir)
  const kept = keys.filter((bytes) => needed.has(createLocalKey(bytes).id))
  if (kept.length < keys.length) await writeCustodyKeyFile(dataDir, kept)
  return keys.length - kept.length
}
