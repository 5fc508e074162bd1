import { EmbeddedPostgresError } from './errors.ts'
import { run } from './run.ts'
import type { Account } from './types.ts'

const name = 'postgres'

// util-linux/shadow first, then Debian's adduser, then busybox (Alpine).
const makers: [string, string[]][] = [
  [
    'useradd',
    ['--system', '--user-group', '--no-create-home', '--home-dir', '/nonexistent', '--shell', '/bin/false', name],
  ],
  ['adduser', ['--system', '--group', '--no-create-home', '--home', '/nonexistent', '--shell', '/bin/false', name]],
  ['adduser', ['-S', '-D', '-H', '-h', '/nonexistent', '-s', '/bin/false', name]],
]

/**
 * The user that the server runs as. PostgreSQL refuses root, so root runs it as the owner of the existing cluster, else as
 * the system user `postgres`, which is made when missing.
 * @param cluster the existing cluster and its owner, if there is one
 * @throws EmbeddedPostgresError when no such user can be had, or the cluster belongs to somebody else
 */
export async function accountFor(
  cluster: { dir: string; uid: number; gid: number } | undefined,
  say: (line: string) => void,
): Promise<Account> {
  const uid = process.geteuid?.()
  const gid = process.getegid?.()
  if (uid === undefined || gid === undefined) {
    throw new EmbeddedPostgresError(
      'The embedded PostgreSQL runs on Linux and macOS only. Set DATABASE_URL to a PostgreSQL of your own.',
    )
  }
  if (uid !== 0) {
    if (cluster && cluster.uid !== uid) {
      throw new EmbeddedPostgresError(
        `The database cluster ${cluster.dir} belongs to the user with uid ${cluster.uid}, and this process has uid ${uid}. ` +
          'Run Facet as that user or as root, or set FACET_DATA_DIR to another folder.',
      )
    }
    return { uid, gid, name: `uid ${uid}`, foreign: false }
  }
  if (!cluster) return systemUser(say)
  if (cluster.uid !== 0) return { uid: cluster.uid, gid: cluster.gid, name: `uid ${cluster.uid}`, foreign: true }
  throw new EmbeddedPostgresError(
    `The database cluster ${cluster.dir} belongs to root, and PostgreSQL refuses to run as root. ` +
      `Give it to the user it was made by, for example: chown -R ${name}: '${cluster.dir}'`,
  )
}

async function systemUser(say: (line: string) => void): Promise<Account> {
  if (process.platform === 'darwin') {
    throw new EmbeddedPostgresError(
      'PostgreSQL refuses to run as root. Start Facet as an ordinary user, or set DATABASE_URL to a PostgreSQL of your own.',
    )
  }
  const found = await findUser()
  if (found) return found
  say(`Making the system user "${name}" for PostgreSQL, which refuses to run as root`)
  let output = ''
  for (const [command, args] of makers) {
    output = (await run(command, args, { timeoutMs: 20_000 })).output.trim() || output
    // Asked again rather than trusting the exit code: another process may have made the user meanwhile.
    const made = await findUser()
    if (made) return made
  }
  throw new EmbeddedPostgresError(
    `PostgreSQL refuses to run as root, and the user "${name}" could not be made (${output}). ` +
      'Start Facet as an ordinary user, or make that user, or set DATABASE_URL to a PostgreSQL of your own.',
  )
}

async function findUser(): Promise<Account | undefined> {
  const [uid, gid] = await Promise.all(
    ['-u', '-g'].map(async (flag) => {
      const { code, output } = await run('id', [flag, name], { timeoutMs: 10_000 })
      return code === 0 ? Number(output) : Number.NaN
    }),
  )
  if (!uid || gid === undefined || Number.isNaN(gid)) return undefined
  return { uid, gid, name: `user "${name}"`, foreign: true }
}
