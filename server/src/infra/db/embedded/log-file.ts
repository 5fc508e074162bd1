import { constants } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

const largestLogBytes = 10 * 1024 * 1024

/** Opens the server's log for appending, mode 0600, emptied first when it has grown past 10 MiB. */
export async function openLog(file: string): Promise<FileHandle> {
  // Never through a symlink: root may be opening a file in a folder that somebody else can write.
  const { O_RDWR, O_APPEND, O_CREAT, O_NOFOLLOW } = constants
  const handle = await open(file, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600)
  const [{ size, uid }, folder] = await Promise.all([handle.stat(), stat(dirname(file))])
  // Root working on somebody's data folder must not lock its owner out of the log.
  if (uid === 0 && folder.uid !== 0) await handle.chown(folder.uid, folder.gid)
  if (size > largestLogBytes) await handle.truncate()
  return handle
}

/** Empties a log that has grown past 10 MiB; the server appends, so it goes on at the beginning. */
export async function boundLog(file: string): Promise<void> {
  await (await openLog(file)).close()
}

/** What was written to the log since the offset in bytes, at most 4 KiB of it. */
export async function logSince(file: string, offset: number): Promise<string> {
  const handle = await openLog(file)
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4096), 0, 4096, offset)
    return buffer.toString('utf8', 0, bytesRead)
  } finally {
    await handle.close()
  }
}
