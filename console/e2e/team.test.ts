import { randomUUID } from 'node:crypto'
import pg from 'pg'
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { useBrowser } from './helpers/browser.ts'
import { signIn, useFacet } from './helpers/facet.ts'
import { askFrom, cookieOf, isSignedIn, newOperator } from './helpers/operators.ts'
import { title } from './helpers/pages.ts'

const facet = useFacet()
const browser = useBrowser()

const endpoint = { url: 'https://example.com/hook', types: ['profile.created'] }
const refused = { status: 403, code: 'scope_missing' }

async function placesOf(page: Page): Promise<string[]> {
  return page.getByRole('navigation', { name: 'Main' }).getByRole('link').allTextContents()
}

async function openTeam(page: Page): Promise<void> {
  await page.goto(facet.at('/settings?tab=team'))
  await page.getByRole('table', { name: 'Operators' }).getByText(facet.operatorEmail).waitFor()
}

/** Invites somebody on the page of the team; gives the link, which it shows once. */
async function invite(page: Page, email: string, role: string): Promise<string> {
  await openTeam(page)
  await page.getByRole('button', { name: 'Invite an operator' }).click()
  await page.getByLabel('E-mail').fill(email)
  await page.getByLabel('Role', { exact: true }).selectOption(role)
  await page.getByRole('button', { name: 'Invite', exact: true }).click()
  const dialog = page.getByRole('dialog', { name: `The way in for ${email}` })
  const link = await dialog.locator('code').textContent()
  await dialog.getByRole('button', { name: 'I have kept it' }).click()
  await page.getByRole('table', { name: 'Invitations' }).getByText(email).waitFor()
  const token = new URL(link ?? '').hash.slice('#token='.length)
  expect(token).toHaveLength(43)
  expect(await page.content()).not.toContain(token)
  return link ?? ''
}

it('lets somebody in by a link that is shown once, to what their role allows and no more, as long as they belong', async () => {
  const [owner, viewer] = [await browser.newPage(), await browser.newPage()]
  await signIn(owner, facet)
  const link = await invite(owner, 'vera@example.com', 'viewer')
  await viewer.goto(link)
  await viewer.getByText('You were invited as viewer, by the address vera@example.com.').waitFor()
  await viewer.getByLabel('Your name').fill('Vera')
  await viewer.getByLabel('Password').fill('seven green lanterns')
  await viewer.getByRole('button', { name: 'Go on' }).click()
  await title(viewer, 'Home').waitFor()
  expect(viewer.url()).toBe(facet.at(''))

  await isOfferedNothingMore(viewer)
  await isRefusedByTheServer(viewer)

  // Raised: at once, on the server and, once the page is there anew, in it.
  await openTeam(owner)
  await owner.getByRole('table', { name: 'Invitations' }).or(owner.getByText('Nobody is invited')).last().waitFor()
  await owner.getByLabel('Role of Vera').selectOption('developer')
  await owner.getByRole('status').getByText('Role changed').waitFor()
  const made = await askFrom(viewer, 'POST', '/facet/v1/profiles', { appId: facet.appId, body: { reference: 'r' } })
  expect(made.status).toBe(201)
  expect(await askFrom(viewer, 'GET', '/facet/v1/operators', { appId: facet.appId })).toEqual(refused)
  await viewer.goto(facet.at(''))
  await title(viewer, 'Home').waitFor()
  expect(await placesOf(viewer)).toEqual(expect.arrayContaining(['API keys', 'Webhooks']))

  // Removed: signed out, and back at the sign-in with the next thing that the page asks for.
  await owner.getByRole('button', { name: 'Remove: Vera' }).click()
  await owner.getByLabel('Type “vera@example.com” to go on').fill('vera@example.com')
  await owner.getByRole('button', { name: 'Remove the operator' }).click()
  await owner.getByRole('status').getByText('Operator removed').waitFor()
  expect(await isSignedIn(facet, await cookieOf(viewer))).toBe(false)
  await title(viewer, 'Sign in').waitFor()
})

