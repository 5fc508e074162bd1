import { Link, type LinkProps } from '@tanstack/react-router'
import {
  type HTMLAttributes,
  type KeyboardEvent,
  type ReactElement,
  type ReactNode,
  useId,
  useRef,
  useState,
} from 'react'

/** What a button must be given so that it opens a menu. */
export interface MenuTriggerProps {
  readonly popoverTarget: string
  readonly 'aria-haspopup': 'menu'
  readonly 'aria-expanded': boolean
  readonly onKeyDown: (event: KeyboardEvent) => void
}

const itemsOf = (menu: HTMLElement) => [...menu.querySelectorAll<HTMLElement>('[role^=menuitem]')]

/**
 * A list of things to do that opens at a button (ARIA Authoring Practices, menu button). The browser's own popover closes it by Escape or a
 * click elsewhere, and gives the focus back to the button.
 */
export function Menu({
  trigger,
  label,
  children,
  align = 'end',
}: {
  readonly trigger: (props: MenuTriggerProps) => ReactElement
  readonly label: string
  readonly children: ReactNode
  readonly align?: 'start' | 'end'
}) {
  const id = useId()
  const menu = useRef<HTMLDivElement>(null)
  const [open, setOpen] = useState(false)
  const openByArrow = (event: KeyboardEvent) => {
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return
    event.preventDefault()
    menu.current?.showPopover({ source: event.currentTarget as HTMLElement })
  }
  return (
    <>
      {trigger({ popoverTarget: id, 'aria-haspopup': 'menu', 'aria-expanded': open, onKeyDown: openByArrow })}
      <div
        ref={menu}
        id={id}
        popover="auto"
        role="menu"
        tabIndex={-1}
        aria-label={label}
        // The browser gives the focus as it opens: an event later, a key pressed at once would still go to the button.
        onBeforeToggle={({ newState }) => {
          const first = menu.current === null ? undefined : itemsOf(menu.current)[0]
          if (newState === 'open' && first !== undefined) first.autofocus = true
        }}
        onToggle={({ newState }) => setOpen(newState === 'open')}
        onKeyDown={(event) => moveInMenu(event, menu.current)}
        onClick={({ target }) => {
          if ((target as HTMLElement).closest('[role=menuitem]') !== null) menu.current?.hidePopover()
        }}
        className={`inset-auto my-1 max-h-96 min-w-44 max-w-[min(24rem,calc(100vw-2rem))] overflow-y-auto rounded-control border border-line bg-surface p-1 text-text shadow-floating [position-try-fallbacks:flip-block,flip-inline] ${align === 'end' ? '[position-area:bottom_span-left]' : '[position-area:bottom_span-right]'}`}
      >
        {children}
      </div>
    </>
  )
}

/** Arrows, Home and End move, a letter goes to the next item that begins with it, Tab leaves. */
function moveInMenu(event: KeyboardEvent, menu: HTMLElement | null): void {
  if (menu === null) return
  const items = itemsOf(menu)
  const at = items.indexOf(document.activeElement as HTMLElement)
  const byKey: Readonly<Record<string, number>> = {
    ArrowDown: (at + 1) % items.length,
    ArrowUp: (at - 1 + items.length) % items.length,
    Home: 0,
    End: items.length - 1,
  }
  if (event.key === 'Tab') menu.hidePopover()
  const next = byKey[event.key] ?? letterOf(event, items, at)
  if (next === undefined) return
  event.preventDefault()
  items[next]?.focus()
}

function letterOf(
  { key, ctrlKey, metaKey }: KeyboardEvent,
  items: readonly HTMLElement[],
  at: number,
): number | undefined {
  if (key.length !== 1 || key === ' ' || ctrlKey || metaKey) return undefined
  const begins = (item: HTMLElement | undefined) => item?.textContent.trim().toLowerCase().startsWith(key.toLowerCase())
  const order = items.map((_, index) => (at + 1 + index) % items.length)
  return order.find((index) => begins(items[index]))
}

const item =
  'flex min-h-8 max-sm:min-h-10 w-full items-center gap-2 rounded-[4px] px-2 text-left -outline-offset-2 hover:bg-hover focus:bg-hover'

export function MenuItem({
  onClick,
  danger = false,
  children,
}: {
  readonly onClick: () => void
  readonly danger?: boolean
  readonly children: ReactNode
}) {
  return (
    <button
      type="button"
      role="menuitem"
      tabIndex={-1}
      onClick={onClick}
      className={`${item} ${danger ? 'text-bad' : ''}`}
    >
      {children}
    </button>
  )
}

/** An item that leads to a page. */
export function MenuLink({ children, ...rest }: LinkProps & Pick<HTMLAttributes<HTMLElement>, 'children'>) {
  return (
    <Link {...rest} role="menuitem" tabIndex={-1} className={item}>
      {children}
    </Link>
  )
}

/** One of the things that are on or off. The menu stays open. */
export function MenuCheck({
  checked,
  onChange,
  children,
}: {
  readonly checked: boolean
  readonly onChange: (checked: boolean) => void
  readonly children: ReactNode
}) {
  return (
    <button
      type="button"
      role="menuitemcheckbox"
      aria-checked={checked}
      tabIndex={-1}
      onClick={() => onChange(!checked)}
      className={item}
    >
      <span aria-hidden className="w-4 text-accent">
        {checked ? '✓' : ''}
      </span>
      {children}
    </button>
  )
}

export function MenuLine() {
  return <hr className="my-1 border-line" />
}

/** Words above the items. */
export function MenuTitle({ children }: { readonly children: ReactNode }) {
  return <div className="px-2 py-1.5 text-small text-muted">{children}</div>
}

/** Some of the items, under a name. */
export function MenuGroup({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a menu holds groups and no field sets (ARIA 1.2, menu)
    <div role="group" aria-label={name}>
      <div aria-hidden className="px-2 py-1.5 text-small text-muted">
        {name}
      </div>
      {children}
    </div>
  )
}
