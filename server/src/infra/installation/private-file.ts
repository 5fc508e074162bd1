import { open, readFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { syncFolder } from '../db/embedded/unfinished.ts'

/**
 * Writes a file that only its owner can read (0600): whole or not at all, also when the machine stops. Until it is whole it has
 * the name `unfinished`, in the same folder: who writes the file several times at once gives a name of its own to each.
 */
export async function writePrivateFile(
  path: string,
  content: string | Buffer,
  unfinished = `${path}.${process.pid}.tmp`,
): Promise<void> {
  // What a killed process of the same pid left, or somebody put there, is never written into.
  await rm(unfinished, { force: true })
  try {
    await writeThrough(unfinished, content)
    await rename(unfinished, path)
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => {})
    throw error
  }
  await syncFolder(dirname(path))
}

async function writeThrough(path: string, content: string | Buffer): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.chmod(0o600)
    await file.writeFile(content)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** The text of a file, or undefined when there is none. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
