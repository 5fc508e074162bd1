import type { Locator, Page } from 'playwright-core'
import type { TestBrowser } from './browser.ts'
import { ownerOf, type TestFacet } from './facet.ts'
import { title } from './pages.ts'

/**
 * Stories that are told by keyboard alone. A page is walked through as somebody without a mouse does it: from the focus on, with Tab, Shift+Tab,
 * the arrow keys, and with eyes: it fails where the focus does not show.
 */

const pointerEvents = ['pointerdown', 'pointermove', 'mousedown', 'mousemove', 'touchstart', 'wheel']

/** A page that complains of every event of a pointer, so that a test fails in which there is one. Its script may use the clipboard. */
export async function newKeyboardPage(browser: TestBrowser): Promise<Page> {
  const page = await browser.newPage({ permissions: ['clipboard-read', 'clipboard-write'] })
  await page.addInitScript((types) => {
    for (const type of types) addEventListener(type, () => reportError(new Error(`A pointer was used: ${type}`)), true)
  }, pointerEvents)
  return page
}

/** Signs the sandbox's operator in, on a page without a pointer. */
export async function signInByKeyboard(browser: TestBrowser, facet: TestFacet): Promise<Page> {
  const page = await newKeyboardPage(browser)
  const { email, password } = ownerOf(facet)
  await page.goto(`${facet.url}/console/`)
  await write(page.getByLabel('E-mail'), email)
  await write(page.getByLabel('Password'), password)
  await page.keyboard.press('Enter')
  await title(page, 'Home').waitFor()
  return page
}

export const clipboardOf = (page: Page) => page.evaluate<string>('navigator.clipboard.readText()')

/** More stops than the way to anything has. */
const mostSteps = 150

/**
 * Walks until the element has the focus. Rows of a table, tabs, items of menus and options of lists are walked by the arrow keys, as their
 * makers mean it. Throws when it is not reached, and when the focus, there or on the way, does not show or is covered.
 */
export async function reach(target: Locator): Promise<void> {
  await target.waitFor()
  for (let steps = 0; steps < mostSteps; steps++) {
    const view = await look(target)
    if (view.isThere) return
    await target.page().keyboard.press(keyFor(view))
  }
  throw new Error(`The keyboard does not reach ${target} in ${mostSteps} steps`)
}

/** How long what opens or closes may hide where the focus is. */
const longestBlinkMs = 2_000

/** Looks where the focus is, until it is seen. */
async function look(target: Locator): Promise<View> {
  for (const end = Date.now() + longestBlinkMs; ; ) {
    const view = await target.evaluate(viewFrom)
    const fault = faultOf(view)
    if (fault === undefined) return view
    if (Date.now() > end) throw new Error(fault)
  }
}

/** What somebody sees who looks for an element: where the focus is. */
type View = Awaited<ReturnType<typeof viewFrom>>

function faultOf({ name, isMarked, isShown, isCovered }: View): string | undefined {
  if (!isMarked) return `The focus does not show on ${name}`
  if (!isShown) return `The focus is on ${name}, which is not shown`
  return isCovered ? `The focus is on ${name}, which is covered` : undefined
}

function keyFor({ isAhead, list, row }: View): string {
  if (list === 'down' || row === 'same table') return isAhead ? 'ArrowDown' : 'ArrowUp'
  if (list === 'along') return isAhead ? 'ArrowRight' : 'ArrowLeft'
  if (row === 'other place') return isAhead ? 'End' : 'Home'
  return isAhead ? 'Tab' : 'Shift+Tab'
}

