// `node scripts/postgres15.mjs <command> [arguments]`: starts a PostgreSQL of the machine's own (15 if there is one, else
// the oldest newer one) on a free loopback port, runs the command with its URL in FACET_TEST_DATABASE_URL, and stops it.
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { appendFileSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { ROOT } from './install.mjs'
import { endLike, runTool } from './processes.mjs'

const OLDEST = 15
const DEBIAN_FOLDER = '/usr/lib/postgresql'
const MISSING = `PostgreSQL ${OLDEST} or newer is needed here: install it (Debian: apt-get install postgresql), or set FACET_POSTGRES_BIN to the folder of its initdb.`

/** Thrown when this cannot go on, with words for the person at the terminal. */
class SetupError extends Error {}

const asRoot = process.getuid() === 0
const say = (line) => process.stderr.write(`${line}\n`)

function output(command, args, options = {}) {
  return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], ...options }).trim()
}

function majorOf(bin) {
  try {
    return Number(/ (\d+)/.exec(output(join(bin, 'postgres'), ['--version']))?.[1])
  } catch {
    return 0
  }
}

function candidates() {
  if (process.env.FACET_POSTGRES_BIN) return [process.env.FACET_POSTGRES_BIN]
  const debian = existsSync(DEBIAN_FOLDER)
    ? readdirSync(DEBIAN_FOLDER).map((name) => join(DEBIAN_FOLDER, name, 'bin'))
    : []
  try {
    return [...debian, output('pg_config', ['--bindir'])]
  } catch {
    return debian
  }
}

function findServer() {
  const servers = candidates()
    .filter((bin) => existsSync(join(bin, 'initdb')))
    .map((bin) => ({ bin, major: majorOf(bin) }))
  return servers.filter(({ major }) => major >= OLDEST).sort((a, b) => a.major - b.major)[0]
}

/** A CI machine is made for the run, so we may put the server on it; a person's machine is theirs. */
function installServer() {
  if (!process.env.CI || !asRoot || process.env.FACET_POSTGRES_BIN) throw new SetupError(MISSING)
  const apt = (...args) =>
    output('apt-get', args, { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, maxBuffer: 1 << 28 })
  say('Installing PostgreSQL for this test lane …')
  try {
    apt('update')
    try {
      apt('install', '-y', '--no-install-recommends', `postgresql-${OLDEST}`)
    } catch {
      apt('install', '-y', '--no-install-recommends', 'postgresql')
    }
  } catch (error) {
    throw new SetupError(`${MISSING} (apt-get failed: ${String(error.stderr ?? error.message).trim()})`)
  }
}

/** PostgreSQL refuses to run as root: its own user runs it then. */
function serverUser() {
  if (!asRoot) return {}
  try {
    return { uid: Number(output('id', ['-u', 'postgres'])), gid: Number(output('id', ['-g', 'postgres'])) }
  } catch {
    throw new SetupError('PostgreSQL does not run as root, and this machine has no user `postgres` to run it instead.')
  }
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

/** Makes a cluster in a new temporary folder and starts it. Gives its URL and the function that removes it again. */
async function startServer(bin) {
  const user = serverUser()
  const folder = mkdtempSync(join(tmpdir(), 'facet-pg-'))
  const data = join(folder, 'data')
  const run = (command, ...args) =>
    execFileSync(join(bin, command), ['-D', data, ...args], {
      ...user,
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit'],
    })
  const stop = () => {
    try {
      if (existsSync(join(data, 'postmaster.pid'))) run('pg_ctl', 'stop', '-w', '-m', 'immediate')
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }
  try {
    const password = randomBytes(16).toString('hex')
    const port = await freePort()
    writeFileSync(join(folder, 'password'), password, { mode: 0o600 })
    if (asRoot) for (const path of [folder, join(folder, 'password')]) chownSync(path, user.uid, user.gid)
    run('initdb', '-U', 'facet', '-A', 'scram-sha-256', `--pwfile=${folder}/password`, '-E', 'UTF8', '--locale=C')
    // Thrown away after the run: nothing here has to survive a power cut.
    const settings = [
      `port=${port}`,
      "listen_addresses='127.0.0.1'",
      `unix_socket_directories='${folder}'`,
      'fsync=off',
      'max_connections=300',
    ]
    appendFileSync(join(data, 'postgresql.conf'), `\n${settings.join('\n')}\n`)
    run('pg_ctl', 'start', '-w', '-s', '-l', join(folder, 'log'))
    return { url: `postgres://facet:${password}@127.0.0.1:${port}/postgres`, stop }
  } catch (error) {
    stop()
    throw error
  }
}

async function main() {
  // Until the command runs, a signal is only noted: the server that is being started must be stopped first.
  let interrupted
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => (interrupted ??= signal))
  if (!findServer()) installServer()
  const found = findServer()
  if (!found) throw new SetupError(MISSING)
  const server = await startServer(found.bin)
  try {
    say(`The tests run against a separate PostgreSQL ${found.major}.`)
    if (interrupted) return { code: 128 + constants.signals[interrupted] }
    return await runTool(ROOT, process.execPath, process.argv.slice(2), { FACET_TEST_DATABASE_URL: server.url })
  } finally {
    server.stop()
  }
}

try {
  const { code, signal } = await main()
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.removeAllListeners(name)
  endLike({ code, signal })
} catch (error) {
  say(error instanceof SetupError ? error.message : error.stack)
  process.exit(1)
}
