import type { Stats } from 'node:fs'
import { open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { syncFolder } from '../db/embedded/unfinished.ts'

/**
 * Writes a file that only its owner can read (0600): whole or not at all, also when the machine stops. The owner of a file that is
 * replaced stays, also when root replaces it. Until it is whole it has the name `unfinished`, in the same folder: who writes the file
 * several times at once gives a name of its own to each.
 */
export async function writePrivateFile(
  path: string,
  content: string | Buffer,
  unfinished = `${path}.${process.pid}.tmp`,
): Promise<void> {
  // What a killed process of the same pid left, or somebody put there, is never written into.
  await rm(unfinished, { force: true })
  try {
    await writeThrough(unfinished, content, await ifThere(stat(path)))
    await rename(unfinished, path)
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => {})
    throw error
  }
  await syncFolder(dirname(path))
}

async function writeThrough(path: string, content: string | Buffer, replaced: Stats | undefined): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.chmod(0o600)
    await file.writeFile(content)
    // Nobody else may give files away.
    if (replaced !== undefined && process.geteuid?.() === 0) await file.chown(replaced.uid, replaced.gid)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Removes what killed processes left of writing a file. Nobody may write it meanwhile. */
export async function removeUnfinished(path: string): Promise<void> {
  const [names, own] = [(await ifThere(readdir(dirname(path)))) ?? [], basename(path)]
  const left = names.filter((name) => name.startsWith(own) && /^\.\d+\.tmp$/.test(name.slice(own.length)))
  for (const name of left) await rm(join(dirname(path), name), { force: true })
}

/** The text of a file, or undefined when there is none. */
export function readIfThere(path: string): Promise<string | undefined> {
  return ifThere(readFile(path, 'utf8'))
}

async function ifThere<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
