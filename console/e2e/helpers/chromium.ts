import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'
import { chromium } from 'playwright-core'

/** How a browser is started that nobody sees, on a machine that it may reach no network from. */
export const browserFlags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome']

/**
 * Where a Chromium is: the one that `FACET_CHROMIUM` names, one that is installed, the one that playwright downloads, or Debian's, which
 * root may install. Throws one line that says what to do when none can be had.
 */
export function findChromium(): string {
  const named = process.env.FACET_CHROMIUM
  if (named !== undefined && named !== '') {
    if (existsSync(named)) return named
    throw new Error(`FACET_CHROMIUM leads to no file: ${named}`)
  }
  const found = installed() ?? downloaded() ?? fromPackages()
  if (found !== undefined) return found
  throw new Error(
    'No Chromium for the tests of the console: install one (apt-get install chromium), or name one by FACET_CHROMIUM',
  )
}

function installed(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter)
  const mac = [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
  ]
  return [...names.flatMap((name) => folders.map((folder) => join(folder, name))), ...mac].find((file) =>
    existsSync(file),
  )
}

function downloaded(): string | undefined {
  const file = chromium.executablePath()
  if (existsSync(file)) return file
  const cli = join(dirname(createRequire(import.meta.url).resolve('playwright-core/package.json')), 'cli.js')
  attempt(process.execPath, [cli, 'install', 'chromium'])
  return existsSync(file) ? file : undefined
}

function fromPackages(): string | undefined {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return undefined
  attempt('apt-get', ['update', '-q'])
  attempt('apt-get', ['install', '-y', '-q', '--no-install-recommends', 'chromium'])
  return installed()
}

/** Runs a command for some minutes at most; whether it did what it should is looked at afterwards. */
function attempt(command: string, args: readonly string[]): void {
  try {
    execFileSync(command, args, {
      stdio: 'ignore',
      timeout: 300_000,
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    })
  } catch {}
}
