import { spawn } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { pathWith, supervise } from './processes.mjs'

const HEAD_LINES = 12
const TAIL_LINES = 8

const NPM_OPTIONS = [
  ...['--no-audit', '--no-fund', '--no-progress', '--no-update-notifier', '--loglevel=error'],
  // npm's own patience with a registry that does not answer is over a minute, in silence.
  ...['--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=5000'],
]

/** An install that cannot go on, with words for the person at the terminal. */
export class InstallError extends Error {}

/** The person or the machine asked us to stop during the install. */
export class InstallInterrupted extends Error {
  constructor(signal) {
    super(`The install was interrupted by ${signal}.`)
    this.signal = signal
  }
}

/** npm's main file: of the npm that started us, else of the one beside Node, else of the first one on the PATH. */
export function findNpmCli(env = process.env) {
  const startedBy = env.npm_execpath
  const onPath = (env.PATH ?? '').split(':').map((folder) => join(folder, 'npm'))
  const candidates = [
    startedBy,
    startedBy && join(dirname(startedBy), 'npm-cli.js'),
    join(dirname(process.execPath), '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    ...onPath,
  ]
  for (const candidate of candidates) {
    if (!candidate || !existsSync(candidate)) continue
    const real = realpathSync(candidate)
    // npm_execpath may be another package manager's, and npm on the PATH a version manager's shell script.
    if (basename(real) === 'npm-cli.js') return real
  }
  throw new InstallError('npm was not found. Install Node.js together with npm, then run the same command again.')
}

/** Runs npm under the given Node in the given folder, quietly; what it says is shown only when it fails. */
export async function runNpm(args, { cwd, node, onStart }) {
  const child = spawn(node, [findNpmCli(), ...args, ...NPM_OPTIONS], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    // Under an older Node npm silently picks old versions of some packages, and their scripts run `node` from the PATH.
    env: { ...process.env, PATH: pathWith(dirname(node)) },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output = (output + text).slice(-20_000)
    })
  }
  if (child.pid) onStart?.(child.pid)
  const end = await supervise(child)
  if (end.asked) throw new InstallInterrupted(end.asked)
  if (end.code !== 0) throw new InstallError(explain(output, end))
}

/** What to say when the disk is full. */
export const NO_SPACE = 'There is no space left on the disk. Free some (about 1 GB)'

const ADVICE = [
  [/ENOSPC/, NO_SPACE],
  [/EACCES|EPERM|EROFS/, 'npm may not write here. Make this folder and npm’s cache writable for you'],
  [
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT/,
    'The npm registry could not be reached. Check the network, the proxy, and `npm config get registry`',
  ],
  [/EINTEGRITY/, 'A package does not match its checksum. Run `npm cache clean --force`, ask who runs your registry'],
  [/E404|ETARGET|ENOVERSIONS/, 'The npm registry in use lacks a package. Check `npm config get registry`'],
]

function explain(output, { code, signal }) {
  const found = ADVICE.find(([pattern]) => pattern.test(output))
  const advice = found ? found[1] : `npm failed (${signal ?? `exit code ${code}`}). Mend what it says above`
  const lines = output.split('\n').filter((line) => !/^(npm error)?\s*(at .*)?$/.test(line))
  // npm names the cause first and where its log is last; between them may stand pages of usage.
  const long = lines.length > HEAD_LINES + TAIL_LINES
  const shown = long ? [...lines.slice(0, HEAD_LINES), '…', ...lines.slice(-TAIL_LINES)] : lines
  return `${shown.map((line) => `  ${line}`).join('\n')}\n\n${advice}, then run the same command again.`
}
