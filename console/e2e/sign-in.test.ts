import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { codeOf } from '../../server/test/helpers/operators.ts'
import { pageAfter } from '../src/session/next.ts'
import { useBrowser } from './helpers/browser.ts'
import { ownerOf, signIn, useFacet } from './helpers/facet.ts'
import { cookieOf, enter, isSignedIn, newOperator } from './helpers/operators.ts'
import { chooseInAccountMenu, openAccount, title } from './helpers/pages.ts'

const facet = useFacet()
const browser = useBrowser()

async function signOut(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Sign out', exact: true }).click()
  await title(page, 'Sign in').waitFor()
}

describe('signing in by password', () => {
  it('tells of a wrong one, and keeps what was typed', async () => {
    const page = await browser.newPage()
    await page.goto(`${facet.url}/console/`)
    await enter(page, { ...ownerOf(facet), password: 'not the password' })
    await page.getByRole('alert').getByText('That is not right').waitFor()
    expect(await page.getByLabel('E-mail').inputValue()).toBe(facet.operatorEmail)
    expect(await page.getByLabel('Password').inputValue()).toBe('not the password')
    await enter(page, ownerOf(facet))
    await title(page, 'Home').waitFor()
  })

  it('goes on to the page that was asked for, with all that its address says', async () => {
    const page = await browser.newPage()
    const asked = facet.at('/settings?tab=hosts')
    await page.goto(asked)
    await title(page, 'Sign in').waitFor()
    await enter(page, ownerOf(facet))
    await page.getByRole('tab', { name: 'Hosts', selected: true }).waitFor()
    expect(page.url()).toBe(asked)
    await page.reload()
    await page.getByRole('tab', { name: 'Hosts', selected: true }).waitFor()
  })

  it('goes on to no other place, whatever the address says', async () => {
    const page = await browser.newPage()
    const next = 'https://example.com/'
    await page.goto(`${facet.url}/console/sign-in?${new URLSearchParams({ next })}`)
    await enter(page, ownerOf(facet))
    await title(page, 'Home').waitFor()
    expect(page.url()).toBe(facet.at(''))
    for (const elsewhere of ['//example.com/', '/\\example.com/', 'javascript:alert(1)', 'sign-in']) {
      expect(pageAfter(elsewhere)).toBe('/')
    }
  })
})

describe('the end of a session', () => {
  it('comes with signing out, on the server as well', async () => {
    const page = await browser.newPage()
    await signIn(page, facet)
    const cookie = await cookieOf(page)
    expect(await isSignedIn(facet, cookie)).toBe(true)
    await chooseInAccountMenu(page, 'Sign out')
    await title(page, 'Sign in').waitFor()
    expect(await isSignedIn(facet, cookie)).toBe(false)
    expect(await page.context().cookies()).toEqual([])
    await page.goBack()
    await title(page, 'Sign in').waitFor()
  })

  it('comes from another browser as well: the page asks for a sign-in by itself, and goes on where it was', async () => {
    const who = await newOperator(facet, 'developer')
    const left = await browser.newPage()
    await signIn(left, facet, who)
    const shown = facet.at('?steps=open')
    await left.goto(shown)
    await title(left, 'Home').waitFor()

    const page = await browser.newPage()
    await signIn(page, facet, who)
    await openAccount(page)
    const sessions = page.getByRole('region', { name: 'Sessions' })
    await sessions.getByText('this browser').waitFor()
    // The one of the page, that of accepting the invitation, and the one that was left.
    expect(await sessions.getByRole('listitem').count()).toBe(3)
    const gone = title(left, 'Sign in').waitFor()
    const others = sessions.getByRole('button', { name: /^Sign .* out$/ })
    for (const remaining of [1, 0]) {
      await others.first().click()
      await expect.poll(() => others.count()).toBe(remaining)
    }
    await gone
    await enter(left, who)
    await title(left, 'Home').waitFor()
    expect(left.url()).toBe(shown)
    expect(await isSignedIn(facet, await cookieOf(page))).toBe(true)
  })
})

describe('a second factor', () => {
  it('is set up with an authenticator, asked for from then on, stood for by each backup code once, and switched off', async () => {
    const who = await newOperator(facet, 'viewer')
    const page = await browser.newPage()
    await signIn(page, facet, who)
    await openAccount(page)
    const { secret, backupCodes } = await setUpSecondFactor(page, who.password)
    const typeCode = async (label: string, code: string) => {
      await page.getByLabel(label, { exact: true }).fill(code)
      await page.getByRole('button', { name: 'Go on' }).click()
    }

    await signOut(page)
    await enter(page, who)
    await title(page, 'One more step').waitFor()
    expect(await isSignedIn(facet, await cookieOf(page))).toBe(false)
    await typeCode('Code', wrongCodeOf(secret))
    await page.getByRole('alert').getByText('That is not the code').waitFor()
    await typeCode('Code', nextCodeOf(secret))
    await title(page, 'Home').waitFor()

    const signInAgain = async (code: string) => {
      await chooseInAccountMenu(page, 'Sign out')
      await enter(page, who)
      await page.getByRole('button', { name: 'Use a backup code' }).click()
      await typeCode('Backup code', code)
    }
    const [first = '', second = ''] = backupCodes
    await signInAgain(first)
    await title(page, 'Home').waitFor()
    await signInAgain(first)
    await page.getByRole('alert').getByText('That is not the code').waitFor()
    await typeCode('Backup code', second)
    await title(page, 'Home').waitFor()

    await openAccount(page)
    await page.getByRole('button', { name: 'Switch it off' }).click()
    await answerPassword(page, who.password)
    await page.getByRole('button', { name: 'Switch it on' }).waitFor()
    await signOut(page)
    await enter(page, who)
    await title(page, 'Home').waitFor()
  })
})

