import { randomUUID } from 'node:crypto'
import { mkdir, open, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DomainFault } from '../../core/errors.ts'
import type { FileContent, Files } from '../../core/ports.ts'
import { syncFolder } from '../db/embedded/unfinished.ts'
import { writePrivateFile } from '../installation/private-file.ts'
import { checkKey, checkPrefix } from './file-keys.ts'

/** For what is put into a folder while it is removed. */
const removals = 5

/**
 * Keeps files in a folder, for this process's user alone; the first put makes it. What was put or removed stays so when the
 * machine stops. A key must not be the folder of another, as `a` is of `a/b`.
 */
export function createLocalFiles(folder: string): Files {
  async function put(path: string, bytes: Buffer): Promise<void> {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    // A killed process leaves it, beside the file that it was to be: it goes when its folder is removed.
    await writePrivateFile(path, bytes, join(dirname(path), `.${randomUUID()}`))
    // Each folder on the way, also one that was there: whoever made it may not have got as far as this.
    for (let made = dirname(path); made !== dirname(folder); made = dirname(made)) await syncFolder(dirname(made))
  }

  async function read(path: string): Promise<FileContent> {
    const handle = await open(path)
    try {
      const { size } = await handle.stat()
      // It closes the handle, however it ends.
      return { size, stream: handle.createReadStream() }
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  async function remove(path: string): Promise<void> {
    await rm(path, { recursive: true, force: true, maxRetries: removals })
    await ifThere(syncFolder(dirname(path)))
  }

  return {
    put: async (key, bytes) => orUnavailable(put(join(folder, checkKey(key)), bytes)),
    get: async (key) => orUnavailable(ifThere(read(join(folder, checkKey(key))))),
    removeAll: async (prefix) => orUnavailable(remove(join(folder, checkPrefix(prefix)))),
  }
}

async function ifThere<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

async function orUnavailable<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw new DomainFault({ code: 'files_unavailable' }, error)
  }
}
