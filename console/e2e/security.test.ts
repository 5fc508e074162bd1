import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { complaintsOf, useBrowser } from './helpers/browser.ts'
import { signIn, useFacet } from './helpers/facet.ts'
import { askFrom, cookieOf, isSignedIn } from './helpers/operators.ts'

const facet = useFacet()
const browser = useBrowser()

/** A page of somebody else on this machine. Its port alone tells it from the console, so browsers send it the same cookies. */
const elsewhere = createServer((_request, response) => {
  response.setHeader('content-type', 'text/html')
  response.end('<!doctype html><title>Elsewhere</title>')
})
beforeAll(() => once(elsewhere.listen(0, '127.0.0.1'), 'listening'))
afterAll(() => elsewhere.close())
const elsewhereAt = (host: string) => `http://${host}:${(elsewhere.address() as AddressInfo).port}/`

const always = {
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
}
const pagePolicy =
  "default-src 'none'; base-uri 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; frame-src 'self'; form-action 'self'; frame-ancestors 'none'"
const framePolicy =
  "default-src 'none'; base-uri 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'none'; frame-ancestors 'self'"

describe('what the console is served with', () => {
  it.each([
    ['/console/', pagePolicy],
    ['/console/any/page', pagePolicy],
    ['/console/theme.js', pagePolicy],
    ['/console/reference.html', framePolicy],
  ])('lets a browser do no more than it needs: %s', async (path, policy) => {
    const { headers } = await fetch(facet.url + path)
    expect(Object.fromEntries(headers)).toMatchObject({
      ...always,
      'content-security-policy': policy,
      'cache-control': 'no-cache',
    })
    expect(headers.get('access-control-allow-origin')).toBeNull()
  })
})

describe('a page of the console', () => {
  it('runs no script that was written into it or comes from elsewhere, and takes no style', async () => {
    const page = await browser.newPage()
    await signIn(page, facet)
    const attempts = [
      "const script = document.createElement('script'); script.textContent = 'ran = true'; document.body.append(script)",
      "document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"ran = true\">')",
      `const far = document.createElement('script'); far.src = '${elsewhereAt('127.0.0.1')}'; document.body.append(far)`,
      "document.body.insertAdjacentHTML('beforeend', '<style>body { display: none }</style>')",
    ]
    for (const attempt of attempts) {
      expect(complaintsOf(page)).toEqual([])
      await page.evaluate(attempt)
      await expect.poll(() => complaintsOf(page).join()).toMatch(/violates the following Content Security Policy/)
    }
    expect(await page.evaluate('typeof ran')).toBe('undefined')
    expect(await page.evaluate('getComputedStyle(document.body).display')).not.toBe('none')
  })

  it('is shown in no frame of another page', async () => {
    const page = await browser.newPage()
    await signIn(page, facet)
    await page.goto(elsewhereAt('127.0.0.1'))
    await page.setContent(`<iframe src="${facet.url}/console/"></iframe>`)
    await expect.poll(() => complaintsOf(page).join()).toMatch(/frame-ancestors 'none'/)
    expect(page.frames().map((frame) => frame.url())).not.toContain(`${facet.url}/console/`)
  })

  it('keeps nothing that signs in where a script or the history has it', async () => {
    const page = await browser.newPage()
    await signIn(page, facet)
    await page.getByRole('button', { name: 'Copy the call' }).waitFor()
    const kept = await page.evaluate<string>(
      `JSON.stringify([document.cookie, { ...localStorage }, { ...sessionStorage }, history.state, location.href,
        performance.getEntries().map(({ name }) => name)])`,
    )
    expect(await page.evaluate('Promise.all([indexedDB.databases(), caches.keys()])')).toEqual([[], []])
    const token = (await cookieOf(page)).split('=')[1]?.split('.')[0] ?? ''
    expect(token).toHaveLength(32)
    expect(kept).toContain(facet.appId)
    for (const secret of [token, facet.secret, facet.operatorPassword]) expect(kept).not.toContain(secret)
  })
})

