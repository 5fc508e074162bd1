import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Locator, Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { sandboxOf } from '../../server/test/helpers/facet-process.ts'
import { useBrowser } from './helpers/browser.ts'
import { useFacet } from './helpers/facet.ts'
import { activate, choose, copyBy, reach, signInByKeyboard, write } from './helpers/keyboard.ts'
import { apiOf } from './helpers/operators.ts'
import { title } from './helpers/pages.ts'

const facet = useFacet()
const browser = useBrowser()
const run = promisify(execFile)

let page: Page
beforeAll(async () => {
  page = await signInByKeyboard(browser, facet)
})

const linksOf = (shown: Page) => shown.getByRole('table', { name: 'Users' }).locator('[data-row-link]')

describe('a search of users', () => {
  /** Somebody with a wallet of each kind; gives every text that they are found by. */
  async function newPerson(mark: string, digit: number): Promise<{ name: string; texts: readonly string[] }> {
    const name = `${mark} Marie Okonjo${digit}`
    const national = `658 24568${digit}`
    const { body } = await facet.api.createProfile({
      body: {
        fullName: name,
        reference: `customer/${mark}`,
        username: `${mark}.okonjo`,
        email: `${mark}.of.numbers@example.com`,
        phone: `+49 ${national}`,
      },
    })
    const { id, uid, longId, number, reference, username } = body
    const [evm = '', bech32 = ''] = await Promise.all(['tETH', 'tBTC'].map((network) => newAddress(id, network)))
    const ofProfile = [id, uid, longId, String(number), reference ?? '', username ?? '']
    const ofPhone = [`+49 ${national}`, `0049 (0) ${national}`, `49-${national.replace(' ', '-')}`]
    const ofWallets = [evm, evm.toLowerCase(), bech32, bech32.toUpperCase()]
    return { name, texts: [...ofProfile, `${mark}.of.num`, ...ofPhone, ...ofWallets, `okonjo${digit} mar`] }
  }

  async function newAddress(id: string, network: string): Promise<string> {
    await facet.api.requestWalletOfProfile({ params: { profile: id }, body: { network, withAddress: true } })
    const wallet = async () => {
      const { body } = await facet.api.listWalletsOfProfile({ params: { profile: id } })
      return body.data.find((each) => each.network === network && each.addressCount > 0)
    }
    await expect.poll(wallet, { timeout: 20_000 }).toBeDefined()
    const { body } = await facet.api.listAddressesOfWallet({ params: { id: (await wallet())?.id ?? '' } })
    return body.data[0]?.address ?? ''
  }

  it('finds somebody by each kind of identifier, however it is written', async () => {
    const [ada, grace] = await Promise.all([newPerson('ada', 4), newPerson('grace', 7)])
    await page.goto(facet.at('/users'))
    await linksOf(page).first().waitFor()
    await page.keyboard.press('/')
    // In turn, so that no answer can be taken for the one before.
    for (const [index, text] of ada.texts.entries()) {
      for (const [sought, name] of [[text, ada.name] as const, [grace.texts[index] ?? '', grace.name] as const]) {
        await write(page.getByRole('searchbox'), sought)
        await expect.poll(() => linksOf(page).allTextContents(), { message: sought }).toEqual([name])
        await page.waitForURL((url) => url.searchParams.get('q') === sought)
      }
    }
    await write(page.getByRole('searchbox'), 'nobody at all')
    await page.getByText('Nobody fits').waitFor()
  })
})

