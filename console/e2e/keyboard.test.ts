import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { useBrowser } from './helpers/browser.ts'
import { useFacet } from './helpers/facet.ts'
import { activate, choose, copyBy, newKeyboardPage, reach, signInByKeyboard, write } from './helpers/keyboard.ts'
import { title } from './helpers/pages.ts'

const facet = useFacet()
const browser = useBrowser()
const run = promisify(execFile)

/** What has the focus, by its name or its words. */
const focused = (page: Page) =>
  page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? null)

describe('by keyboard alone', () => {
  it('leads from the sign-in to the first 201', async () => {
    const page = await signInByKeyboard(browser, facet)
    const call = await copyBy(page.getByRole('button', { name: 'Copy the call' }))
    const { stdout } = await run('bash', ['-c', call])
    expect(stdout).toMatch(/^HTTP\/1\.1 201 /)
    await page.getByRole('status').filter({ hasText: 'Arrived: 201' }).waitFor()
  })

  it('leads from the team’s page to an invitation, and by its link into the app', async () => {
    const page = await signInByKeyboard(browser, facet)
    await activate(page.getByRole('link', { name: 'Settings' }))
    await reach(page.getByRole('tab', { name: 'Team' }))
    await activate(page.getByRole('button', { name: 'Invite an operator' }))
    await write(page.getByLabel('E-mail'), 'vera@example.com')
    await choose(page.getByLabel('Role', { exact: true }), 'viewer')
    await activate(page.getByRole('button', { name: 'Invite', exact: true }))
    const dialog = page.getByRole('dialog', { name: 'The way in for vera@example.com' })
    const link = await copyBy(dialog.getByRole('button', { name: 'Copy the link' }))
    await activate(dialog.getByRole('button', { name: 'I have kept it' }))
    await dialog.waitFor({ state: 'detached' })

    const invited = await newKeyboardPage(browser)
    await invited.goto(link)
    await write(invited.getByLabel('Your name'), 'Vera')
    await write(invited.getByLabel('Password'), 'seven green lanterns')
    await invited.keyboard.press('Enter')
    await title(invited, 'Home').waitFor()
  })

  it('searches with / and with Ctrl+K, which leads to people and to pages', async () => {
    const { body } = await facet.api.createProfile({ body: { fullName: 'Grace Hopper', reference: 'grace' } })
    const page = await signInByKeyboard(browser, facet)
    await page.keyboard.press('ControlOrMeta+k')
    const palette = page.getByRole('dialog', { name: 'Search or jump to' })
    await write(palette.getByRole('combobox'), 'hopp')
    await activate(palette.getByRole('option', { name: 'Grace Hopper' }))
    await title(page, 'Grace Hopper').waitFor()
    expect(page.url()).toBe(facet.at(`/users/${body.id}`))

    // There is no search on this page: / opens that of everything.
    await page.keyboard.press('/')
    await write(palette.getByRole('combobox'), 'use')
    await activate(palette.getByRole('option', { name: 'Users' }))
    await title(page, 'Users').waitFor()
    await page.keyboard.press('/')
    await expect.poll(() => focused(page)).toBe('Search users')
    await page.keyboard.type('/')
    expect(await page.getByRole('searchbox').inputValue()).toBe('/')
  })

  it('moves between the rows of a table, opens one and selects some', async () => {
    for (const name of ['Barbara', 'Radia', 'Margaret']) await facet.api.createProfile({ body: { fullName: name } })
    const page = await signInByKeyboard(browser, facet)
    await page.goto(facet.at('/users?sort=createdAt'))
    const rows = page.getByRole('table', { name: 'Users' }).locator('[data-row-link]')
    await rows.first().waitFor()
    const names = await rows.allTextContents()
    await reach(rows.first())
    const seen: (string | null)[] = []
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowUp', 'End', 'ArrowDown', 'Home', 'ArrowUp']) {
      await page.keyboard.press(key)
      seen.push(await focused(page))
    }
    const [first, second, third] = names
    expect(seen).toEqual([second, third, second, names.at(-1), names.at(-1), first, first])

    for (const key of ['x', 'ArrowDown', 'Space', 'ArrowDown', 'x', 'x']) await page.keyboard.press(key)
    const selection = page.getByRole('region', { name: 'Selection' })
    await selection.getByText('2 selected').waitFor()
    expect(await focused(page)).toBe(third)
    await page.keyboard.press('Enter')
    await title(page, third ?? '').waitFor()
  })

  it('closes what is open with Escape, and goes on where it was opened', async () => {
    const { body } = await facet.api.createProfile({ body: { fullName: 'Edsger', reference: 'edsger' } })
    const page = await signInByKeyboard(browser, facet)
    for (const [path, opener] of [
      ['/users', 'New user'],
      ['/users', 'Columns'],
      [`/users/${body.id}`, 'Edit'],
      [`/users/${body.id}`, 'More to do'],
      ['/api-keys', 'Create a key'],
      ['/webhooks', 'Add an endpoint'],
      ['/settings?tab=team', 'Invite an operator'],
      ['', 'Search or jump to'],
    ] as const) {
      await page.goto(facet.at(path))
      const button = page.getByRole('button', { name: opener })
      await activate(button)
      const opened = page.locator('[role=dialog], [role=menu]').filter({ visible: true })
      await opened.waitFor()
      await page.keyboard.press('Escape')
      await opened.waitFor({ state: 'hidden' })
      await expect
        .poll(() => button.evaluate((element) => element === document.activeElement), { message: opener })
        .toBe(true)
    }
  })

  it('leads into a menu with the press that opens it, so that no key pressed after goes past it', async () => {
    const page = await signInByKeyboard(browser, facet)
    await page.goto(facet.at('/users'))
    const button = page.getByRole('button', { name: 'Columns' })
    await reach(button)
    const within = await button.evaluate((opener: HTMLButtonElement) => {
      opener.click()
      return document.activeElement?.role
    })
    expect(within).toBe('menuitemcheckbox')
  })
})
