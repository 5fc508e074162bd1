import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import pg from 'pg'
import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { useBrowser } from './helpers/browser.ts'
import { useFacet } from './helpers/facet.ts'
import { activate, choose, copyBy, signInByKeyboard, toggle, write } from './helpers/keyboard.ts'

const facet = useFacet()
const browser = useBrowser()
const run = promisify(execFile)

let page: Page
beforeAll(async () => {
  page = await signInByKeyboard(browser, facet)
})

/** Calls the app as a program does that has the secret; gives the status. */
async function call(secret: string, method: 'GET' | 'POST' = 'GET'): Promise<number> {
  const body = method === 'POST' ? ['-H', 'Content-Type: application/json', '-d', '{}'] : []
  const asked = ['-s', '-o', '/dev/null', '-w', '%{http_code}', '-X', method, '-H', `Authorization: Bearer ${secret}`]
  const { stdout } = await run('curl', [...asked, ...body, `${facet.url}/facet/v1/profiles`])
  return Number(stdout)
}

/** Makes a key by the form; gives its secret, as it was copied. */
async function createKey(name: string): Promise<string> {
  await page.goto(facet.at('/api-keys'))
  await activate(page.getByRole('button', { name: 'Create a key' }))
  await write(page.getByLabel('Name'), name)
  await activate(page.getByRole('button', { name: 'Create the key' }))
  return keep('The key is made')
}

/** Copies a secret from the dialog that shows it once, which nothing closes but the button that says so. */
async function keep(heading: string): Promise<string> {
  const dialog = page.getByRole('dialog', { name: heading })
  const secret = await copyBy(dialog.getByRole('button', { name: 'Copy the secret' }))
  expect(await dialog.locator('pre').first().textContent()).toBe(secret)
  await page.keyboard.press('Escape')
  await activate(dialog.getByRole('button', { name: 'I have kept it' }))
  await dialog.waitFor({ state: 'detached' })
  expect(await page.content()).not.toContain(secret)
  return secret
}

const openKey = (name: string) => activate(page.getByRole('link', { name, exact: true }))
const fact = (name: string) => page.getByRole('dialog').locator('dt', { hasText: name }).locator('+ dd')

describe('a new key', () => {
  it('may do what was chosen and nothing else; its secret is shown once and is not on the page any more', async () => {
    await page.goto(facet.at('/api-keys'))
    await activate(page.getByRole('button', { name: 'Create a key' }))
    await activate(page.getByRole('button', { name: 'Create the key' }))
    await page.getByText('A key needs a name').waitFor()
    await write(page.getByLabel('Name'), 'Reader')
    await toggle(page.getByRole('checkbox', { name: 'profiles:write' }))
    await activate(page.getByRole('button', { name: 'Create the key' }))
    const secret = await keep('The key is made')
    expect(await call(secret)).toBe(200)
    expect(await call(secret, 'POST')).toBe(403)
    await page.reload()
    await page.getByRole('link', { name: 'Reader' }).waitFor()
    expect(await page.content()).not.toContain(secret)
  })

  it('works at once, and shows when it was last used', async () => {
    const secret = await createKey('Backend')
    await openKey('Backend')
    expect(await fact('Last used').textContent()).toBe('Never')
    expect(await call(secret, 'POST')).toBe(201)
    await noteLastUse('Backend')
    await page.reload()
    await expect.poll(() => fact('Last used').textContent()).toBe('just now')
  })

  /** The server writes uses down once a minute; this does it at once. */
  async function noteLastUse(name: string): Promise<void> {
    const database = new pg.Client(facet.env.DATABASE_URL)
    await database.connect()
    await database.query('update api_keys set last_used_at = now() where name = $1', [name])
    await database.end()
  }
})

describe('a rotation', () => {
  it('leaves the old secret good for as long as was chosen', async () => {
    const old = await createKey('Overlapping')
    await openKey('Overlapping')
    const renewed = await rotate('1 hour')
    expect([await call(old), await call(renewed)]).toEqual([200, 200])
    await page.getByRole('dialog').getByText('Ends soon').waitFor()
  })

  it('ends the old secret within a second where it is to go on not at all', async () => {
    const old = await createKey('Leaked')
    expect(await call(old)).toBe(200)
    await openKey('Leaked')
    const renewed = await rotate('Not at all')
    await expect.poll(() => call(old), { timeout: 1_000 }).toBe(401)
    expect(await call(renewed)).toBe(200)
  })

  async function rotate(overlap: string): Promise<string> {
    await activate(page.getByRole('button', { name: 'Rotate', exact: true }))
    await choose(page.getByLabel('How long the old key goes on'), overlap)
    await activate(page.getByRole('button', { name: 'Rotate the key' }))
    return keep('The new key is made')
  }
})

describe('a revocation', () => {
  it('needs the name of the key, is in force within a second, and leaves the key to be seen among those that ended', async () => {
    const secret = await createKey('Old worker')
    expect(await call(secret)).toBe(200)
    await openKey('Old worker')
    await activate(page.getByRole('button', { name: 'Revoke', exact: true }))
    const dialog = page.getByRole('dialog', { name: 'Revoke the key?' })
    await write(dialog.getByLabel('Type “Old worker” to go on'), 'Old')
    await page.keyboard.press('Enter')
    expect(await call(secret)).toBe(200)
    await page.keyboard.type(' worker')
    await page.keyboard.press('Enter')
    await expect.poll(() => call(secret), { timeout: 1_000 }).toBe(401)
    await page.getByRole('status').getByText('The key is revoked').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('link', { name: 'Old worker' }).waitFor({ state: 'detached' })
    await activate(page.getByRole('button', { name: 'Show ended keys' }))
    const row = page.getByRole('row').filter({ hasText: 'Old worker' })
    await row.getByText('Revoked').waitFor()
    expect(new URL(page.url()).search).toBe('?ended=shown')
  })
})