/** Gives the password to the dialog that asks for it. */
async function answerPassword(page: Page, password: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Password', exact: true }).fill(password)
  await page.getByRole('button', { name: 'Go on' }).click()
}

/** Sets a second factor up on the page of the account; gives what an authenticator and its owner keep of it. */
async function setUpSecondFactor(page: Page, password: string) {
  await page.getByRole('button', { name: 'Switch it on' }).click()
  await answerPassword(page, password)
  const dialog = page.getByRole('dialog', { name: 'Set up your authenticator' })
  await dialog.getByRole('img', { name: 'The picture for your authenticator' }).waitFor()
  await dialog.getByText('No camera at hand').click()
  const [secret = '', codes = ''] = await dialog.locator('code').allTextContents()
  const backupCodes = codes.split('\n')
  expect(backupCodes).toHaveLength(10)
  await dialog.getByLabel('Code', { exact: true }).fill(currentCodeOf(secret))
  await dialog.getByRole('button', { name: 'Switch it on' }).click()
  await page.getByRole('button', { name: 'Switch it off' }).waitFor()
  return { secret, backupCodes }
}

function currentCodeOf(secret: string): string {
  return codeOf(`otpauth://totp/Facet?secret=${secret}`)
}

/** The code of the next half minute, which is taken already. */
function nextCodeOf(secret: string): string {
  return codeOf(`otpauth://totp/Facet?secret=${secret}`, Date.now() + 30_000)
}

/** One that is right at no instant near. */
function wrongCodeOf(secret: string): string {
  const near = [-60_000, -30_000, 0, 30_000, 60_000].map((ms) =>
    codeOf(`otpauth://totp/Facet?secret=${secret}`, Date.now() + ms),
  )
  return ['000000', '111111', '222222', '333333', '444444', '555555'].find((code) => !near.includes(code)) ?? ''
}

describe('a passkey', () => {
  it('is made on the page of the account with the password, signs in without a password, and does so no more once it is removed', async () => {
    const who = await newOperator(facet, 'viewer')
    const page = await browser.newPage()
    await useAuthenticator(page)
    // Browsers make passkeys for names, and for no number of a host.
    const named = { ...facet, url: facet.url.replace('127.0.0.1', 'localhost') }
    await signIn(page, named, who)
    await openAccount(page)
    const passkeys = page.getByRole('region', { name: 'Passkeys' })
    await passkeys.getByRole('button', { name: 'Add a passkey' }).click()
    await answerPassword(page, 'not the password')
    await page.getByRole('alert').waitFor()
    expect(await passkeys.getByText('Chrome on Linux').count()).toBe(0)
    await answerPassword(page, who.password)
    await passkeys.getByText('Chrome on Linux').waitFor()

    await signOut(page)
    const signInByPasskey = () => page.getByRole('button', { name: 'Sign in with a passkey' }).click()
    await signInByPasskey()
    await title(page, 'Home').waitFor()
    expect(page.url()).toBe(facet.at('').replace('127.0.0.1', 'localhost'))

    await openAccount(page)
    await passkeys.getByRole('button', { name: 'Remove Chrome on Linux' }).click()
    await page.getByLabel('Type “remove” to go on').fill('remove')
    await page.getByRole('button', { name: 'Remove the passkey' }).click()
    await passkeys.getByText('Chrome on Linux').waitFor({ state: 'detached' })
    await signOut(page)
    await signInByPasskey()
    await page.getByRole('alert').waitFor()
    expect(await title(page, 'Sign in').isVisible()).toBe(true)
  })

  it('is not offered at an address of numbers, for which browsers make none', async () => {
    const page = await browser.newPage()
    await page.goto(`${facet.url}/console/sign-in`)
    await title(page, 'Sign in').waitFor()
    expect(await page.getByRole('button', { name: 'Sign in with a passkey' }).count()).toBe(0)
  })
})

/** Gives the page a device that makes passkeys, and somebody who always agrees. */
async function useAuthenticator(page: Page): Promise<void> {
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('WebAuthn.enable')
  await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
}

describe('a password that was forgotten, where no mail is sent', () => {
  it('is set anew by a command on the machine, which the page tells', async () => {
    const page = await browser.newPage()
    await page.goto(`${facet.url}/console/`)
    await page.getByRole('link', { name: 'Password forgotten' }).click()
    await page.getByLabel('E-mail').fill('somebody@example.com')
    await page.getByRole('button', { name: 'Send the link' }).click()
    await title(page, 'This installation sends no mail').waitFor()
    await page.getByText('npx facet operators reset somebody@example.com').waitFor()
  })
})
