import { afterAll, describe, expect, it } from 'vitest'
import { runCli } from '../../server/test/helpers/facet-process.ts'
import { openMailServer } from '../../server/test/helpers/mail-server.ts'
import { useBrowser } from './helpers/browser.ts'
import { signIn, useFacet } from './helpers/facet.ts'
import { askSignIn, cookieOf, isSignedIn, newOperator, removeOperator } from './helpers/operators.ts'
import { openAccount, title } from './helpers/pages.ts'

const mails = await openMailServer()
afterAll(() => mails.close())
const facet = useFacet({ SMTP_URL: `smtp://127.0.0.1:${mails.port}`, FACET_MAIL_FROM: 'facet@example.com' })
const browser = useBrowser()

const newPassword = 'nine amber lanterns'

describe('a change of the password', () => {
  it('ends every other session, keeps this one, and leaves nothing to the old password', async () => {
    const who = await newOperator(facet, 'viewer')
    const [page, other] = [await browser.newPage(), await browser.newPage()]
    await signIn(other, facet, who)
    await signIn(page, facet, who)
    await openAccount(page)
    await page.getByLabel('Present password').fill(who.password)
    await page.getByLabel('New password').fill('short')
    await page.getByRole('button', { name: 'Change the password' }).click()
    await page.getByText('It needs 10 characters or more').waitFor()
    await page.getByLabel('New password').fill(newPassword)
    await page.getByRole('button', { name: 'Change the password' }).click()
    await page.getByRole('status').getByText('Password changed').waitFor()
    expect(await isSignedIn(facet, await cookieOf(other))).toBe(false)
    await other.getByRole('link', { name: 'Wallets' }).click()
    await title(other, 'Sign in').waitFor()

    await page.reload()
    await title(page, 'Your account').waitFor()
    await expect.poll(() => page.getByRole('region', { name: 'Sessions' }).getByRole('listitem').count()).toBe(1)
    expect(await statusOfSignIn(who.email, who.password)).toBe(401)
    expect(await statusOfSignIn(who.email, newPassword)).toBe(200)
  })
})

describe('a link that sets a new password', () => {
  it('comes from the command of the machine, signs in, and works once', async () => {
    const who = await newOperator(facet, 'viewer')
    const page = await browser.newPage()
    await signIn(page, facet, who)
    const { stdout } = await runCli(['operators', 'reset', who.email], { ...facet.env, FACET_PUBLIC_URL: facet.url })
    const link = linkIn(stdout)
    expect(await isSignedIn(facet, await cookieOf(page))).toBe(false)
    await page.goto(link)
    await title(page, 'Set a new password').waitFor()
    await page.getByLabel('Password').fill(newPassword)
    await page.getByRole('button', { name: 'Set the password' }).click()
    await title(page, 'Home').waitFor()
    expect(await statusOfSignIn(who.email, newPassword)).toBe(200)

    const another = await browser.newPage()
    await another.goto(link)
    await title(another, 'This link does not work').waitFor()
  })

  it('comes by mail to whoever has forgotten theirs, and to nobody else', async () => {
    const who = await newOperator(facet, 'viewer')
    const page = await browser.newPage()
    const ask = async (email: string) => {
      await page.goto(`${facet.url}/console/forgotten`)
      await page.getByLabel('E-mail').fill(email)
      await page.getByRole('button', { name: 'Send the link' }).click()
      await title(page, 'Look at your mail').waitFor()
    }
    const before = mails.received.length
    await ask('nobody@example.com')
    await ask(who.email)
    await mails.until(() => mails.received.length > before)
    const mail = mails.received.at(-1)
    expect(mails.received.slice(before).map(({ to }) => to)).toEqual([[who.email]])

    await page.goto(linkIn(mail?.text ?? ''))
    await page.getByLabel('Password').fill('password12')
    await page.getByRole('button', { name: 'Set the password' }).click()
    await page.getByRole('alert').waitFor()
    await page.getByLabel('Password').fill(newPassword)
    await page.getByRole('button', { name: 'Set the password' }).click()
    await title(page, 'Home').waitFor()
    expect(await statusOfSignIn(who.email, who.password)).toBe(401)
  })
})

describe('an invitation to somebody who has a password', () => {
  it('asks for that and no other, and stands until it is right', async () => {
    const who = await newOperator(facet, 'viewer')
    await removeOperator(facet, who)
    const invited = ['operators', 'invite', who.email, '--role', 'developer']
    const { stdout } = await runCli(invited, { ...facet.env, FACET_PUBLIC_URL: facet.url })
    const page = await browser.newPage()
    await page.goto(linkIn(stdout))
    await page.getByLabel('Your password').fill('not the password')
    await page.getByRole('button', { name: 'Go on' }).click()
    await page.getByRole('alert').getByText('That is not your password').waitFor()
    expect(await page.getByLabel('Your name').count()).toBe(0)
    await page.getByLabel('Your password').fill(who.password)
    await page.getByRole('button', { name: 'Go on' }).click()
    await title(page, 'Home').waitFor()
  })
})

async function statusOfSignIn(email: string, password: string): Promise<number> {
  return (await askSignIn(facet, '/sign-in/email', { email, password })).status
}

function linkIn(text: string): string {
  const [link] = /http:\S+#token=\S+/.exec(text) ?? []
  if (link === undefined) throw new Error(`There is no link in ${text}`)
  return link
}
