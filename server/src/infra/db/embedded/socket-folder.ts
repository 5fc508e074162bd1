import { chmod, chown, lstat, mkdir, mkdtemp, readFile, rmdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { EmbeddedPostgresError } from './errors.ts'
import { codeOf } from './run.ts'
import { socketPort } from './settings.ts'
import type { Account, Site } from './types.ts'

// sun_path has 108 bytes on Linux and 104 on macOS, the final NUL included.
const longestSocketBytes = 100
const shortPrefix = '/tmp/facet-'

/** The socket's file in its folder. */
export const socketFile = (folder: string): string => join(folder, `.s.PGSQL.${socketPort}`)

const isShort = (folder: string) => folder.startsWith(shortPrefix) && dirname(folder) === '/tmp'

type SocketSite = Pick<Site, 'clusterDir' | 'account'>

/**
 * Makes the private folder of the Unix socket (mode 0700, owned by the server's user): `socket` beside the cluster, or a
 * short one in /tmp when the socket's path there would be too long for the system.
 * @param recorded the folder of the last start, taken again when it is still safe
 */
export async function prepareSocketFolder(site: SocketSite, recorded: string): Promise<string> {
  const { clusterDir, account } = site
  const natural = join(dirname(clusterDir), 'socket')
  if (Buffer.byteLength(socketFile(natural)) <= longestSocketBytes) return ownFolder(natural, account)
  if (isShort(recorded)) {
    if ((await isPrivate(recorded, account)) && !(await servesAnother(recorded, clusterDir))) return recorded
    // Cleaned away: the same name again keeps running clients' settings right, unless somebody squats on it.
    if (await makePrivate(recorded, account)) return recorded
  }
  const made = await mkdtemp(shortPrefix)
  await giveTo(made, account)
  return made
}

/**
 * Whether the folder is a real folder that only the server's user can enter. To be asked before each connection: whoever
 * owns the folder in /tmp would be sent the password.
 */
export async function isPrivate(folder: string, account: Account): Promise<boolean> {
  try {
    const stats = await lstat(folder)
    return stats.isDirectory() && stats.uid === account.uid && (stats.mode & 0o777) === 0o700
  } catch {
    return false
  }
}

/** Removes an empty folder in /tmp after the server has stopped; leaves one beside the cluster. */
export async function removeShortFolder(folder: string): Promise<void> {
  if (isShort(folder)) await rmdir(folder).catch(() => {})
}

/** The record of a copied data folder names the original's socket. */
async function servesAnother(folder: string, clusterDir: string): Promise<boolean> {
  const lock = await readFile(`${socketFile(folder)}.lock`, 'utf8').catch(() => '')
  return lock !== '' && lock.split('\n')[1] !== clusterDir
}

async function ownFolder(folder: string, account: Account): Promise<string> {
  if (await isPrivate(folder, account)) return folder
  if (!(await makePrivate(folder, account))) {
    if (!(await lstat(folder)).isDirectory()) {
      throw new EmbeddedPostgresError(
        `${folder} must be a folder for PostgreSQL's socket. Move it away and start again.`,
      )
    }
    await giveTo(folder, account)
    await chmod(folder, 0o700)
  }
  return folder
}

async function makePrivate(folder: string, account: Account): Promise<boolean> {
  try {
    await mkdir(folder, { mode: 0o700 })
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
  await giveTo(folder, account)
  return true
}

async function giveTo(folder: string, account: Account): Promise<void> {
  if (account.foreign) await chown(folder, account.uid, account.gid)
}
