import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { install } from './install.mjs'
import { withLock } from './lock.mjs'
import { findNpmCli, InstallError } from './npm.mjs'

/** Stands for npm: notes how it was called and leaves what npm leaves, or fails as told. No network. */
const FAKE_NPM = `
import { appendFileSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
const words = process.argv.slice(2)
appendFileSync(process.env.FAKE_NPM_CALLS, process.cwd() + ' ' + words.slice(0, 3).join(' ') + '\\n')
if (process.env.FAKE_NPM_ERROR) { console.error('npm error code ' + process.env.FAKE_NPM_ERROR); process.exit(1) }
await new Promise((done) => setTimeout(done, 150))
mkdirSync('node_modules/node-here/bin', { recursive: true })
if (!existsSync('node_modules/node-here/bin/node')) symlinkSync(process.execPath, 'node_modules/node-here/bin/node')
const packages = words.includes('--omit=dev') ? {} : { tool: { dev: true } }
writeFileSync('node_modules/.package-lock.json', JSON.stringify({ packages, lock: readFileSync('package-lock.json', 'utf8') }))
`

let root
let calls

function writeJson(path, value) {
  mkdirSync(join(root, path, '..'), { recursive: true })
  writeFileSync(join(root, path), JSON.stringify(value))
}

/** A clone with one workspace, whose lock file agrees with it. */
function writeClone({ fastify = '5.0.0' } = {}) {
  const dependencies = { fastify }
  writeJson('package.json', { workspaces: ['server'], scripts: {} })
  writeJson('server/package.json', { dependencies })
  writeJson('package-lock.json', { packages: { '': { workspaces: ['server'] }, server: { dependencies } } })
  writeJson('scripts/runtime/package.json', {
    optionalDependencies: { 'node-elsewhere': '24.0.0', 'node-here': '24.0.0' },
  })
  writeJson('scripts/runtime/package-lock.json', {
    packages: { '': { optionalDependencies: { 'node-elsewhere': '24.0.0', 'node-here': '24.0.0' } } },
  })
}

const npmCalls = () => (existsSync(calls) ? readFileSync(calls, 'utf8').trim().split('\n') : [])
const prepare = (level, major = 24) => install(level, { root, major })
const said = () => process.stderr.write.mock.calls.map(([text]) => text).join('')

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'facet install ')))
  calls = join(root, 'calls.txt')
  writeClone()
  mkdirSync(join(root, 'npm'))
  writeFileSync(join(root, 'npm', 'npm-cli.js'), FAKE_NPM)
  writeFileSync(join(root, 'npm', 'package.json'), '{"type":"module"}')
  vi.stubEnv('npm_execpath', join(root, 'npm', 'npm-cli.js'))
  vi.stubEnv('FAKE_NPM_CALLS', calls)
  vi.spyOn(process.stderr, 'write').mockReturnValue(true)
})

afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
  rmSync(root, { recursive: true, force: true })
})

describe('what is installed, and when', () => {
  test('an install is done once; the next start runs no npm', async () => {
    expect(await prepare('serve')).toBe(process.execPath)
    await prepare('serve')
    expect(npmCalls()).toEqual([`${root} install --no-save --omit=dev`])
    expect(said()).toContain("Installing Facet's packages: first time only")
  })

  test('level dev satisfies serve; level serve is raised to dev in place', async () => {
    await prepare('serve')
    writeFileSync(join(root, 'node_modules', 'kept'), '')
    await prepare('dev')
    await prepare('serve')
    expect(npmCalls().slice(1)).toEqual([`${root} install --no-save --include=dev`])
    expect(existsSync(join(root, 'node_modules', 'kept'))).toBe(true)
  })

  test('a changed lock file is installed at the next start, which keeps the development tools', async () => {
    await prepare('dev')
    writeClone({ fastify: '5.0.1' })
    await prepare('serve')
    expect(npmCalls().slice(1)).toEqual([`${root} install --no-save --include=dev`])
    expect(said()).toContain('something changed')
  })

  test('a tree changed by hand is noticed', async () => {
    await prepare('serve')
    writeFileSync(join(root, 'node_modules', '.package-lock.json'), '{"packages":{}}')
    await prepare('serve')
    expect(npmCalls()).toHaveLength(2)
  })

  test('a package.json that differs in its scripts only is not installed again', async () => {
    await prepare('serve')
    writeJson('package.json', { workspaces: ['server'], scripts: { new: 'true' } })
    await prepare('serve')
    expect(npmCalls()).toHaveLength(1)
  })

  test('an interrupted install starts from nothing', async () => {
    await prepare('serve')
    writeJson('node_modules/.facet-install.json', { installing: true })
    writeFileSync(join(root, 'node_modules', 'half'), '')
    await prepare('serve')
    expect(existsSync(join(root, 'node_modules', 'half'))).toBe(false)
    expect(said()).toContain('the last install did not finish')
  })

  test('an older Node gets Node 24 first, then the packages', async () => {
    expect(await prepare('serve', 20)).toBe(realpathSync(process.execPath))
    const runtime = join(root, 'scripts', 'runtime')
    expect(npmCalls().map((call) => call.slice(0, -' install --no-save --omit=dev'.length))).toEqual([runtime, root])
  })

  test('two starts at once install once', async () => {
    await Promise.all([prepare('serve'), prepare('serve')])
    expect(npmCalls()).toHaveLength(1)
    expect(said()).toContain('waiting for it')
  })
})

