import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type axe from 'axe-core'
import type { Frame, Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { complaintsOf, useBrowser } from './helpers/browser.ts'
import { signIn, useFacet } from './helpers/facet.ts'
import { type Route, routesOf } from './helpers/routes.ts'
import { seed } from './helpers/seed.ts'
import { settled } from './helpers/settled.ts'

const browser = useBrowser()
const facet = useFacet()

let signedIn: Page
let visitor: Page
let routes: readonly Route[]

beforeAll(async () => {
  ;[signedIn, visitor] = [await browser.newPage(), await browser.newPage()]
  routes = routesOf(facet.appId, await seed(facet.api, 60))
  await signIn(signedIn, facet)
})

const looks = (['light', 'dark'] as const).flatMap((colorScheme) =>
  [1_280, 390].map((width) => ({ colorScheme, width })),
)

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

const wcag = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

/**
 * What keeps some people from using a document (axe). The console's own is held to WCAG 2.2 AA and to axe's best practices; what Scalar
 * draws in the frame of the reference to WCAG.
 */
async function barriersOf(frame: Frame): Promise<string[]> {
  await frame.evaluate(`window.axe ?? (() => {${axeSource}})()`)
  const tags = frame.parentFrame() === null ? [...wcag, 'best-practice'] : wcag
  return frame.evaluate(async (runOnly) => {
    const { axe: tool } = window as unknown as { axe: typeof axe }
    const { violations } = await tool.run(document, { resultTypes: ['violations'], iframes: false, runOnly })
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`)
  }, tags)
}

/** What is wrong with a page as it looks in one theme and width, in words. */
async function faultsOf(page: Page): Promise<string[]> {
  const found: string[] = []
  for (const frame of page.frames()) found.push(...(await barriersOf(frame)))
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
  return overflow > 0 ? [...found, `is ${overflow} px wider than the window`] : found
}

const names = routesOf('', { profileId: '', endpointId: '', apiKeyId: '', eventId: '' }).map(({ name }) => name)

describe.each(names)('the page %s', (name) => {
  it('can be used by everybody in both themes, on desks and phones, and leaves the browser nothing to complain of', async () => {
    const route = routes.find((candidate) => candidate.name === name)
    const page = route?.open ? visitor : signedIn
    await page.goto(`${facet.url}/console${route?.path}`)
    const found: string[] = []
    for (const { colorScheme, width } of looks) {
      await page.emulateMedia({ colorScheme })
      await page.setViewportSize({ width, height: 844 })
      await settled(page)
      for (const fault of await faultsOf(page)) found.push(`${colorScheme}, ${width} px: ${fault}`)
    }
    expect(found).toEqual([])
    expect(await page.title()).toMatch(/^.+ · Facet$/)
    expect(complaintsOf(page)).toEqual([])
  })
})
