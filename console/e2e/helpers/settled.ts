import type { Page } from 'playwright-core'

/** Waits until the page has all that it shows, and nothing moves any more. */
export async function settled(page: Page): Promise<void> {
  await page.waitForFunction(
    () => document.querySelector('h1') !== null && document.querySelector('[aria-busy=true]') === null,
  )
  await page.evaluate(() => {
    // Those that never end say that something is waited for.
    const ending = document.getAnimations().filter(({ effect }) => Number.isFinite(effect?.getComputedTiming().endTime))
    return Promise.allSettled(ending.map(({ finished }) => finished))
  })
}
