import type { Locator, Page } from 'playwright-core'

/** The heading of a page that is shown. */
export function title(page: Page, name: string): Locator {
  return page.getByRole('heading', { name, level: 1, exact: true })
}

export async function chooseInAccountMenu(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: /^Account of / }).click()
  await page.getByRole('menuitem', { name }).click()
}

export async function openAccount(page: Page): Promise<void> {
  await chooseInAccountMenu(page, 'Your account')
  await title(page, 'Your account').waitFor()
}

/** Every address that the browser's way back leads to, and the present one. */
export async function historyOf(page: Page): Promise<readonly string[]> {
  const devtools = await page.context().newCDPSession(page)
  const { entries } = await devtools.send('Page.getNavigationHistory')
  await devtools.detach()
  return entries.map(({ url }) => url)
}
