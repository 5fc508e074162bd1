import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Profile } from '../../sdk/src/operations.generated.ts'
import { tokenOf } from '../../server/test/contract/original/client.ts'
import { dialectIds, dialects } from '../src/ui/dialects.ts'
import { useBrowser } from './helpers/browser.ts'
import { useFacet } from './helpers/facet.ts'
import { activate, choose, chooseInMenu, copyBy, reach, signInByKeyboard, write } from './helpers/keyboard.ts'
import { title } from './helpers/pages.ts'

const facet = useFacet()
const browser = useBrowser()
const run = promisify(execFile)

let page: Page
beforeAll(async () => {
  page = await signInByKeyboard(browser, facet)
})

const read = async (profile: string) => (await facet.api.getProfile({ params: { profile } })).body
const statusOf = async (id: string) => {
  const answer = await fetch(`${facet.url}/facet/v1/profiles/${id}`, {
    headers: { authorization: `Bearer ${facet.secret}` },
  })
  return answer.status
}

describe('a new user', () => {
  it('is made by the form, which says at each field what is wrong, and loses nothing that was typed', async () => {
    await page.goto(facet.at('/users'))
    await activate(page.getByRole('button', { name: 'New user' }).first())
    const form = page.getByRole('dialog', { name: 'New user' })
    const typed = {
      Reference: 'customer-1',
      'E-mail': 'ada at example.com',
      Phone: '12',
      'First name': 'Ada',
      City: 'Lagos',
      Attributes: '{"plan": "gold", "seats": [1, 2]}',
    }
    for (const [label, text] of Object.entries(typed)) await write(form.getByLabel(label, { exact: true }), text)
    await choose(form.getByLabel('Country'), 'Nigeria')
    await activate(form.getByRole('button', { name: 'Make the user' }))

    await expect.poll(() => form.locator('[aria-invalid=true]').count()).toBe(2)
    for (const label of ['E-mail', 'Phone']) {
      const help = await form.getByLabel(label, { exact: true }).getAttribute('aria-describedby')
      expect(await form.locator(`[id="${help}"]`).textContent()).toMatch(/^This /)
    }
    expect(await form.getByLabel('E-mail').evaluate((element) => element === document.activeElement)).toBe(true)
    for (const [label, text] of Object.entries(typed))
      expect(await form.getByLabel(label, { exact: true }).inputValue()).toBe(text)

    await write(form.getByLabel('E-mail'), 'ada@example.com')
    await write(form.getByLabel('Phone'), '+234 803 123 4567')
    await page.keyboard.press('Enter')
    await title(page, 'Ada').waitFor()
    expect(await read('reference:customer-1')).toMatchObject({
      email: 'ada@example.com',
      phone: '+2348031234567',
      firstName: 'Ada',
      city: 'Lagos',
      country: 'NG',
      attributes: { plan: 'gold', seats: [1, 2] },
    })
  })
})

describe('a change of a user', () => {
  it('is not saved over what somebody else has changed meanwhile; it goes on from that and keeps what was typed', async () => {
    const { body: before } = await facet.api.createProfile({ body: { fullName: 'Grace', city: 'Arlington' } })
    const params = { profile: before.id }
    await page.goto(facet.at(`/users/${before.id}`))
    await activate(page.getByRole('button', { name: 'Edit' }))
    const form = page.getByRole('dialog', { name: 'Edit the user' })
    await write(form.getByLabel('City'), 'New York')
    await facet.api.changeProfile({ params, body: { city: 'Boston', label: 'Admiral' } })
    await activate(form.getByRole('button', { name: 'Save' }))
    await form.getByRole('alert').getByText('Somebody changed this user in the meantime').waitFor()
    expect(await read(before.id)).toMatchObject({ city: 'Boston', label: 'Admiral' })

    await activate(form.getByRole('button', { name: 'Read again' }))
    await form.getByText('Read again: Label, City changed meanwhile').waitFor()
    expect(await form.getByLabel('City').inputValue()).toBe('New York')
    expect(await form.getByLabel('Label').inputValue()).toBe('Admiral')
    await activate(form.getByRole('button', { name: 'Save' }))
    await form.waitFor({ state: 'detached' })
    expect(await read(before.id)).toMatchObject({ fullName: 'Grace', city: 'New York', label: 'Admiral' })
  })
})

