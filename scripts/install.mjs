import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, realpathSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { withLock } from './lock.mjs'
import { InstallError, InstallInterrupted, NO_SPACE, runNpm } from './npm.mjs'
import { endLike } from './processes.mjs'

const NODE_MAJOR = 24
const HEARTBEAT_MS = 5000
const DISK_FULL_BYTES = 20_000_000
const RUNTIME = 'scripts/runtime'
const LEVELS = ['serve', 'dev']
const LOCKED_FIELDS = ['workspaces', 'dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies']

/** The clone's root folder. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url))

const say = (line) => process.stderr.write(`${line}\n`)

/**
 * Installs what is missing and returns the path of a Node 24 or newer. Level `serve` is what running the server needs;
 * `dev` adds the tools. `also` names one more folder with a package.json of its own. When nothing is missing this costs
 * a few milliseconds. On failure it says what to do and ends the process.
 */
export async function prepare(level, { also, root = ROOT } = {}) {
  try {
    return await install(level, { also, root })
  } catch (error) {
    if (error instanceof InstallInterrupted) return await endAfter(error)
    if (error instanceof InstallError) say(`\n${error.message}`)
    else if (error.code === 'ENOSPC') say(`${NO_SPACE}, then run the same command again.`)
    else say(`The install failed: ${error.stack}`)
    process.exit(1)
  }
}

/** Dies of the signal that interrupted the install; never returns. */
function endAfter({ signal, message }) {
  say(message)
  endLike({ signal })
  return new Promise(() => {})
}

/** The same as `prepare`, but failures are thrown. */
export async function install(level, { also, root = ROOT, major = Number.parseInt(process.versions.node, 10) } = {}) {
  const needsNode = major < NODE_MAJOR
  const runtime = needsNode && {
    folder: join(root, RUNTIME),
    level: 'serve',
    what: `Node ${NODE_MAJOR}`,
    guess: 15,
    verify: () => runtimeNode(root, { probe: true }),
  }
  const packages = { folder: root, level, what: "Facet's packages", guess: level === 'dev' ? 30 : 15 }
  const more = also && existsSync(join(root, also, 'package.json'))
  const extra = more && { folder: join(root, also), level: 'dev', what: `${also}'s packages`, guess: 60 }

  const missing = [runtime, packages, extra].filter((part) => part && !isInstalled(part))
  const installMissing = async (lock) => {
    for (const part of missing) {
      // Another process may have installed it while we waited for the lock.
      if (isInstalled(part)) continue
      const node = part === runtime || !needsNode ? process.execPath : runtimeNode(root)
      await installPart(part, node, lock)
    }
  }
  if (missing.length > 0)
    await withLock(join(root, '.runtime', 'install.lock'), { say, doing: 'installing', task: installMissing })
  return needsNode ? runtimeNode(root) : process.execPath
}

/** The Node of the one package that fits this machine (found by its folder: npm 10 makes no .bin link for it). */
function runtimeNode(root, { probe = false } = {}) {
  const { optionalDependencies } = readJson(join(root, RUNTIME, 'package.json'))
  const binaries = Object.keys(optionalDependencies).map((name) =>
    join(root, RUNTIME, 'node_modules', name, 'bin', 'node'),
  )
  try {
    const node = binaries.find((binary) => existsSync(binary))
    if (probe) execFileSync(node, ['--version'], { stdio: 'pipe' })
    return realpathSync(node)
  } catch {
    const machine = `${process.platform} ${process.arch}`
    throw new InstallError(
      `There is no packaged Node ${NODE_MAJOR} that runs on this machine (${machine}). Install Node ${NODE_MAJOR} or newer, then run the same command again.`,
    )
  }
}

async function installPart({ folder, level, what, guess, verify }, node, lock) {
  const stamp = readStamp(folder)
  const tree = readTree(folder)
  // A tree that npm has finished is brought up to date in place, as a server may be running on it. One that was left
  // half-way may hold broken packages that npm would take for whole, so that starts from nothing.
  const whole = tree && !stamp?.installing
  const asked = whole && hasDevPackages(tree) ? 'dev' : level
  demandAgreement(folder)
  if (!whole) rmSync(join(folder, 'node_modules'), { recursive: true, force: true })
  mkdirSync(join(folder, 'node_modules'), { recursive: true })
  writeStamp(folder, { installing: true })

  const why = stamp?.installing ? 'the last install did not finish' : stamp ? 'something changed' : 'first time only'
  say(`Installing ${what}: ${why}, about ${guess} s …`)
  const startedAt = Date.now()
  const seconds = () => Math.round((Date.now() - startedAt) / 1000)
  const heartbeat = setInterval(() => {
    lock.touch()
    say(`  still installing ${what}: ${seconds()} s`)
  }, HEARTBEAT_MS)
  try {
    // Not `npm ci`: it refuses a lock file that lacks some other platform's optional binary, which is how npm writes it
    // where the registry in use has no such binary. What the lock file holds is honoured all the same.
    const scope = asked === 'dev' ? '--include=dev' : '--omit=dev'
    await runNpm(['install', '--no-save', scope, '--include=optional'], { cwd: folder, node, onStart: lock.alsoHeldBy })
  } finally {
    clearInterval(heartbeat)
  }
  await checkResult(folder, node)
  verify?.()
  writeStamp(folder, { inputs: hashInputs(folder), tree: hash(readTree(folder) ?? ''), level: asked })
  say(`Installed ${what} in ${seconds()} s.`)
}

