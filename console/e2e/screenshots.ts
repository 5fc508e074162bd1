// `npm run screenshots`: a picture of every page in both themes, on a desk and on a phone, out of a server of its own with people in it. They
// are written to console/screenshots, which is not kept; with --readme the two that the README shows are written to docs/pictures.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { createClient } from '../../sdk/src/client.ts'
import { browserFlags, findChromium } from './helpers/chromium.ts'
import { enter } from './helpers/operators.ts'
import { type Route, routesOf } from './helpers/routes.ts'
import { seed } from './helpers/seed.ts'
import { settled } from './helpers/settled.ts'

const root = join(import.meta.dirname, '..', '..')
const main = join(root, 'server', 'src', 'main.ts')
const widths = [1_280, 390]
/** What the README shows. */
const shown = ['user-ocamba', 'users']

interface Sandbox {
  readonly url: string
  readonly appId: string
  readonly secret: string
  readonly operatorEmail: string
  readonly operatorPassword: string
}

async function start(dataDir: string): Promise<{ sandbox: Sandbox; stop: () => Promise<unknown> }> {
  const env = { ...process.env, FACET_DATA_DIR: dataDir, FACET_PORT: '0', FACET_LOG_LEVEL: 'error' }
  const server = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  while (!said.includes('Facet is ready at')) {
    const [part] = await Promise.race([
      once(server.stdout, 'data'),
      once(server, 'exit').then(() => Promise.reject(new Error(said))),
    ])
    said += part
  }
  const sandbox: Sandbox = JSON.parse(readFileSync(join(dataDir, 'sandbox.json'), 'utf8'))
  const stop = () => {
    server.kill('SIGTERM')
    return once(server, 'exit')
  }
  return { sandbox, stop }
}

/** Calls of some kinds and some that fail, so that Home has something to draw. */
async function makeCalls({ url, secret }: Sandbox): Promise<void> {
  const paths = [
    '/facet/v1/profiles',
    '/api/v1/profiles?skip=0&take=10',
    '/v1/hood/profiles',
    '/v1/hood/profiles/1',
    '/api/v1/profiles/none',
  ]
  for (let index = 0; index < 200; index++) {
    const path = paths[index % paths.length]
    const key: Record<string, string> = path?.startsWith('/api')
      ? { 'x-api-key': secret }
      : { authorization: `Bearer ${secret}` }
    await fetch(url + path, { headers: key })
  }
}

async function signIn(page: Page, { url, operatorEmail, operatorPassword }: Sandbox): Promise<void> {
  await page.goto(`${url}/console/`)
  await enter(page, { email: operatorEmail, password: operatorPassword })
  await page.getByRole('heading', { name: 'Home' }).waitFor()
}

/** Waits until all is drawn; no longer than a moment for what is still loading, since a page that follows the feed never ends. */
async function atRest(page: Page): Promise<void> {
  await settled(page)
  await page.waitForLoadState('networkidle', { timeout: 2_000 }).catch(() => {})
}

async function takeAll(browser: Browser, sandbox: Sandbox, routes: readonly Route[], folder: string): Promise<void> {
  for (const width of widths) {
    const viewport = { width, height: 844 }
    const [visitor, signedIn] = [await browser.newPage({ viewport }), await browser.newPage({ viewport })]
    await signIn(signedIn, sandbox)
    for (const { name, path, open } of routes) {
      const page = open ? visitor : signedIn
      await page.goto(`${sandbox.url}/console${path}`)
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme })
        await atRest(page)
        await page.screenshot({ path: join(folder, `${name}-${colorScheme}-${width}.png`), fullPage: true })
      }
    }
  }
}

/** For the README: sharp on any screen, and cut where the eye is led. */
async function takeShown(browser: Browser, sandbox: Sandbox, routes: readonly Route[]): Promise<void> {
  const page = await browser.newPage({ viewport: { width: 1_280, height: 800 }, deviceScaleFactor: 1.5 })
  await signIn(page, sandbox)
  for (const { name, path } of routes.filter((route) => shown.includes(route.name))) {
    await page.goto(`${sandbox.url}/console${path}`)
    await atRest(page)
    await page.screenshot({ path: join(root, 'docs', 'pictures', `console-${name}.png`) })
  }
}

const dataDir = mkdtempSync(join(tmpdir(), 'facet-screenshots-'))
const { sandbox, stop } = await start(dataDir)
const browser = await chromium.launch({ executablePath: findChromium(), args: browserFlags })
try {
  const api = createClient({ baseUrl: sandbox.url, secret: sandbox.secret })
  const routes = routesOf(sandbox.appId, await seed(api, 60))
  await makeCalls(sandbox)
  const folder = join(root, 'console', 'screenshots')
  mkdirSync(folder, { recursive: true })
  if (process.argv.includes('--readme')) await takeShown(browser, sandbox, routes)
  else await takeAll(browser, sandbox, routes, folder)
} finally {
  await browser.close()
  await stop()
  rmSync(dataDir, { recursive: true, force: true })
}
