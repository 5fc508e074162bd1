import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { languages } from '../src/pages/home/snippets/languages.ts'
import { dialectIds, dialects } from '../src/ui/dialects.ts'
import { useBrowser } from './helpers/browser.ts'
import { signIn, useFacet } from './helpers/facet.ts'
import { apiOf } from './helpers/operators.ts'

const facet = useFacet()
const browser = useBrowser()
const run = promisify(execFile)

const copyCall = (page: Page) => page.getByRole('button', { name: 'Copy the call' })
const copyKey = (page: Page) => page.getByRole('button', { name: 'Copy the key' })
const clipboardOf = (page: Page) => page.evaluate<string>('navigator.clipboard.readText()')

/** A page whose script may use the clipboard. */
const newPage = () => browser.newPage({ permissions: ['clipboard-read', 'clipboard-write'] })

async function isOpen(page: Page): Promise<boolean> {
  await page
    .getByRole('region', { name: 'Calls', exact: true })
    .getByText('Requests', { exact: true })
    .first()
    .waitFor()
  return page.getByRole('heading', { name: 'Make the first call' }).isVisible()
}

describe('the way to a first call', () => {
  it('keeps the choice of every dialect and language in the address, and copies what it shows', async () => {
    const page = await newPage()
    await signIn(page, facet)
    for (const dialect of dialectIds) {
      await page.getByRole('button', { name: dialects[dialect].name, exact: true }).click()
      await page.waitForURL((url) => url.searchParams.get('dialect') === dialect)
    }
    for (const [language, { name }] of Object.entries(languages)) {
      await page.getByRole('button', { name, exact: true }).click()
      await page.waitForURL((url) => url.searchParams.get('language') === language)
    }
    await page.goto(facet.at('?dialect=epixel&language=php'))
    const pressed = page.locator('button[aria-pressed=true]')
    await copyCall(page).click()
    expect(await pressed.allTextContents()).toEqual([dialects.epixel.name, 'PHP', 'Last hour'])
    expect(await clipboardOf(page)).toMatch(/^<\?php\n.*\/api\/v1\/user\/signup\//s)
  })

  it('leads in one click after the sign-in to a call that is pasted as it is, and shows it arrive', async () => {
    const page = await newPage()
    let early: number | undefined
    await page.route('**/api-keys/*/secret', async (route) => {
      await copyKey(page).waitFor()
      early = await copyCall(page).count()
      await route.continue()
    })
    await signIn(page, facet)
    await page.evaluate("clicks = 0; addEventListener('click', () => clicks++, true)")
    await copyCall(page).click()
    // While its secret was on its way there was no call to copy.
    expect(early).toBe(0)
    const { stdout } = await run('bash', ['-c', await clipboardOf(page)])
    expect(stdout).toMatch(/^HTTP\/1\.1 201 /)
    const arrival = page.getByRole('status').filter({ hasText: 'Arrived: 201' })
    await arrival.waitFor({ timeout: 3_000 })
    expect(await arrival.textContent()).toMatch(/Native\s*POST \/facet\/v1\/profiles$/)
    // The page was not loaded anew: the count would have gone with it.
    expect(await page.evaluate('clicks')).toBe(1)
    await page.getByRole('button', { name: 'Done' }).click()
    expect(await isOpen(page)).toBe(false)
  })

  it('is gone on the next visit, and there again for whoever asks', async () => {
    await facet.api.createProfile({ body: { reference: 'somebody' } })
    const page = await newPage()
    const counted = page.waitForResponse((answer) => answer.url().endsWith('/facet/v1/profiles?limit=1'))
    await signIn(page, facet)
    await counted
    expect(await isOpen(page)).toBe(false)
    await page.getByRole('button', { name: 'Make a call' }).click()
    await page.waitForURL((url) => url.searchParams.get('steps') === 'open')
    await copyCall(page).waitFor()
  })
})

describe('the way to a first call of a live app', () => {
  it('begins with a key, and never holds the secret: words stand in its place', async () => {
    const page = await newPage()
    await signIn(page, facet)
    await page.getByRole('button', { name: /^App: / }).click()
    await page.getByRole('menuitem', { name: 'New app' }).click()
    await page.getByLabel('Name').fill('Shop')
    await page.getByLabel('Mode').selectOption('Live')
    await page.getByRole('button', { name: 'Make the app' }).click()
    await page.getByRole('heading', { name: 'Make the first call to Shop' }).waitFor()
    await page.getByRole('link', { name: 'Make an API key' }).waitFor()

    const appId = new URL(page.url()).pathname.split('/')[2] ?? ''
    const asOperator = await apiOf(page, { url: facet.url, appId })
    const { body } = await asOperator.createApiKey({ body: { name: 'Shop', scopes: ['profiles:write'] } })

    await page.reload()
    await copyCall(page).click()
    expect(await clipboardOf(page)).toContain('Bearer YOUR_SECRET')
    await page.getByText('Shown once, when the key was made').waitFor()
    expect(await page.content()).toContain(body.key)
    expect(await page.content()).not.toContain(body.secret)
  })
})