describe('the cookie of a session', () => {
  it('is for this host, goes to no other site, is hidden from scripts, and lasts a week', async () => {
    const page = await browser.newPage()
    await signIn(page, facet)
    const cookies = await page.context().cookies()
    const week = Date.now() / 1_000 + 7 * 86_400
    expect(cookies).toEqual([
      {
        name: 'facet.session_token',
        value: expect.any(String),
        domain: '127.0.0.1',
        path: '/',
        httpOnly: true,
        secure: false,
        sameSite: 'Strict',
        expires: expect.closeTo(week, -2),
      },
    ])
  })

  it('signs in to the native API, and in every other changes nothing: they answer as they do without it', async () => {
    const page = await browser.newPage()
    await signIn(page, facet)
    await facet.api.createProfile({ body: { username: 'somebody', email: 'somebody@example.com' } })
    expect((await askFrom(page, 'GET', '/facet/v1/profiles', { appId: facet.appId })).status).toBe(200)
    const paths = ['/api/v1/profiles', '/v1/hood/profiles', '/api/v1/user', '/api/v1/user/me/', '/v1/user/somebody']
    const answersWith = (credentials: 'include' | 'omit') =>
      page.evaluate<[number, string][]>(`Promise.all(${JSON.stringify(paths)}.map(async (path) => {
        const answer = await fetch(path, { credentials: '${credentials}', headers: { 'facet-app': '${facet.appId}' } })
        return [answer.status, (await answer.text()).replace(/"trace_id":"[^"]*"/, '')]
      }))`)
    const answers = await answersWith('include')
    expect(answers).toEqual(await answersWith('omit'))
    expect(answers.map(([status]) => status)).toEqual([200, 401, 401, 404, 401])
    // Ona lets visitors list, and shows them nobody.
    expect(answers[0]).toEqual([200, '[]'])
  })
})

describe('a page of somebody else', () => {
  it.each([
    // A neighbour: its requests bring the cookie.
    ['127.0.0.1', 403],
    // Another site: browsers leave the cookie out.
    ['localhost', 401],
  ])(
    'changes nothing and reads nothing of an operator who looks at it: by forms and fetches from %s',
    async (host, refusal) => {
      const page = await browser.newPage()
      await signIn(page, facet)
      const cookie = await cookieOf(page)
      await page.goto(elsewhereAt(host))
      const { url, appId } = facet
      expect(await statusOfForm(page, `${url}/facet/v1/operator/apps`)).toBe(refusal)
      expect(await statusOfForm(page, `${url}/console/auth/sign-out`)).toBe(403)
      expect(await page.evaluate<string[]>(fetches(url, appId))).toEqual(Array(4).fill('blocked'))
      complaintsOf(page)
      expect(await isSignedIn(facet, cookie)).toBe(true)
      expect((await facet.api.listProfiles({ query: { reference: 'never' } })).body.data).toEqual([])
      expect((await facet.api.listApps()).body.data).toHaveLength(1)
    },
  )
})

/** Posts a form as a browser does, cookies and all, in a frame; gives the status of the answer. */
async function statusOfForm(page: Page, url: string): Promise<number> {
  const answered = page.waitForResponse(url)
  await page.setContent(`<iframe name="frame"></iframe>
    <form method="post" action="${url}" target="frame" enctype="text/plain"><input name="{}"></form>`)
  await page.evaluate('document.forms[0].submit()')
  return (await answered).status()
}

/** Reads and writes that another page may try with the operator's cookie. What it cannot read is blocked. */
function fetches(url: string, appId: string): string {
  return `(async () => {
    const attempt = (path, options = {}) =>
      fetch('${url}' + path, { credentials: 'include', ...options }).then(
        (answer) => (answer.type === 'opaque' ? 'blocked' : 'read'),
        () => 'blocked',
      )
    const headers = { 'content-type': 'application/json', 'facet-app': '${appId}' }
    return [
      await attempt('/facet/v1/operator'),
      await attempt('/facet/v1/profiles', { method: 'POST', headers, body: '{"reference":"never"}' }),
      await attempt('/console/auth/sign-out', { method: 'POST', mode: 'no-cors', body: '{}' }),
      await attempt('/console/auth/get-session', { mode: 'no-cors' }),
    ]
  })()`
}