async function isOfferedNothingMore(viewer: Page): Promise<void> {
  expect(await placesOf(viewer)).toEqual(['Home', 'Users', 'Wallets', 'Events', 'Reference', 'Settings'])
  expect(await viewer.getByRole('button', { name: 'Make a call' }).count()).toBe(0)
  await viewer.getByRole('button', { name: /^App: / }).click()
  await viewer.getByRole('menuitem').first().waitFor()
  expect(await viewer.getByRole('menuitem', { name: 'New app' }).count()).toBe(0)
  await viewer.keyboard.press('Escape')
  await viewer.getByRole('link', { name: 'Settings' }).click()
  await viewer.getByText('Your role may look at these settings.').waitFor()
  expect(await viewer.getByRole('tab').allTextContents()).toEqual(['App', 'Dialects', 'Wallets', 'Hosts'])
  expect(await viewer.getByLabel('Name', { exact: true }).isDisabled()).toBe(true)
  expect(await viewer.getByRole('button', { name: 'Save' }).count()).toBe(0)
  await viewer.getByRole('link', { name: 'Home' }).click()
  await title(viewer, 'Home').waitFor()
}

async function isRefusedByTheServer(viewer: Page): Promise<void> {
  const { appId } = facet
  const ask = (method: string, path: string, body?: object) =>
    askFrom(viewer, method, `/facet/v1${path}`, { appId, ...(body && { body }) })
  expect((await ask('GET', '/profiles')).status).toBe(200)
  expect(await ask('POST', '/profiles', { reference: 'never' })).toEqual(refused)
  expect(await ask('GET', '/api-keys')).toEqual(refused)
  expect(await ask('POST', '/api-keys', { name: 'Never', scopes: ['profiles:read'] })).toEqual(refused)
  expect(await ask('PATCH', `/apps/${appId}`, { name: 'Never' })).toEqual(refused)
  expect(await ask('GET', '/webhook-endpoints')).toEqual(refused)
  expect(await ask('POST', '/webhook-endpoints', endpoint)).toEqual(refused)
  expect(await ask('GET', '/outbox')).toEqual(refused)
  expect(await ask('GET', '/operators')).toEqual(refused)
  expect(await ask('POST', '/invitations', { email: 'never@example.com', role: 'owner' })).toEqual(refused)

  const { body: profiles } = await facet.api.listProfiles()
  const { body: keys } = await facet.api.listApiKeys()
  const { body: app } = await facet.api.getApp({ params: { id: appId } })
  expect([profiles.data.length, keys.data.length, app.name]).toEqual([0, 1, 'Sandbox'])
}

it('shows an operator of another organization nothing of this one, not even that it is there', async () => {
  const who = await newOperator(facet, 'owner')
  await moveToNewOrganization(who.email)
  const page = await browser.newPage()
  await page.goto(`${facet.url}/console/`)
  await page.getByLabel('E-mail').fill(who.email)
  await page.getByLabel('Password').fill(who.password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await title(page, 'Make your first app').waitFor()

  const hidden = { status: 404, code: 'app_not_found' }
  for (const appId of [facet.appId, randomUUID()]) {
    expect(await askFrom(page, 'GET', '/facet/v1/profiles', { appId })).toEqual(hidden)
    expect(await askFrom(page, 'POST', '/facet/v1/profiles', { appId, body: {} })).toEqual(hidden)
  }
  await page.goto(facet.at('/users'))
  await title(page, 'Make your first app').waitFor()
})

/** There is one organization as long as nobody makes another in the database. */
async function moveToNewOrganization(email: string): Promise<void> {
  const database = new pg.Client(facet.env.DATABASE_URL)
  await database.connect()
  const id = randomUUID()
  await database.query("insert into organizations values ($1, 777, 'Another', now())", [id])
  await database.query(
    'update auth.memberships set organization_id = $1 where operator_id = (select id from auth.operators where email = $2)',
    [id, email],
  )
  await database.end()
}
