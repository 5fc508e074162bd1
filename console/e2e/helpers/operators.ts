import type { Page } from 'playwright-core'
import { type Client, createClient } from '../../../sdk/src/client.ts'
import type { Role } from '../../../sdk/src/operations.generated.ts'

/** What an operator signs in with. */
export interface Credentials {
  readonly email: string
  readonly password: string
}

/** The part of a running installation that is needed here. */
interface Place {
  readonly url: string
  readonly appId: string
  readonly operatorEmail: string
  readonly operatorPassword: string
}

/** Fills the sign-in in and sends it. */
export async function enter(page: Page, { email, password }: Credentials): Promise<void> {
  await page.getByLabel('E-mail').fill(email)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
}

/** Asks the sign-in beside any browser. */
export function askSignIn({ url }: Pick<Place, 'url'>, path: string, body: object): Promise<Response> {
  const headers = { 'content-type': 'application/json', origin: url }
  return fetch(`${url}/console/auth${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
}

/** The native API by the cookie of the page's session, in an app. */
export async function apiOf(page: Page, { url, appId }: Pick<Place, 'url' | 'appId'>): Promise<Client> {
  return asOperator({ url, appId }, await cookieOf(page))
}

/** The header `Cookie` of the page's session. */
export async function cookieOf(page: Page): Promise<string> {
  const cookies = await page.context().cookies()
  return cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
}

/** Whether a cookie still stands for somebody. */
export async function isSignedIn({ url }: Pick<Place, 'url'>, cookie: string): Promise<boolean> {
  const { status } = await fetch(`${url}/facet/v1/operator`, { headers: { cookie } })
  return status === 200
}

/** A request that a script on the page would make by itself, past all that the page offers; gives the status and the problem's code. */
export function askFrom(
  page: Page,
  method: string,
  path: string,
  { appId, body }: { readonly appId?: string; readonly body?: object } = {},
): Promise<{ readonly status: number; readonly code: string | undefined }> {
  return page.evaluate(
    async ([method, path, headers, text]) => {
      const answer = await fetch(path, { method, headers, ...(text !== undefined && { body: text }) })
      const { code } = (await answer.json()) as { code?: string }
      return { status: answer.status, code }
    },
    [
      method,
      path,
      {
        ...(appId !== undefined && { 'facet-app': appId }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      } as Record<string, string>,
      body && JSON.stringify(body),
    ] as const,
  )
}

let count = 0

/** Somebody whom the sandbox's owner has invited, and who has come. */
export async function newOperator(facet: Place, role: Role): Promise<Credentials> {
  count += 1
  const who = { email: `operator-${count}@example.com`, password: `seven green lanterns ${count}` }
  const owner = await asOwner(facet)
  const { body } = await owner.inviteOperator({ body: { email: who.email, role } })
  const token = new URLSearchParams(new URL(body.url).hash.slice(1)).get('token')
  const accepted = await askSignIn(facet, '/accept', { token, name: `Operator ${count}`, password: who.password })
  if (!accepted.ok) throw new Error(`Accepting was answered ${accepted.status}: ${await accepted.text()}`)
  return who
}

/** Takes somebody out of the sandbox's organization, by its owner. */
export async function removeOperator(facet: Place, { email }: Credentials): Promise<void> {
  const owner = await asOwner(facet)
  const { body } = await owner.listOperators()
  const member = body.data.find((each) => each.email === email)
  await owner.removeOperator({ params: { id: member?.id ?? '' } })
}

/** The native API by a session of the sandbox's owner. */
async function asOwner(facet: Place): Promise<Client> {
  const { operatorEmail: email, operatorPassword: password } = facet
  const signedIn = await askSignIn(facet, '/sign-in/email', { email, password })
  return asOperator(facet, signedIn.headers.getSetCookie()[0]?.split(';')[0] ?? '')
}

function asOperator({ url, appId }: Pick<Place, 'url' | 'appId'>, cookie: string): Client {
  return createClient({ baseUrl: url, headers: { 'facet-app': appId, cookie, origin: url } })
}
