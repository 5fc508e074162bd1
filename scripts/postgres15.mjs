// `node scripts/postgres15.mjs <command> [arguments]`: starts the PostgreSQL 15 of this machine (or the one that
// FACET_POSTGRES_BIN names, 15 or newer) on a free loopback port, runs the command with its URL in
// FACET_TEST_DATABASE_URL, and stops it.
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
const REMEDY = `Install PostgreSQL ${OLDEST} (Debian: apt-get install postgresql-${OLDEST}), or set FACET_POSTGRES_BIN to the folder of another one's initdb.`

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
  const debian = existsSync(DEBIAN_FOLDER)
    ? readdirSync(DEBIAN_FOLDER).map((name) => join(DEBIAN_FOLDER, name, 'bin'))
    : []
  try {
    return [...new Set([...debian, output('pg_config', ['--bindir'])])]
  } catch {
    return debian
  }
}

/** The servers of this machine. */
function listServers() {
  return candidates()
    .filter((bin) => existsSync(join(bin, 'initdb')))
    .map((bin) => ({ bin, major: majorOf(bin) }))
}

/**
 * The server to test against. Only a 15 is taken by itself: this lane proves that the oldest version we promise works,
 * which a newer one would pass without proving. Throws SetupError when there is none.
 */
function findServer() {
  const named = process.env.FACET_POSTGRES_BIN
  if (named) return namedServer(named)
  const isOldest = ({ major }) => major === OLDEST
  if (!listServers().some(isOldest) && process.env.CI && asRoot) installServer()
  const servers = listServers()
  const found = servers.find(isOldest)
  if (found) return found
  const others = servers.map(({ bin, major }) => `${major} in ${bin}`).join(', ')
  throw new SetupError(`There is no PostgreSQL ${OLDEST} here${others && `, only ${others}`}. ${REMEDY}`)
}

function namedServer(bin) {
  const major = existsSync(join(bin, 'initdb')) ? majorOf(bin) : 0
  if (major >= OLDEST) return { bin, major }
  const what = major ? `a PostgreSQL ${major}` : 'no PostgreSQL that runs'
  throw new SetupError(`FACET_POSTGRES_BIN is ${bin}, which holds ${what}; Facet needs ${OLDEST} or newer.`)
}

/** A CI machine is made for the run, so we may put the server on it; a person's machine is theirs. */
function installServer() {
  const apt = (...args) =>
    output('apt-get', args, { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, maxBuffer: 1 << 28 })
  say('Installing PostgreSQL for this test lane …')
  try {
    apt('update')
    apt('install', '-y', '--no-install-recommends', `postgresql-${OLDEST}`)
  } catch (error) {
    throw new SetupError(`apt-get failed: ${String(error.stderr ?? error.message).trim()}\n${REMEDY}`)
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
  const found = findServer()
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