describe('the list of users', () => {
  it('has its filters, order, columns and page in the address: a reload and the way back lead to the same', async () => {
    for (let index = 0; index < 52; index++)
      await facet.api.createProfile({ body: { type: 'Department', fullName: `Department ${index}`, city: 'Lagos' } })
    await page.goto(facet.at('/users'))
    await choose(page.getByLabel('Order'), 'Created: oldest')
    await activate(page.getByRole('button', { name: 'Columns' }))
    await activate(page.getByRole('menuitemcheckbox', { name: 'City' }))
    await activate(page.getByRole('menuitemcheckbox', { name: 'Phone' }))
    await page.keyboard.press('Escape')
    await activate(page.getByRole('button', { name: 'Filter', exact: true }))
    await choose(page.getByLabel('Type'), 'Department')
    await activate(page.getByRole('button', { name: 'Show them' }))
    await expect.poll(() => linksOf(page).first().textContent()).toBe('Department 0')
    const firstPage = await stateOf(page)
    await activate(page.getByRole('button', { name: 'Next page' }))
    await expect.poll(() => linksOf(page).allTextContents()).toEqual(['Department 50', 'Department 51'])

    const secondPage = await stateOf(page)
    expect(secondPage).toMatchObject({
      columns: ['', 'Name', 'E-mail', 'Reference', 'City', 'Created'],
      filters: ['Type Department'],
      order: 'createdAt',
    })
    await page.reload()
    await expect.poll(() => stateOf(page)).toEqual(secondPage)
    await activate(linksOf(page).first())
    await title(page, 'Department 50').waitFor()
    await page.goBack()
    await expect.poll(() => stateOf(page)).toEqual(secondPage)
    await page.goBack()
    await expect.poll(() => stateOf(page)).toEqual(firstPage)
    await activate(page.getByRole('button', { name: 'Remove the filter Type' }))
    await page.getByRole('list', { name: 'Filters' }).waitFor({ state: 'detached' })
    expect(new URL(page.url()).search).toBe('?sort=createdAt&columns=email%2Creference%2CcreatedAt%2Ccity')
  })

  async function stateOf(shown: Page) {
    const texts = (all: Locator) => all.allTextContents()
    return {
      address: shown.url(),
      order: await shown.getByLabel('Order').inputValue(),
      columns: await texts(shown.getByRole('columnheader')),
      filters: await texts(shown.getByRole('list', { name: 'Filters' }).getByRole('listitem')),
      rows: await texts(linksOf(shown)),
    }
  }

  it('deletes those that are selected once their number is typed, and nobody else', async () => {
    const names = ['One', 'Two', 'Three'].map((name) => `Bulk ${name}`)
    for (const fullName of names) await facet.api.createProfile({ body: { fullName } })
    const left = async () => {
      const { body } = await facet.api.listProfiles({ query: { q: 'bulk' } })
      return body.data.map(({ fullName }) => fullName)
    }
    await page.goto(facet.at('/users?q=bulk'))
    await reach(linksOf(page).filter({ hasText: 'Bulk Three' }))
    await page.keyboard.press('x')
    await reach(linksOf(page).filter({ hasText: 'Bulk One' }))
    await page.keyboard.press('Space')
    await activate(page.getByRole('region', { name: 'Selection' }).getByRole('button', { name: 'Delete' }))
    const dialog = page.getByRole('dialog', { name: 'Delete 2 users' })
    await write(dialog.getByRole('textbox'), 'delete 3')
    expect(await dialog.getByRole('button', { name: 'Delete 2 users' }).isDisabled()).toBe(true)
    await page.keyboard.press('Enter')
    expect(await left()).toHaveLength(3)
    await write(dialog.getByRole('textbox'), 'delete 2')
    await page.keyboard.press('Enter')
    await page.getByText('2 users deleted').waitFor()
    await expect.poll(() => linksOf(page).allTextContents()).toEqual(['Bulk Two'])
    expect(await left()).toEqual(['Bulk Two'])
  })

  it('holds, where nobody is yet, the command that makes the first', async () => {
    const { organizationId } = sandboxOf(facet.dataDir)
    const asOwner = await apiOf(page, facet)
    const { body: app } = await asOwner.createAppAsOperator({
      body: { organizationId, name: 'Empty', mode: 'sandbox' },
    })
    const inApp = await apiOf(page, { url: facet.url, appId: app.id })
    const { body: key } = await inApp.createApiKey({ body: { name: 'First', scopes: ['profiles:write'] } })
    await page.goto(`${facet.url}/console/${app.id}/users`)
    await page.getByText('Nobody is here yet').waitFor()
    const command = await copyBy(page.getByRole('button', { name: 'Copy the command' }))
    const { stdout } = await run('bash', ['-c', command], { env: { ...process.env, FACET_SECRET: key.secret } })
    expect(stdout).toMatch(/^HTTP\/1\.1 201 /)
    await page.reload()
    await expect.poll(() => linksOf(page).allTextContents()).toEqual(['Ada Okonjo'])
  })
})

describe.each([
  ['of 255 characters', 'Wolfeschlegelsteinhausenbergerdorff '.repeat(8).slice(0, 255)],
  ['of 255 characters without a break', 'W'.repeat(255)],
  ['from right to left', 'عبد الله محمد بن موسى الخوارزمي'],
  ['with pictures', '🦊 Fox of the 👩‍👩‍👧‍👦 family'],
])('a name %s', (_kind, fullName) => {
  it('fits a phone as a whole, in the list and on its page', async () => {
    const { body } = await facet.api.createProfile({ body: { fullName } })
    await page.setViewportSize({ width: 390, height: 844 })
    await page.goto(facet.at('/users'))
    const link = linksOf(page).filter({ hasText: fullName })
    await link.waitFor()
    expect(await overflowOf(link)).toEqual({ ofPage: 0, left: 0, right: 0, hidden: 0 })
    await page.goto(facet.at(`/users/${body.id}`))
    await title(page, fullName).waitFor()
    expect(await overflowOf(title(page, fullName))).toEqual({ ofPage: 0, left: 0, right: 0, hidden: 0 })
    await page.setViewportSize({ width: 1280, height: 800 })
  })

  /** By how many pixels the page is wider than the window, an element stands out of it at either side, and its text out of itself. */
  function overflowOf(element: Locator) {
    return element.evaluate((shown) => {
      const { left, right } = shown.getBoundingClientRect()
      const over = (pixels: number) => Math.max(0, Math.ceil(pixels - 0.5))
      return {
        ofPage: over(document.documentElement.scrollWidth - window.innerWidth),
        left: over(-left),
        right: over(right - window.innerWidth),
        hidden: getComputedStyle(shown).display === 'inline' ? 0 : over(shown.scrollWidth - shown.clientWidth),
      }
    })
  }
})