/** Whether the folder's node_modules holds what its lock file asks for, at this level or above. */
export function isInstalled({ folder, level }) {
  const stamp = readStamp(folder)
  if (!stamp?.inputs || LEVELS.indexOf(stamp.level) < LEVELS.indexOf(level)) return false
  // npm rewrites its own record of the tree whenever it changes anything, so we notice an `npm prune` by hand.
  return stamp.tree === hash(readTree(folder) ?? '') && stamp.inputs === hashInputs(folder)
}

const stampFile = (folder) => join(folder, 'node_modules', '.facet-install.json')
const writeStamp = (folder, stamp) => writeFileSync(stampFile(folder), JSON.stringify(stamp))

function readStamp(folder) {
  try {
    return JSON.parse(readFileSync(stampFile(folder), 'utf8'))
  } catch {
    return undefined
  }
}

/** npm's own record of what is in node_modules, written when it has finished. */
function readTree(folder) {
  const file = join(folder, 'node_modules', '.package-lock.json')
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined
}

function hasDevPackages(tree) {
  return Object.values(JSON.parse(tree).packages).some((entry) => entry.dev)
}

function hashInputs(folder) {
  const manifests = readManifests(folder).map(([, manifest]) => [lockedPart(manifest), manifest.allowScripts])
  const lock = readFileSync(join(folder, 'package-lock.json'), 'utf8')
  return hash(JSON.stringify([process.platform, process.arch, manifests, lock]))
}

function hash(text) {
  return createHash('sha256').update(text).digest('hex')
}

/** The package.json of the folder and of each of its workspaces, by their path in the lock file. */
function readManifests(folder) {
  const manifest = readJson(join(folder, 'package.json'))
  const members = (manifest.workspaces ?? []).map((path) => [path, readJson(join(folder, path, 'package.json'))])
  return [['', manifest], ...members]
}

function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'))
}

function lockedPart(manifest) {
  const fields = LOCKED_FIELDS.map((field) => Object.entries(manifest[field] ?? {}).sort())
  return JSON.stringify(fields)
}

/** `npm install` would quietly resolve what the lock file does not hold; here it is an error, as with `npm ci`. */
function demandAgreement(folder) {
  const { packages } = readJson(join(folder, 'package-lock.json'))
  for (const [path, manifest] of readManifests(folder)) {
    if (lockedPart(manifest) === lockedPart(packages[path] ?? {})) continue
    const file = join(path, 'package.json')
    throw new InstallError(
      `${file} and package-lock.json disagree. Run \`npm install\` and commit both, then run the same command again.`,
    )
  }
}

/** npm passes over an optional package that it could not fetch; the ones we name ourselves are binaries we need. */
function findLostBinary(folder) {
  const { packages } = readJson(join(folder, 'package-lock.json'))
  const fits = (wanted, mine) => !wanted || [wanted].flat().includes(mine)
  for (const [, manifest] of readManifests(folder)) {
    for (const [name, version] of Object.entries(manifest.optionalDependencies ?? {})) {
      const entry = packages[`node_modules/${name}`]
      const expected = entry && fits(entry.os, process.platform) && fits(entry.cpu, process.arch)
      if (expected && !existsSync(join(folder, 'node_modules', name, 'package.json'))) return `${name}@${version}`
    }
  }
  return undefined
}

/** npm may end well although the disk filled up (it leaves files cut short) or a binary is missing: throws then. */
async function checkResult(folder, node) {
  const { bavail, bsize } = statfsSync(folder)
  if (bavail * bsize < DISK_FULL_BYTES) throw new InstallError(`${NO_SPACE}, then run the same command again.`)
  const lost = findLostBinary(folder)
  if (!lost) return
  // npm does not say why it passed over a package. Asking for it alone fails with the reason, most likely.
  await runNpm(['view', lost, 'version'], { cwd: folder, node })
  throw new InstallError(`npm could not install ${lost}. Run the same command again.`)
}
