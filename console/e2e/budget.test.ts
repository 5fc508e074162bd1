import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { useBrowser } from './helpers/browser.ts'
import { signIn, useFacet } from './helpers/facet.ts'
import { settled } from './helpers/settled.ts'

const browser = useBrowser()
const facet = useFacet()
const mostBytes = 200_000

describe('what is loaded before a page can be used', () => {
  it.each([
    ['the sign-in', ''],
    ['Home with its chart', ''],
    ['Users', '/users'],
  ])('of %s the JavaScript is at most 200 KB, gzip', async (name, path) => {
    const page = await browser.newPage()
    if (name !== 'the sign-in') await signIn(page, facet)
    // The chart is drawn once there was a call.
    await facet.api.listProfiles()
    const files = new Set<string>()
    page.on('request', (request) => {
      if (new URL(request.url()).pathname.endsWith('.js')) files.add(request.url())
    })
    // With a route the browser's cache is passed by: all is loaded anew.
    await page.route('**/*', (route) => route.continue())
    await page.goto(facet.at(path))
    await settled(page)
    await page.waitForLoadState('networkidle')
    const bodies = await Promise.all([...files].map(async (url) => Buffer.from(await (await fetch(url)).arrayBuffer())))
    const bytes = bodies.reduce((sum, body) => sum + gzipSync(body).length, 0)
    expect(files.size).toBeGreaterThan(1)
    expect(bytes).toBeLessThanOrEqual(mostBytes)
  })
})