describe('the faces of a user', () => {
  const password = 'a good password indeed'

  /** Somebody who can sign in by each dialect that people sign in to, and the token that each gave. */
  async function newPerson(): Promise<{ profile: Profile; tokens: Readonly<Record<string, string>> }> {
    const apikey = { apikey: facet.key }
    const signUp = {
      ...{ first_name: 'Ada', last_name: 'Okonjo', username: 'ada.okonjo', password, email: 'ada.okonjo@example.com' },
      ...{ phone_number: '612345678', country_code: 'FR', user_type: 'customer', agree_terms: '1' },
    }
    const ask = async (path: string, init: RequestInit) => (await fetch(facet.url + path, init)).json()
    const post = (path: string, body: Record<string, string>) =>
      ask(path, { method: 'POST', headers: apikey, body: new URLSearchParams(body) })
    await post('/api/v1/user/signup/', signUp)
    const { access } = (await post('/api/v1/user/login/', { username: signUp.username, password })) as {
      access: string
    }
    const authorization = `Basic ${btoa(`${signUp.username}:${password}`)}`
    const { api_token } = (await ask('/api/v1/user', { headers: { authorization } })) as { api_token: string }
    await facet.api.changeProfile({
      params: { profile: 'username:ada.okonjo' },
      body: { comment: 'א “ק” 🦊 \\ \u0001', attributes: { big: 1e21, list: [1, null, { b: '' }], empty: {} } },
    })
    return { profile: await read('username:ada.okonjo'), tokens: { epixel: access, ona: api_token } }
  }

  /** JSON without the space between its parts, each of them letter by letter. */
  const partsOf = (text: string) => text.match(/"(?:\\.|[^"\\])*"|[{}[\],:]|[^\s{}[\],:"]+/g)

  it('show, letter by letter, what the route of each dialect serves, and copy it and the command that fetches it', async () => {
    const { profile, tokens } = await newPerson()
    await page.goto(facet.at(`/users/${profile.id}`))
    for (const dialect of dialectIds) {
      await reach(page.getByRole('tab', { name: dialects[dialect].name }))
      await page.waitForURL((url) => (url.searchParams.get('face') ?? 'oumla') === dialect)
      const face = page.getByRole('tabpanel', { name: dialects[dialect].name })
      const command = await copyBy(face.getByRole('button', { name: 'Copy the curl command' }))
      const env = {
        FACET_SECRET: facet.secret,
        FACET_KEY: facet.key,
        FACET_JWT: tokenOf(facet.secret),
        FACET_TOKEN: tokens[dialect],
      }
      const { stdout: served } = await run('bash', ['-c', command], { env: { ...process.env, ...env } })
      expect(await face.getByText('200', { exact: true }).count(), dialect).toBeGreaterThan(0)
      const copied = await copyBy(face.getByRole('button', { name: 'Copy the body as it is served' }))
      expect(copied, dialect).toBe(served)
      const lines = await face.getByRole('region').locator('code > span > span:first-child').allTextContents()
      expect(partsOf(lines.join('')), dialect).toEqual(partsOf(served))
    }
  })
})

describe('the end of a user', () => {
  it('is in another, when somebody has found that one and typed the word: what the other lacks goes over', async () => {
    const { body: source } = await facet.api.createProfile({
      body: { fullName: 'Alan Twice', email: 'alan@example.com' },
    })
    const { body: target } = await facet.api.createProfile({ body: { fullName: 'Alan Turing', reference: 'alan' } })
    await page.goto(facet.at(`/users/${source.id}`))
    await chooseInMenu(page.getByRole('button', { name: 'More to do' }), 'Merge into another')
    const dialog = page.getByRole('dialog', { name: 'Merge into another user' })
    await write(dialog.getByLabel('Find the other user'), 'alan')
    await activate(dialog.getByRole('button', { name: 'Alan Turing' }))
    await dialog.getByText('email, wallets, events').waitFor()
    await write(dialog.getByLabel('Type “merge” to go on'), 'merg')
    expect(await dialog.getByRole('button', { name: 'Merge', exact: true }).isDisabled()).toBe(true)
    await page.keyboard.press('Enter')
    expect(await statusOf(source.id)).toBe(200)
    await page.keyboard.type('e')
    await page.keyboard.press('Enter')
    await title(page, 'Alan Turing').waitFor()
    expect(await read(target.id)).toMatchObject({ email: 'alan@example.com', reference: 'alan' })
    expect(await statusOf(source.id)).toBe(404)

    await page.goto(facet.at(`/users/${source.id}`))
    await activate(page.getByRole('link', { name: 'Go to the other user' }))
    await title(page, 'Alan Turing').waitFor()
  })

  it('is deletion, once the word is typed, and each dialect says that nobody is there', async () => {
    const { body: profile } = await facet.api.createProfile({ body: { fullName: 'Nobody Long' } })
    await page.goto(facet.at(`/users/${profile.id}`))
    await chooseInMenu(page.getByRole('button', { name: 'More to do' }), 'Delete')
    const dialog = page.getByRole('dialog', { name: 'Delete the user' })
    await write(dialog.getByLabel('Type “delete” to go on'), 'Nobody')
    expect(await dialog.getByRole('button', { name: 'Delete the user' }).isDisabled()).toBe(true)
    await page.keyboard.press('Enter')
    expect(await statusOf(profile.id)).toBe(200)
    await write(dialog.getByLabel('Type “delete” to go on'), 'delete')
    await page.keyboard.press('Enter')
    await page.getByText('Nobody Long was deleted').waitFor()
    await title(page, 'Users').waitFor()
    expect(await statusOf(profile.id)).toBe(404)

    await page.goto(facet.at(`/users/${profile.id}`))
    await title(page, 'This user was deleted').waitFor()
    await page.getByRole('region', { name: 'Faces' }).getByText('This is what its clients are answered.').waitFor()
  })
})
