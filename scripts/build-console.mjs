// `npm run build`: the console's static files, built by Vite when something that they are made of has changed, and not otherwise.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { withLock } from './lock.mjs'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const CONSOLE = join(ROOT, 'console')
const STAMP = join(CONSOLE, 'dist', '.build')
const INPUTS = ['console', 'sdk/src', 'package-lock.json']
/** Folders of the console that its files are not made of. */
const ASIDE = /^console\/(?:dist|e2e|node_modules|prove)(?:\/|$)/

const say = (line) => process.stderr.write(`${line}\n`)

/** Builds the console, and says so when it cannot be: the API is served without it. */
export async function tryToBuildConsole(node) {
  try {
    await buildConsole(node)
  } catch (error) {
    say(`${error.message}\nEverything but the console is served.`)
  }
}

/** Builds the console with the given Node unless it is built already. Throws what Vite says when it fails. */
async function buildConsole(node) {
  if (isBuilt()) return
  await withLock(join(ROOT, '.runtime', 'console.lock'), {
    say,
    doing: 'building the console',
    task: async () => {
      // Another process may have built it while we waited for the lock.
      if (isBuilt()) return
      const inputs = hashInputs()
      const startedAt = Date.now()
      say('Building the console …')
      rmSync(STAMP, { force: true })
      await run(node, [join(ROOT, 'node_modules', 'vite', 'bin', 'vite.js'), 'build', '--logLevel', 'warn'])
      writeFileSync(STAMP, inputs)
      say(`Built the console in ${Math.round((Date.now() - startedAt) / 1000)} s.`)
    },
  })
}

function isBuilt() {
  try {
    return readFileSync(STAMP, 'utf8') === hashInputs()
  } catch {
    return false
  }
}

function hashInputs() {
  const hash = createHash('sha256')
  for (const name of INPUTS.flatMap(filesBelow).sort()) {
    hash.update(`${name}\n`).update(readFileSync(join(ROOT, name)))
  }
  return hash.digest('hex')
}

function filesBelow(path) {
  if (ASIDE.test(path)) return []
  if (statSync(join(ROOT, path)).isFile()) return [path]
  return readdirSync(join(ROOT, path)).flatMap((name) => filesBelow(`${path}/${name}`))
}

function run(node, args) {
  const child = spawn(node, args, {
    cwd: CONSOLE,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, NODE_ENV: 'production', PATH: [dirname(node), process.env.PATH].join(':') },
  })
  let said = ''
  child.stderr.on('data', (text) => {
    said += text
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`The console could not be built:\n${said}`)),
    )
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildConsole(process.execPath)
