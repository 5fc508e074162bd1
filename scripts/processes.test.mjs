import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

const PROCESSES = new URL('./processes.mjs', import.meta.url).href

/** A main file that notes what happens to it. Arguments: its log, and the code it shall end with. */
const MAIN = `
import { appendFileSync } from 'node:fs'
const [log, code] = process.argv.slice(2)
const note = (line) => appendFileSync(log, line + '\\n')
if (code) process.exit(Number(code))
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {
  note(signal)
  setTimeout(() => process.exit(3), 300)
})
note('up ' + process.pid)
setInterval(() => {}, 1000)
`
const LAUNCHER = `import { launch } from ${JSON.stringify(PROCESSES)}
const [node, entry, ...args] = process.argv.slice(2)
await launch(node, entry, args)
`
/** Stands for npm, which dies without passing anything on. */
const PARENT = `import { spawn } from 'node:child_process'
spawn(process.execPath, process.argv.slice(2), { stdio: 'inherit' })
`

let folder
let log
let started

const path = (name) => join(folder, name)
const notes = () => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [])
const mainPid = () => Number(notes()[0].split(' ')[1])

function start(args, env = {}) {
  const child = spawn(process.execPath, args, { stdio: 'ignore', env: { ...process.env, ...env } })
  started.push(child)
  return child
}

/** `otherNode`: the launcher starts a second Node, as it does where the machine's Node is old. */
function launch({ otherNode = true, code = '' } = {}) {
  const node = otherNode ? path('node') : process.execPath
  return start([path('launcher.mjs'), node, path('main.mjs'), log, code])
}

const isAlive = (pid) => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
const running = () => vi.waitFor(() => expect(notes()[0]).toMatch(/^up \d+$/), { timeout: 10_000 })
const mainGone = () => vi.waitFor(() => expect(isAlive(mainPid())).toBe(false), { timeout: 5000 })

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'facet launch '))
  log = path('log')
  started = []
  symlinkSync(process.execPath, path('node'))
  for (const [name, text] of Object.entries({ main: MAIN, launcher: LAUNCHER, parent: PARENT })) {
    writeFileSync(path(`${name}.mjs`), text)
  }
})

afterEach(() => {
  if (notes()[0]?.startsWith('up ') && isAlive(mainPid())) process.kill(mainPid(), 'SIGKILL')
  for (const child of started) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

describe.each([
  ['in this process', false],
  ['in a second Node', true],
])('the launcher, with the main file %s', (_, otherNode) => {
  test('passes the exit code on', async () => {
    expect(await once(launch({ otherNode, code: '7' }), 'exit')).toEqual([7, null])
  })

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'])('passes %s on and waits for the end', async (signal) => {
    const launcher = launch({ otherNode })
    await running()
    launcher.kill(signal)
    expect(await once(launcher, 'exit')).toEqual([3, null])
    expect(notes().slice(1)).toEqual([signal])
  })

  test('dies of the signal that its main file died of', async () => {
    const launcher = launch({ otherNode })
    await running()
    process.kill(mainPid(), 'SIGKILL')
    expect(await once(launcher, 'exit')).toEqual([null, 'SIGKILL'])
  })

  test('stops the main file when npm is killed', async () => {
    const env = { npm_lifecycle_event: 'start' }
    const node = otherNode ? path('node') : process.execPath
    const npm = start([path('parent.mjs'), path('launcher.mjs'), node, path('main.mjs'), log], env)
    await running()
    npm.kill('SIGKILL')
    await mainGone()
    expect(notes().slice(1)).toEqual(['SIGTERM'])
  })
})

describe('the launcher of a second Node', () => {
  test("lets the main file see a Ctrl-C once, though npm repeats the terminal's", async () => {
    const launcher = launch()
    await running()
    launcher.kill('SIGINT')
    await sleep(50)
    launcher.kill('SIGINT')
    await once(launcher, 'exit')
    expect(notes().slice(1)).toEqual(['SIGINT'])
  })

  test('leaves no main file behind when it is killed: that one is asked to stop', async () => {
    const launcher = launch()
    await running()
    launcher.kill('SIGKILL')
    await mainGone()
    expect(notes().slice(1)).toEqual(['SIGTERM'])
  })
})
