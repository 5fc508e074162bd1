import { randomBytes } from 'node:crypto'
import { mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { parseMasterKey } from '../../config/values.ts'
import { readIfThere, removeUnfinished, writePrivateFile } from './private-file.ts'
import { StartError } from './start-error.ts'

const givesPlace = 'let this user write there, or set FACET_CUSTODY_KEY or FACET_CUSTODY_KMS_KEY'

/** Where the custody keys of an installation are that has them in a file: one a line in base64, the first one first. */
export function custodyKeyFile(dataDir: string): string {
  return join(dataDir, 'custody.key')
}

/** The keys in the file; empty when there is none. Throws StartError when others can read it, or it is not whole. */
export async function readCustodyKeyFile(dataDir: string): Promise<Buffer[]> {
  const file = custodyKeyFile(dataDir)
  const text = await orExplain(readIfThere(file), `${file} cannot be read`, 'give it to this user, with mode 600')
  if (text === undefined) return []
  if (((await stat(file)).mode & 0o077) !== 0) {
    throw new StartError(`${file} can be read by others, and it opens every seed: chmod 600 ${file}`)
  }
  const keys = text
    .trim()
    .split('\n')
    .map((line) => parseMasterKey(line.trim()))
  const whole = keys.filter((key) => key !== undefined)
  if (whole.length < keys.length) {
    throw new StartError(
      `${file} must hold custody keys alone (32 bytes in base64), one a line: restore it from a copy`,
    )
  }
  return whole
}

/**
 * Puts a new key before those in the file, whole or not at all; makes the file when there is none. Throws StartError. Callers hold the
 * set-up lock.
 */
export async function addCustodyKey(dataDir: string): Promise<void> {
  const before = await readCustodyKeyFile(dataDir)
  await orExplain(mkdir(dataDir, { recursive: true, mode: 0o700 }), `${dataDir} cannot be made`, givesPlace)
  await writeCustodyKeyFile(dataDir, [randomBytes(32), ...before])
}

/** Writes the file with these keys alone, whole or not at all. Throws StartError. Callers hold the set-up lock. */
export async function writeCustodyKeyFile(dataDir: string, keys: readonly Buffer[]): Promise<void> {
  const lines = keys.map((key) => `${key.toString('base64')}\n`)
  const file = custodyKeyFile(dataDir)
  await orExplain(writePrivateFile(file, lines.join('')), `${file} cannot be written`, givesPlace)
}

/** Removes what killed processes left of writing the file, since it holds keys too. Throws StartError. Callers hold the set-up lock. */
export async function removeUnfinishedKeyFiles(dataDir: string): Promise<void> {
  const file = custodyKeyFile(dataDir)
  await orExplain(removeUnfinished(file), `${file}.*.tmp, which hold keys too, cannot be removed`, 'remove them')
}

async function orExplain<T>(done: Promise<T>, failure: string, mend: string): Promise<T> {
  try {
    return await done
  } catch (error) {
    throw new StartError(`${failure} (${(error as NodeJS.ErrnoException).code}): ${mend}`, error)
  }
}
