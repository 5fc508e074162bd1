import type { Page } from 'playwright-core'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Answer, accept, openReceiver, type Received } from '../../server/test/helpers/webhook-receiver.ts'
import { useBrowser } from './helpers/browser.ts'
import { useFacet } from './helpers/facet.ts'
import { activate, choose, chooseInMenu, copyBy, reach, signInByKeyboard, toggle, write } from './helpers/keyboard.ts'
import { title } from './helpers/pages.ts'

let answer: Answer = accept
const receiver = await openReceiver((request, response) => answer(request, response))
afterAll(() => receiver.close())
const facet = useFacet({ FACET_WEBHOOK_ALLOW: receiver.host })
const browser = useBrowser()

let page: Page
beforeAll(async () => {
  page = await signInByKeyboard(browser, facet)
})
beforeEach(() => {
  answer = accept
})

/** Fails, and wants to be left alone for longer than the test lasts. */
const refuse: Answer = (_request, response) => {
  response.writeHead(500, { 'content-type': 'text/plain', 'retry-after': '3600', 'x-worker': 'seven' })
  response.end('The worker is away')
}

let paths = 0
const sentTo = (path: string) => receiver.received.filter((request) => request.path === path)

/** Waits for so many posts to a path. */
async function until(path: string, count: number): Promise<readonly Received[]> {
  await receiver.until(() => sentTo(path).length >= count)
  return sentTo(path)
}

/** What somebody takes a post for who has the secret; throws for one that is not Facet's. */
function verified({ headers, body }: Received, secret: string): { type: string; data: unknown } {
  return new Webhook(secret).verify(body, headers as Record<string, string>) as { type: string; data: unknown }
}

/** Adds an endpoint by the form, and stays on its page; gives its path and its secret, as it was copied. */
async function addEndpoint(): Promise<{ path: string; secret: string }> {
  paths += 1
  const path = `/hook-${paths}`
  await page.goto(facet.at('/webhooks'))
  await activate(page.getByRole('button', { name: 'Add an endpoint' }))
  await write(page.getByLabel('URL'), `http://${receiver.host}${path}`)
  await toggle(page.getByRole('checkbox', { name: '*', exact: true }))
  await toggle(page.getByRole('checkbox', { name: 'profile.*' }))
  await activate(page.getByRole('button', { name: 'Add the endpoint' }))
  const secret = await keep('The endpoint is added')
  await title(page, `http://${receiver.host}${path}`).waitFor()
  return { path, secret }
}

/** Copies a secret from the dialog that shows it once. */
async function keep(heading: string): Promise<string> {
  const dialog = page.getByRole('dialog', { name: heading })
  const secret = await copyBy(dialog.getByRole('button', { name: 'Copy the secret' }))
  await activate(dialog.getByRole('button', { name: 'I have kept it' }))
  await dialog.waitFor({ state: 'detached' })
  expect(await page.content()).not.toContain(secret)
  return secret
}

const makeProfile = async (fullName: string) => (await facet.api.createProfile({ body: { fullName } })).body
const deliveries = () => page.getByRole('table', { name: 'Deliveries' }).locator('[data-row]')

