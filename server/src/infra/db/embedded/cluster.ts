import { chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { EmbeddedPostgresError } from './errors.ts'
import { findPostmaster } from './postmaster.ts'
import { codeOf, run } from './run.ts'
import { roleName } from './settings.ts'
import type { Site } from './types.ts'
import { syncFolder, unfinishedName } from './unfinished.ts'

/**
 * Makes the cluster. It grows in a folder beside its place and is renamed when whole, so a kill at any moment leaves either
 * no cluster or a good one; of several processes at once the first to finish wins.
 * @throws EmbeddedPostgresError when initdb fails
 */
export async function makeCluster(site: Site): Promise<void> {
  const { account, clusterDir, binaries } = site
  site.say(`Making the database cluster in ${clusterDir} (PostgreSQL ${binaries.version}, once)`)
  const base = dirname(clusterDir)
  const work = unfinishedName(base, 'initdb')
  const passwordFile = join(work, 'password')
  const fresh = join(work, 'cluster')
  try {
    await mkdir(work, { mode: 0o700 })
    await writeFile(passwordFile, `${site.password}\n`, { mode: 0o600, flag: 'wx' })
    if (account.foreign) for (const path of [passwordFile, work]) await chown(path, account.uid, account.gid)
    const options = [
      '--encoding=UTF8',
      '--locale-provider=libc',
      '--no-locale',
      '--auth=scram-sha-256',
      '--no-instructions',
      // Megabytes. Commits wait while a segment of the log is made, and for one of 16, the usual size, the longer.
      '--wal-segsize=4',
    ]
    const args = ['-D', fresh, '-U', roleName, `--pwfile=${passwordFile}`, ...options]
    const { code, output } = await run(binaries.initdb, args, { account, timeoutMs: 180_000 })
    if (code !== 0) throw initdbFailed(site, output)
    await restrictLogins(site, fresh)
    await rename(fresh, clusterDir)
    await syncFolder(base)
  } catch (error) {
    if (!['EEXIST', 'ENOTEMPTY'].includes(codeOf(error) ?? '')) throw error
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** Only password logins over the socket: initdb's own file would also allow TCP and replication. */
async function restrictLogins({ account }: Site, cluster: string): Promise<void> {
  const file = join(cluster, 'pg_hba.conf')
  await rm(file)
  await writeFile(file, 'local all all scram-sha-256\n', { mode: 0o600, flag: 'wx' })
  if (account.foreign) await chown(file, account.uid, account.gid)
}

/** @throws EmbeddedPostgresError when there is no cluster, or another PostgreSQL major version made it */
export async function checkCluster({ clusterDir, binaries }: Omit<Site, 'password'>): Promise<void> {
  const version = await readFile(join(clusterDir, 'PG_VERSION'), 'utf8').catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error
    return undefined
  })
  if (version === undefined) {
    throw new EmbeddedPostgresError(
      `${clusterDir} is there, but is no database cluster. Move it away, or set FACET_DATA_DIR to another folder.`,
    )
  }
  if (version.trim() === binaries.major) return
  throw new EmbeddedPostgresError(
    `The database cluster ${clusterDir} was made by PostgreSQL ${version.trim()}, and this Facet brings PostgreSQL ` +
      `${binaries.major}. Go back to the Facet release that made it; or move its data over: dump it with that release running ` +
      '(pg_dump), set FACET_DATA_DIR to a new folder, and restore it there.',
  )
}

/**
 * Sets the superuser's password of a stopped cluster, whose record was lost.
 * @throws EmbeddedPostgresError when the server runs, or refuses
 */
export async function resetPassword(site: Site): Promise<void> {
  const live = await findPostmaster(site)
  if (live) {
    throw new EmbeddedPostgresError(
      `${join(site.dataDir, 'postgres.json')} is missing while its PostgreSQL runs, so the password is unknown. ` +
        `Stop Facet (and, if it stays, PostgreSQL: kill -INT ${live.pid}), then start again: a new password is set.`,
    )
  }
  site.say(`postgres.json was lost: setting a new password in the database cluster ${site.clusterDir}`)
  const args = ['--single', '-D', site.clusterDir, '-c', 'log_min_error_statement=panic', 'postgres']
  // Single-user mode reads one statement per line; the password is base64url, so it needs no escaping.
  const input = `ALTER ROLE ${roleName} PASSWORD '${site.password}';\n`
  const { account, binaries } = site
  const { code, output } = await run(binaries.postgres, args, { account, input, timeoutMs: 120_000 })
  if (code === 0 && !/ERROR|FATAL/.test(output)) return
  throw new EmbeddedPostgresError(
    `The password of the database cluster ${site.clusterDir} could not be set again: ${lastLine(output)}. ` +
      'Restore postgres.json from a copy, or move the cluster away to begin with an empty database.',
  )
}

function initdbFailed(site: Site, output: string): EmbeddedPostgresError {
  // The kernel says ENOENT for a program whose loader is missing.
  const advice = output.includes('ENOENT')
    ? 'The programs need a system with glibc (not Alpine): use one, or set DATABASE_URL to a PostgreSQL of your own.'
    : 'Mend that (a full disk, a limit on memory?) and start again, or set DATABASE_URL to a PostgreSQL of your own.'
  return new EmbeddedPostgresError(
    `The database cluster ${site.clusterDir} could not be made: ${lastLine(output)}. ${advice}`,
  )
}

function lastLine(output: string): string {
  const lines = output.split('\n').filter((line) => line.trim())
  return (lines.findLast((line) => /error|fatal/i.test(line)) ?? lines.at(-1) ?? 'no reason given').trim()
}