/** Runs in the page, on the element that is to get the focus. */
async function viewFrom(target: Element) {
  // Some lists move the focus with the next frame.
  await new Promise(requestAnimationFrame)
  const active = document.activeElement ?? document.body
  const isNowhere = active === document.body
  const isAhead = isNowhere || (active.compareDocumentPosition(target) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0
  return {
    isThere: active === target || (target.matches('[role=option]') && target.ariaSelected === 'true'),
    isAhead,
    list: listAround(),
    row: rowAround(),
    name: `“${nameOf()}” (${active.tagName})`,
    isMarked: isNowhere || isMarked(),
    isShown: active.checkVisibility({ opacityProperty: true, visibilityProperty: true }),
    isCovered: !isNowhere && isCovered(),
  }

  function nameOf(): string {
    const label = active instanceof HTMLInputElement ? active.labels?.[0]?.textContent : undefined
    return (active.ariaLabel ?? label ?? active.textContent ?? '').trim().slice(0, 60)
  }

  function listAround(): 'down' | 'along' | undefined {
    if (active.closest('[role=menu]') !== null || target.matches('[role=option]')) return 'down'
    const isTab = active.matches('[role=tab]') && active.closest('[role=tablist]')?.contains(target)
    return isTab ? 'along' : undefined
  }

  /** Where the target is, seen from a row with more rows that way. */
  function rowAround(): 'same table' | 'other place' | undefined {
    // These have a use of their own for the keys that lead to other rows.
    const row = active.matches('select, textarea, input:not([type=checkbox])') ? null : active.closest('[data-row]')
    const last = isAhead ? row?.nextElementSibling : row?.previousElementSibling
    if (!row || row.contains(target) || !last) return undefined
    return row.parentElement?.contains(target) ? 'same table' : 'other place'
  }

  function isMarked(): boolean {
    const { outlineStyle, outlineWidth } = getComputedStyle(active)
    const isRinged = outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 1
    // As long as a dialog as a whole has it, or the field of a search above its options, nothing else could.
    return isRinged || active.matches('[role=dialog], [role=combobox]')
  }

  /** Whether none of its parts lies on top of everything (WCAG 2.4.11). */
  function isCovered(): boolean {
    const { left, top, width, height } = active.getBoundingClientRect()
    const parts = [0.1, 0.5, 0.9].flatMap((x) =>
      [0.1, 0.5, 0.9].map((y) => [left + width * x, top + height * y] as const),
    )
    return !parts.some(([x, y]) => {
      const shown = document.elementFromPoint(x, y)
      return shown !== null && (active.contains(shown) || shown.contains(active))
    })
  }
}

/** Presses Enter on an element: a button, a link, a choice. */
export async function activate(target: Locator): Promise<void> {
  await reach(target)
  await target.page().keyboard.press('Enter')
}

/** Presses the space bar on an element: it ticks a box. */
export async function toggle(target: Locator): Promise<void> {
  await reach(target)
  await target.page().keyboard.press('Space')
}

/** Types a text into a field, in place of what is in it. */
export async function write(field: Locator, text: string): Promise<void> {
  await reach(field)
  const { keyboard } = field.page()
  await keyboard.press('ControlOrMeta+A')
  if (text === '') await keyboard.press('Delete')
  else await keyboard.type(text)
}

/** Chooses in a list of the browser's by typing the beginning of an option. Throws when another is chosen then. */
export async function choose(select: Locator, option: string): Promise<void> {
  await reach(select)
  await select.page().keyboard.type(option)
  const chosen = await select.evaluate((element) => (element as HTMLSelectElement).selectedOptions[0]?.text)
  if (!chosen?.startsWith(option)) throw new Error(`${select} has “${chosen}” chosen and not “${option}”`)
}

/** Copies by a button, and waits until that says so. */
export async function copyBy(button: Locator): Promise<string> {
  const page = button.page()
  const pressed = await button.elementHandle()
  await activate(button)
  await page.waitForFunction((element) => element?.ariaLabel === 'Copied', pressed)
  return clipboardOf(page)
}

/** Opens a menu and chooses an item of it. */
export async function chooseInMenu(trigger: Locator, item: string): Promise<void> {
  await activate(trigger)
  await activate(trigger.page().getByRole('menuitem', { name: item, exact: true }))
}