describe('an endpoint', () => {
  it('gets what it asked for, signed by the secret that was shown, and its page shows it arrive', async () => {
    const { path, secret } = await addEndpoint()
    await page.getByText('Nothing was sent yet').waitFor()
    const profile = await makeProfile('Ada')
    const [post] = await until(path, 1)
    expect(post && verified(post, secret)).toMatchObject({
      type: 'profile.created',
      data: { after: { id: profile.id } },
    })
    await deliveries().filter({ hasText: 'profile.created' }).getByText('Delivered').waitFor()
    await facet.api.createProfileList({ body: { name: 'Not asked for' } })
    await facet.api.changeProfile({ params: { profile: profile.id }, body: { city: 'Lagos' } })
    await expect.poll(() => deliveries().count()).toBe(2)
    expect(sentTo(path).map(({ body }) => JSON.parse(body).type)).toEqual(['profile.created', 'profile.updated'])
  })

  it('is sent a test, whose attempt is shown with what was sent, byte for byte', async () => {
    const { path, secret } = await addEndpoint()
    await activate(page.getByRole('button', { name: 'Send a test' }))
    const [post] = await until(path, 1)
    const sheet = page.getByRole('dialog')
    await sheet.getByText('Delivered').waitFor()
    expect(post && verified(post, secret).type).toBe(await sheet.getByRole('heading').first().textContent())
    expect(await copyBy(sheet.getByRole('button', { name: 'Copy the body', exact: true }))).toBe(post?.body)
    await page.keyboard.press('Escape')
    await sheet.waitFor({ state: 'detached' })
  })

  it('signs with both secrets while a rotation lasts, and with the new one alone when the old has leaked', async () => {
    const { path, secret } = await addEndpoint()
    const rotate = async (overlap: string) => {
      await chooseInMenu(page.getByRole('button', { name: 'More to do' }), 'Rotate the secret')
      await choose(page.getByLabel('How long the old secret signs too'), overlap)
      await activate(page.getByRole('button', { name: 'Rotate the secret' }))
      return keep('The new secret')
    }
    const second = await rotate('1 hour')
    await makeProfile('Signed twice')
    const [twice] = await until(path, 1)
    for (const each of [secret, second])
      expect(twice && verified(twice, each)).toMatchObject({ type: 'profile.created' })

    const third = await rotate('Not at all')
    await makeProfile('Signed once')
    const [, once] = await until(path, 2)
    expect(once && verified(once, third)).toMatchObject({ type: 'profile.created' })
    for (const each of [secret, second]) expect(() => once && verified(once, each)).toThrow()
  })

  it('that failed is seen to, with what it answered, and gets the delivery again once it has recovered', async () => {
    const { path } = await addEndpoint()
    answer = refuse
    const profile = await makeProfile('Grace')
    await until(path, 1)
    await deliveries().getByText('To be tried again').waitFor()
    await activate(deliveries().getByRole('link'))
    const sheet = page.getByRole('dialog')
    const attempts = sheet.getByRole('region', { name: 'Attempts' })
    await attempts.getByText('The worker is away').waitFor()
    expect(await attempts.textContent()).toContain('x-worker: seven')
    await attempts.getByText('500', { exact: true }).first().waitFor()

    answer = accept
    await activate(sheet.getByRole('button', { name: 'Send again' }))
    await sheet.getByText('Delivered').waitFor()
    await attempts.getByText('204', { exact: true }).waitFor()
    expect(sentTo(path)).toHaveLength(2)
    expect(new Set(sentTo(path).map(({ body }) => body)).size).toBe(1)
    expect(JSON.parse(sentTo(path)[0]?.body ?? '')).toMatchObject({ data: { after: { id: profile.id } } })
  })
})

describe('the feed of events', () => {
  const rows = () => page.getByRole('table', { name: 'Events' }).locator('[data-row]')
  const newest = () => rows().first().textContent()

  it('shows each as it comes, holds still while it is paused and says how many are new', async () => {
    await makeProfile('There before')
    await page.goto(facet.at('/events'))
    await expect.poll(newest).toContain('There before')
    await page.getByText('Live', { exact: true }).waitFor()
    await makeProfile('Comes live')
    await expect.poll(newest).toContain('Comes live')

    await activate(page.getByRole('button', { name: 'Pause' }))
    for (const name of ['Waits first', 'Waits second']) await makeProfile(name)
    await page.getByRole('button', { name: 'Show 2 new' }).waitFor()
    expect(await newest()).toContain('Comes live')
    await activate(page.getByRole('button', { name: 'Show 2 new' }))
    await expect.poll(newest).toContain('Waits second')

    await makeProfile('Waits third')
    await page.getByRole('button', { name: 'Show 1 new' }).waitFor()
    await activate(page.getByRole('button', { name: 'Resume' }))
    await expect.poll(newest).toContain('Waits third')
    await reach(rows().first().getByRole('link').first())
    await page.keyboard.press('Enter')
    await page.getByRole('dialog', { name: 'profile.created' }).getByText('"Waits third"').waitFor()
  })

  it('keeps to the types that were chosen, before and after', async () => {
    const profile = await makeProfile('Chosen')
    const change = (label: string) => facet.api.changeProfile({ params: { profile: profile.id }, body: { label } })
    await change('Changed before')
    await makeProfile('Not chosen')
    await page.goto(facet.at('/events'))
    await expect.poll(newest).toContain('Not chosen')
    await activate(page.getByRole('button', { name: 'Filter by type' }))
    await toggle(page.getByRole('checkbox', { name: 'profile.updated' }))
    await page.keyboard.press('Escape')
    await expect.poll(newest).toContain('Changed before')
    await makeProfile('Not chosen either')
    await change('Changed after')
    await expect.poll(newest).toContain('Changed after')
    expect(new URL(page.url()).search).toBe('?types=profile.updated')
    const types = await rows().locator('td:first-child code').allTextContents()
    expect(new Set(types)).toEqual(new Set(['profile.updated']))
  })
})
