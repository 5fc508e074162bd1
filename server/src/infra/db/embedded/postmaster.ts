import { readFileSync, rmSync } from 'node:fs'
import { readFile, readlink, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { EmbeddedPostgresError } from './errors.ts'
import { codeOf, run, sleep } from './run.ts'
import { socketFile } from './socket-folder.ts'
import type { Site } from './types.ts'

export interface PidFile {
  pid: number
  /** The socket's folder; undefined until the server has made the socket. */
  socketDir: string | undefined
  /** `starting`, `ready`, `stopping`; undefined at the very beginning. */
  status: string | undefined
}

type Cluster = Pick<Site, 'clusterDir' | 'account'>

const pidFileOf = (clusterDir: string) => join(clusterDir, 'postmaster.pid')

/** What postmaster.pid says; it proves nothing by itself. */
export async function readPidFile(clusterDir: string): Promise<PidFile | undefined> {
  const text = await readFile(pidFileOf(clusterDir), 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return ''
    throw error
  })
  const lines = text.split('\n')
  const pid = Number(lines[0])
  if (!Number.isSafeInteger(pid) || pid <= 1) return undefined
  return { pid, socketDir: lines[4]?.trim() || undefined, status: lines[7]?.trim() || undefined }
}

/** The running server of this cluster as its postmaster.pid names it, if that can be proven. */
export async function findPostmaster(cluster: Cluster): Promise<PidFile | undefined> {
  const file = await readPidFile(cluster.clusterDir)
  return file && (await isPostmaster(file.pid, cluster)) ? file : undefined
}

/** Whether the process is proven to be the postmaster of this cluster: not one of its children, not another program. */
export async function isPostmaster(pid: number, cluster: Cluster): Promise<boolean> {
  return process.platform === 'linux' ? isPostmasterByProc(pid, cluster) : isPostmasterByPs(pid, cluster)
}

async function isPostmasterByProc(pid: number, { clusterDir, account }: Cluster): Promise<boolean> {
  try {
    const status = await readFile(`/proc/${pid}/status`, 'utf8')
    if (/^State:\s+[ZX]/m.test(status)) return false
    if (Number(/^Uid:\s+(\d+)/m.exec(status)?.[1]) !== account.uid) return false
    const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0')
    // The children show "postgres: checkpointer" and the like in place of their command line.
    if (basename(words[0] ?? '') !== 'postgres' || !words.includes('-D')) return false
    return (await worksIn(pid, clusterDir)) ?? words[words.indexOf('-D') + 1] === clusterDir
  } catch (error) {
    // Gone meanwhile. Anything else, such as too many open files, must not pass for an answer.
    if (['ENOENT', 'ESRCH'].includes(codeOf(error) ?? '')) return false
    throw error
  }
}

/** The server works in its cluster's folder, also after a rename. Undefined when root may not look, as in a container. */
async function worksIn(pid: number, folder: string): Promise<boolean | undefined> {
  try {
    const [program, here, there] = await Promise.all([
      readlink(`/proc/${pid}/exe`),
      stat(`/proc/${pid}/cwd`),
      stat(folder),
    ])
    return /\/postgres( \(deleted\))?$/.test(program) && here.dev === there.dev && here.ino === there.ino
  } catch (error) {
    if (codeOf(error) === 'EACCES' || codeOf(error) === 'EPERM') return undefined
    throw error
  }
}

async function isPostmasterByPs(pid: number, { clusterDir, account }: Cluster): Promise<boolean> {
  const { code, output } = await run('ps', ['-o', 'uid=,command=', '-p', String(pid)], { timeoutMs: 5000 })
  const [, uid, command = ''] = /^\s*(\d+)\s+(.*)$/.exec(output) ?? []
  return code === 0 && Number(uid) === account.uid && command.includes(`/bin/postgres -D ${clusterDir} -c `)
}

/**
 * Removes the lock files of a dead server (postmaster.pid, and the socket's) whose pid now belongs to another program or to
 * a corpse that its parent never collects: PostgreSQL would take them for a running server. Backends that are left over are
 * still found by PostgreSQL itself, through the shared memory segment. To be called only when nobody answers on the socket.
 */
export async function removeStaleLocks(cluster: Cluster, socketDir: string): Promise<void> {
  for (const file of [pidFileOf(cluster.clusterDir), `${socketFile(socketDir)}.lock`]) {
    const text = readSync(file)
    const pid = Number.parseInt(text, 10)
    // Without a process of that pid PostgreSQL removes them itself.
    if (!(pid > 1) || !exists(pid) || (await isPostmaster(pid, cluster))) continue
    // Read again in the same breath: another process may just have started the server.
    if (readSync(file) === text) rmSync(file, { force: true })
  }
}

function readSync(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return ''
    throw error
  }
}

const fastShutdownMs = 45_000
const immediateShutdownMs = 15_000

/**
 * Stops the server: fast shutdown first, then, when that takes too long, immediate shutdown (no committed row is lost; the
 * next start recovers). Resolves when the process has exited and postmaster.pid is gone.
 * @returns false when no running server of this cluster could be proven, so that nothing was done
 * @throws EmbeddedPostgresError when it does not go
 */
export async function stopPostmaster(cluster: Cluster): Promise<boolean> {
  const live = await findPostmaster(cluster)
  if (!live) return false
  process.kill(live.pid, 'SIGINT')
  if (await isGone(live.pid, cluster, fastShutdownMs)) return true
  if (await isPostmaster(live.pid, cluster)) process.kill(live.pid, 'SIGQUIT')
  if (await isGone(live.pid, cluster, immediateShutdownMs)) return true
  throw new EmbeddedPostgresError(`PostgreSQL (pid ${live.pid}) does not stop. End it by hand: kill -QUIT ${live.pid}`)
}

/** Waits until that server is gone; its postmaster.pid may by then be another server's. */
export async function isGone(pid: number, cluster: Cluster, timeoutMs: number): Promise<boolean> {
  for (const end = Date.now() + timeoutMs; Date.now() < end; await sleep(5)) {
    if (!exists(pid) || (await isZombie(pid))) return true
    const file = await readPidFile(cluster.clusterDir)
    if (file?.pid !== pid && !(await isPostmaster(pid, cluster))) return true
  }
  return false
}

/** Dead, but not yet collected by its parent; in a container without an init process it stays so. */
async function isZombie(pid: number): Promise<boolean> {
  const text = process.platform === 'linux' ? await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '') : ''
  return /^State:\s+[ZX]/m.test(text)
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}
