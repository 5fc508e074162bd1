import { once } from 'node:events'
import { expect, it } from 'vitest'
import { cleanUpProcesses, newFolder, newKeys, startFacet } from '../../server/test/helpers/facet-process.ts'
import { useBrowser } from './helpers/browser.ts'
import { newDatabase } from './helpers/facet.ts'
import { enter } from './helpers/operators.ts'
import { chooseInAccountMenu, historyOf, title } from './helpers/pages.ts'

cleanUpProcesses('all')
const browser = useBrowser()

it('leads from the link that a start in production prints to the first app, once', async () => {
  const facet = startFacet({
    ...newKeys(),
    NODE_ENV: 'production',
    FACET_PORT: '0',
    FACET_LOG_LEVEL: 'error',
    FACET_DATA_DIR: newFolder(),
    DATABASE_URL: await newDatabase(),
  })
  const url = await facet.ready()
  const link = () => /^http:\S+\/console\/set-up#token=\S+$/m.exec(facet.output.stdout)?.[0]
  while (link() === undefined) await once(facet.child.stdout ?? facet.child, 'data')

  const page = await browser.newPage()
  await page.goto(link() ?? '')
  await title(page, 'Set Facet up').waitFor()
  await page.getByLabel('Organization').fill('Lanterns Ltd')
  await page.getByLabel('Your e-mail').fill('olga@example.com')
  await page.getByLabel('Your name').fill('Olga')
  await page.getByLabel('Password').fill('seven green lanterns')
  await page.getByRole('button', { name: 'Go on' }).click()

  await title(page, 'Make your first app').waitFor()
  await page.getByLabel('Name').fill('Shop')
  await page.getByLabel('Mode').selectOption('Live')
  await page.getByRole('button', { name: 'Make the app' }).click()
  await title(page, 'Home').waitFor()
  await page.getByRole('button', { name: 'App: Shop Lanterns Ltd live' }).waitFor()
  await page.getByRole('heading', { name: 'Make the first call to Shop' }).waitFor()

  // Neither the address nor the way back holds the token, and the way back leads to no second first app.
  expect((await historyOf(page)).join()).not.toContain('token')
  await page.goBack()
  await title(page, 'Home').waitFor()

  const another = await browser.newPage()
  await another.goto(link() ?? '')
  await title(another, 'This link does not work').waitFor()

  await chooseInAccountMenu(page, 'Sign out')
  await title(page, 'Sign in').waitFor()
  await enter(page, { email: 'olga@example.com', password: 'seven green lanterns' })
  await title(page, 'Home').waitFor()
  expect(page.url().startsWith(`${url}/console/`)).toBe(true)
})
