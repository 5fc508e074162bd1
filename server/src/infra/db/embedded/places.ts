import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, chown, lstat, mkdir, realpath, stat } from 'node:fs/promises'
import { dirname, isAbsolute, join } from 'node:path'
import { EmbeddedPostgresError } from './errors.ts'
import { allows, closedFolder } from './reach.ts'
import { codeOf } from './run.ts'
import type { Account, OpenOptions, Site } from './types.ts'

const defaultSharedDirs = ['/var/lib/facet', '/opt/facet', '/srv/facet', '/var/tmp/facet']

/** The server's log in the data folder. */
export const logName = 'postgres.log'

export interface ExistingCluster {
  dir: string
  uid: number
  gid: number
}

/** Makes the data folder and gives its path without symlinks. */
export async function prepareDataDir(dataDir: string): Promise<string> {
  if (!isAbsolute(dataDir) || /[\n\0]/.test(dataDir)) {
    throw new EmbeddedPostgresError(
      `The data folder must be an absolute path of one line, not ${JSON.stringify(dataDir)}.`,
    )
  }
  // Only the last one is private: a parent made here must not lock the server's user out.
  await mkdir(dirname(dataDir), { recursive: true })
  await makeFolder(dataDir, 0o700)
  return realpath(dataDir)
}

/** The cluster at that place and its owner, or undefined when there is none. */
export async function existingCluster(dir: string): Promise<ExistingCluster | undefined> {
  try {
    const { uid, gid } = await stat(join(dir, 'PG_VERSION')).then(() => stat(dir))
    return { dir, uid, gid }
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined
    // An ordinary user cannot look into a cluster that root's user owns; its owner is still to be seen.
    if (codeOf(error) === 'EACCES') {
      const { uid, gid } = await stat(dir)
      return { dir, uid, gid }
    }
    throw error
  }
}

/**
 * Where a new cluster goes: into the data folder, or, when the account cannot enter that, into a folder of the shared place.
 * @throws EmbeddedPostgresError when there seems to be a cluster already whose record was lost
 */
export async function chooseClusterDir(
  dataDir: string,
  account: Account,
  shared: () => Promise<string>,
  say: (line: string) => void,
): Promise<string> {
  if ((await closedFolder(dirname(dataDir), account)) === undefined) return join(dataDir, 'postgres')
  const hash = createHash('sha256').update(dataDir).digest('hex').slice(0, 12)
  const place = await shared()
  for (let number = 1; ; number++) {
    const dir = join(place, number === 1 ? hash : `${hash}-${number}`, 'postgres')
    if (!(await existingCluster(dir))) return dir
    if (existsSync(join(dataDir, logName))) {
      throw new EmbeddedPostgresError(
        `${join(dataDir, 'postgres.json')} was lost; the database cluster of this folder seems to be ${dir}. Restore the ` +
          `file, or remove ${join(dataDir, logName)} too, to begin with an empty database.`,
      )
    }
    // The data folder was removed and made again: its keys are gone, so its old database is of no use to the new one.
    say(`${dir} is left of an earlier data folder of the same name; remove it when you do not need it`)
  }
}

/** Lets the server's user pass through the data folder to the cluster in it; the files there stay closed to it. */
export async function openTheWay({ dataDir, clusterDir, account }: Omit<Site, 'password'>): Promise<void> {
  if (!account.foreign || clusterDir !== join(dataDir, 'postgres')) return
  const closed = await closedFolder(dirname(dataDir), account)
  if (closed) {
    throw new EmbeddedPostgresError(
      `PostgreSQL runs as ${account.name}, who can no longer enter ${closed} on the way to the database cluster ${clusterDir}. ` +
        'Move the data folder to where that user can go, and set FACET_DATA_DIR to it.',
    )
  }
  const stats = await stat(dataDir)
  if (allows(stats, account, 1)) return
  // Group bits that grant nothing mean that the group may be changed, which opens the folder to fewer than "others".
  const byGroup = stats.gid === account.gid || (stats.mode & 0o070) === 0
  if (byGroup) await chown(dataDir, stats.uid, account.gid)
  await chmod(dataDir, (stats.mode & 0o7777) | (byGroup ? 0o010 : 0o001))
}

/** Makes the folder around a cluster outside the data folder, and says where it is. */
export async function settleOutside(site: Omit<Site, 'password'>, role: OpenOptions['role']): Promise<void> {
  const { clusterDir, account, dataDir } = site
  await mkdir(dirname(clusterDir), { recursive: true })
  // Whatever the umask was.
  await chmod(dirname(clusterDir), 0o711)
  if (role === 'main') {
    site.say(
      `PostgreSQL runs as ${account.name}, who cannot enter ${dirname(dataDir)}: its cluster is in ${clusterDir}`,
    )
  }
}

/** The first of the folders that root alone can write and the account can enter. */
export async function sharedPlace(
  account: Account,
  candidates: readonly string[] = defaultSharedDirs,
): Promise<string> {
  for (const place of candidates) {
    try {
      await makeFolder(place, 0o755)
      const stats = await lstat(place)
      const ours = stats.isDirectory() && stats.uid === 0 && (stats.mode & 0o022) === 0
      if (ours && (await closedFolder(place, account)) === undefined) return place
    } catch {
      // Read-only or missing parent: the next one.
    }
  }
  throw new EmbeddedPostgresError(
    `PostgreSQL runs as ${account.name}, and none of ${candidates.join(', ')} is a folder that root alone can write and that ` +
      'user can enter. Make one of them so, or set FACET_DATA_DIR to a folder that this user can reach, or set DATABASE_URL.',
  )
}

async function makeFolder(folder: string, mode: number): Promise<void> {
  try {
    await mkdir(folder, { mode })
    // The umask may have taken bits away.
    await chmod(folder, mode)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  }
}
