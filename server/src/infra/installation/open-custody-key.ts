import type { Client } from 'pg'
import type { CustodyConfig } from '../../config/custody.ts'
import { checkOf, provePossession } from '../../core/custody/custody.rules.ts'
import type { CustodyKey } from '../../core/ports.ts'
import { type CustodyKeys, createCustodyKey } from '../keys/custody-key.ts'
import { KeyOutage, type WrappingKey } from '../keys/wrapping-key.ts'
import { addCustodyKey, custodyKeyFile, removeUnfinishedKeyFiles } from './custody-key-file.ts'
import { type GivenKeys, gatherKeys } from './given-keys.ts'
import { StartError } from './start-error.ts'

/** Where the key is that a rotation moves to. */
export type CustodySource = 'kms' | 'environment' | 'file'

export interface OpenedCustodyKey extends CustodyKey {
  readonly source: CustodySource
  /** Why the database's key could not be put to the proof, when that is borne: its first use is the proof. */
  readonly outage: string | undefined
}

export interface CustodyOptions {
  readonly dataDir: string
  readonly custody: CustodyConfig
  /** Whether to make a key when the database has none, or to refuse. */
  readonly makes: boolean
  /** Whether to open a key of AWS KMS that the database names while AWS KMS does not answer, or to refuse. */
  readonly bearsOutage: boolean
}

/**
 * The custody keys that are at hand: that of FACET_CUSTODY_KMS_KEY, those of FACET_CUSTODY_KEY, and those of the file in the data folder,
 * which is made only when the database has no key yet, none is given, and `makes` is set. The first of these is the one that a rotation
 * moves to. Throws StartError when the database's key is not among them or does not open what it wrapped, one of them is the master key
 * too, or others can read the file. Callers hold the set-up lock.
 */
export async function openCustodyKey(client: Client, options: CustodyOptions): Promise<OpenedCustodyKey> {
  const { credentialsKeyId, ...stored } = await storedKeys(client)
  if (stored.id === null && !options.makes) {
    throw new StartError('The database has no custody key yet: facet start makes it')
  }
  await removeUnfinishedKeyFiles(options.dataDir)
  const given = await gatherKeys({ ...options, credentialsKeyId, custodyKeyId: stored.id })
  const { source, first } = firstOf(given) ?? (await madeInFile(given, options.dataDir, stored.id))
  const key = createCustodyKey({ first, find: given.find })
  if (stored.id === null || stored.check === null) {
    await nameCustodyKey(client, key)
    return { ...key, source, outage: undefined }
  }
  await refuseStrangeKeys(key, given, stored.id)
  const outage = await proveUnlessOut(key, { id: stored.id, check: stored.check }, options)
  await refuseLostDataKeys(client, given.find)
  return { ...key, source, outage }
}

interface StoredKeys {
  readonly credentialsKeyId: string
  readonly id: string | null
  readonly check: Buffer | null
}

async function storedKeys(client: Client): Promise<StoredKeys> {
  const { rows } = await client.query<StoredKeys>(
    `select credentials_key_id as "credentialsKeyId", custody_key_id as id, custody_key_check as check from installation`,
  )
  const [row] = rows
  if (row === undefined) throw new StartError('The database has no master key yet: run facet migrate')
  return row
}

interface First {
  readonly source: CustodySource
  readonly first: WrappingKey
}

function firstOf({ kms, environment, file }: GivenKeys): First | undefined {
  if (kms !== undefined) return { source: 'kms', first: kms }
  if (environment !== undefined) return { source: 'environment', first: environment }
  return file && { source: 'file', first: file }
}

async function madeInFile({ readFile }: GivenKeys, dataDir: string, storedId: string | null): Promise<First> {
  const file = custodyKeyFile(dataDir)
  if (storedId !== null) {
    throw new StartError(
      `The database was set up with the custody key ${storedId}, and ${file} is not there: restore it, or set FACET_CUSTODY_KEY or FACET_CUSTODY_KMS_KEY`,
    )
  }
  await addCustodyKey(dataDir)
  const first = await readFile()
  if (first === undefined) throw new StartError(`${file} was removed while it was being made: start Facet again`)
  return { source: 'file', first }
}

/**
 * Lets the first of the keys wrap from now on. Throws StartError when it cannot open what it wraps: AWS KMS may allow one without the
 * other. Callers hold the set-up lock, and keep the key before they let go of it.
 */
export async function nameCustodyKey(client: Client, key: CustodyKey): Promise<void> {
  const check = await provenCheck(key)
  await client.query('update installation set custody_key_id = $1, custody_key_check = $2', [key.id, check])
}

async function provenCheck(key: CustodyKey): Promise<Buffer> {
  try {
    const check = await checkOf(key, key.id)
    await provePossession(key, key.id, check)
    return check
  } catch (error) {
    throw refusal(key.id, error)
  }
}

async function refuseStrangeKeys(key: CustodyKey, { find, ids }: GivenKeys, storedId: string): Promise<void> {
  if ((await find(storedId)) !== undefined) return
  const theirs = [...new Set([key.id, ...ids()])].join(', ')
  throw new StartError(
    `The database was set up with the custody key ${storedId}, and only ${theirs} is given: give that one, or point DATABASE_URL or FACET_DATA_DIR at the right installation`,
  )
}

/** Gives why the key could not be put to the proof, when that is borne. */
async function proveUnlessOut(
  key: CustodyKey,
  { id, check }: { readonly id: string; readonly check: Buffer },
  { bearsOutage }: CustodyOptions,
): Promise<string | undefined> {
  try {
    await provePossession(key, id, check)
  } catch (error) {
    if (bearsOutage && error instanceof KeyOutage) return error.message
    throw refusal(id, error)
  }
}

/** Whoever takes an old key away before a rotation has ended is told so at once, and not by a job. */
async function refuseLostDataKeys(client: Client, find: CustodyKeys['find']): Promise<void> {
  const { rows } = await client.query<{ id: string }>('select distinct custody_key_id as id from custody_data_keys')
  for (const { id } of rows) {
    if ((await find(id)) !== undefined) continue
    throw new StartError(
      `The custody key ${id} still wraps keys of seeds, and is not given: give it too, and run facet custody rotate before taking it away`,
    )
  }
}

function refusal(id: string, error: unknown): StartError {
  return new StartError(`The custody key ${id} does not open what it should: ${(error as Error).message}`, error)
}
