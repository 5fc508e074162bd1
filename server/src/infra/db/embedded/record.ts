import { chown, link, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { EmbeddedPostgresError } from './errors.ts'
import { codeOf } from './run.ts'
import { syncFolder, unfinishedName } from './unfinished.ts'

/** `<dataDir>/postgres.json`: how to connect, and where the cluster lies. */
export interface PostgresRecord {
  /** The folder of the Unix socket, as of the last start. */
  host: string
  port: number
  user: string
  password: string
  database: string
  /** Relative to the data folder when inside it, so that the folder can be moved. */
  clusterDir: string
  /** Where the data folder was at the last start; tells a moved folder from a copied one. */
  dataDir: string
  /** ISO time; null until initdb has finished once. */
  clusterMadeAt: string | null
}

const fileOf = (dataDir: string) => join(dataDir, 'postgres.json')

/** @throws EmbeddedPostgresError when the file is there and cannot be used */
export async function readRecord(dataDir: string): Promise<PostgresRecord | undefined> {
  const file = fileOf(dataDir)
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
  try {
    const record = JSON.parse(text) as PostgresRecord
    if (typeof record.password === 'string' && typeof record.clusterDir === 'string') return record
  } catch {
    // Not JSON: the same advice as for JSON of another shape.
  }
  throw new EmbeddedPostgresError(
    `${file} is damaged. Restore it, or remove it while Facet is stopped: the next start then sets a new database password.`,
  )
}

/** Writes the record unless there is one; of several processes at once all get the first one's. */
export async function createRecord(dataDir: string, record: PostgresRecord): Promise<PostgresRecord> {
  const temporary = await writeBeside(dataDir, record)
  try {
    await link(temporary, fileOf(dataDir))
    await syncFolder(dataDir)
    return record
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
    return (await readRecord(dataDir)) ?? record
  } finally {
    await rm(temporary, { force: true })
  }
}

/** Replaces the record atomically. */
export async function replaceRecord(dataDir: string, record: PostgresRecord): Promise<void> {
  await rename(await writeBeside(dataDir, record), fileOf(dataDir))
  await syncFolder(dataDir)
}

async function writeBeside(dataDir: string, record: PostgresRecord): Promise<string> {
  const temporary = unfinishedName(dataDir, 'record')
  const handle = await open(temporary, 'wx', 0o600)
  try {
    await handle.writeFile(`${JSON.stringify(record, null, 2)}\n`)
    await handle.sync()
  } finally {
    await handle.close()
  }
  // Root working on somebody's data folder must not lock its owner out of the record.
  const { uid, gid } = await stat(dataDir)
  if (process.geteuid?.() === 0 && uid !== 0) await chown(temporary, uid, gid)
  return temporary
}