describe('what goes wrong is said with a remedy', () => {
  test('a package.json that its lock file does not know is refused before npm runs', async () => {
    writeJson('server/package.json', { dependencies: { fastify: '6.0.0' } })
    await expect(prepare('serve')).rejects.toThrow('server/package.json and package-lock.json disagree')
    expect(npmCalls()).toEqual([])
  })

  test.each([
    ['ENOTFOUND', 'registry could not be reached'],
    ['ENOSPC', 'no space left'],
    ['EACCES', 'may not write here'],
    ['EWEIRD', 'npm failed (exit code 1)'],
  ])('npm failing with %s: its words, then "%s"; the next start tries again', async (code, words) => {
    vi.stubEnv('FAKE_NPM_ERROR', code)
    const failure = await prepare('serve').catch((error) => error)
    expect(failure).toBeInstanceOf(InstallError)
    expect(failure.message).toMatch(new RegExp(`npm error code ${code}[^]*${words.replace(/[()]/g, '\\$&')}`))
    vi.stubEnv('FAKE_NPM_ERROR', '')
    await prepare('serve')
    expect(npmCalls()).toHaveLength(2)
  })

  test("a binary that npm passed over is missed, not found out by the server's start", async () => {
    const optionalDependencies = { binary: '1.0.0' }
    const packages = { '': { workspaces: ['server'] }, server: { optionalDependencies }, 'node_modules/binary': {} }
    writeJson('server/package.json', { optionalDependencies })
    writeJson('package-lock.json', { packages })
    await expect(prepare('serve')).rejects.toThrow('npm could not install binary@1.0.0')
  })

  test('npm is never taken for another package manager, nor a shell script for npm', () => {
    writeFileSync(join(root, 'npm', 'yarn.js'), '')
    writeFileSync(join(root, 'npm', 'npm'), '#!/bin/sh')
    const real = join(root, 'npm', 'npm-cli.js')
    expect(findNpmCli({ npm_execpath: join(root, 'npm', 'yarn.js') })).toBe(real)
    rmSync(real)
    const env = { npm_execpath: join(root, 'npm', 'yarn.js'), PATH: join(root, 'npm') }
    // This machine's Node may have an npm beside it.
    const found = (() => {
      try {
        return findNpmCli(env)
      } catch (error) {
        return error.message
      }
    })()
    expect(found).not.toContain(root)
  })
})

describe('the lock', () => {
  const lockFile = () => join(root, '.runtime', 'install.lock')
  const hold = (pids) => {
    mkdirSync(join(root, '.runtime'), { recursive: true })
    writeFileSync(lockFile(), JSON.stringify(pids))
  }
  const deadPid = () => spawnSync(process.execPath, ['--version']).pid
  const enter = () => withLock(lockFile(), { say: () => {}, task: async () => Date.now() })

  test('of a dead process is taken over at once, and gone after', async () => {
    hold([deadPid()])
    const before = Date.now()
    expect((await enter()) - before).toBeLessThan(1000)
    expect(existsSync(lockFile())).toBe(false)
  })

  test('of a killed launcher holds for as long as the npm that it left behind works', async () => {
    const npm = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 700)'])
    hold([deadPid(), npm.pid])
    const before = Date.now()
    expect((await enter()) - before).toBeGreaterThan(600)
  })

  test('that is stale lets in one at a time, however many saw it', async () => {
    hold([deadPid()])
    let inside = 0
    let most = 0
    const task = async () => {
      most = Math.max(most, ++inside)
      await new Promise((done) => setTimeout(done, 20))
      inside -= 1
    }
    await Promise.all(Array.from({ length: 5 }, () => withLock(lockFile(), { say: () => {}, task })))
    expect(most).toBe(1)
  })
})
