import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, inject } from 'vitest'
import { browserFlags } from './chromium.ts'

/** A browser of the test file's own. */
export interface TestBrowser {
  /** A page in a profile of its own, without anything of the pages before. */
  newPage(options?: BrowserContextOptions): Promise<Page>
}

/** Starts a headless browser for the file, and ends it after. A test fails when one of its pages complains: see `complaintsOf`. */
export function useBrowser(): TestBrowser {
  let browser: Browser
  const pages: Page[] = []
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: inject('chromium'), args: browserFlags })
  })
  afterAll(() => browser.close())
  afterEach(() => expect(pages.flatMap(complaintsOf)).toEqual([]))
  return {
    async newPage(options = {}) {
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })
      context.setDefaultTimeout(10_000)
      const page = await context.newPage()
      pages.push(page)
      watch(page)
      return page
    },
  }
}

const complaints = new WeakMap<Page, string[]>()

function watch(page: Page): void {
  const said: string[] = []
  complaints.set(page, said)
  page.on('pageerror', (error) => said.push(error.message))
  page.on('console', (message) => {
    // An answer that says no is told of by the page itself.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) said.push(message.text())
  })
}

/** What the browser has found wrong with a page since this was last asked: errors of scripts, what the content security policy has stopped. */
export function complaintsOf(page: Page): readonly string[] {
  return complaints.get(page)?.splice(0) ?? []
}
