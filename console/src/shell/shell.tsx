import { Dialog as Base } from '@base-ui/react/dialog'
import { Outlet, useRouterState } from '@tanstack/react-router'
import { Menu as MenuIcon, Search } from 'lucide-react'
import { lazy, Suspense, useEffect, useState } from 'react'
import { rememberApp } from '../session/last-app.ts'
import { useApp } from '../session/operator.ts'
import { IconButton } from '../ui/button.tsx'
import { AccountMenu } from './account-menu.tsx'
import { useShortcuts } from './shortcuts.ts'
import { SideBar } from './side-bar.tsx'

const NewApp = lazy(() => import('./new-app.tsx').then(({ NewApp }) => ({ default: NewApp })))
const Palette = lazy(() => import('./palette.tsx').then(({ Palette }) => ({ default: Palette })))

const isMac = /Mac|iPhone|iPad/.test(navigator.platform)

/** What stands around every page of an app: the side bar, the search of everything, the account. */
export function Shell() {
  const { app } = useApp()
  const [searching, setSearching] = useState(false)
  const [menuOpen, setMenuOpen] = useState(false)
  const [making, setMaking] = useState(false)
  // Of the page that is shown: the address is ahead of it while the next one loads, and would hand its state on to that.
  const path = useRouterState({ select: ({ matches }) => matches.at(-1)?.pathname })
  useShortcuts({ onSearch: () => setSearching(true) })
  useEffect(() => rememberApp(app.id), [app.id])
  const newApp = () => {
    setMenuOpen(false)
    setMaking(true)
  }
  return (
    <div className="lg:grid lg:grid-cols-[15rem_minmax(0,1fr)]">
      <a
        href="#main"
        className="fixed top-2 left-2 z-60 -translate-y-16 rounded-control bg-accent px-3 py-1.5 text-on-accent focus:translate-y-0"
      >
        Skip to the page
      </a>
      <aside className="sticky top-0 h-dvh overflow-y-auto border-r border-line bg-sunken max-lg:hidden">
        <SideBar onNewApp={newApp} />
      </aside>
      <div className="min-w-0">
        <header className="sticky top-0 z-20 flex h-12 items-center gap-2 border-b border-line bg-ground px-4 sm:px-6">
          <MenuSheet open={menuOpen} onOpenChange={setMenuOpen} onNewApp={newApp} />
          <button
            type="button"
            onClick={() => setSearching(true)}
            className="flex h-8 w-full max-w-80 min-w-0 items-center gap-2 rounded-control border border-line bg-surface px-2.5 text-muted hover:border-line-strong"
          >
            <Search size={14} aria-hidden />
            <span className="min-w-0 flex-1 truncate text-left">Search or jump to</span>
            <kbd className="text-small max-sm:hidden">{isMac ? '⌘K' : 'Ctrl K'}</kbd>
          </button>
          <div className="ml-auto flex items-center gap-1">
            <AccountMenu />
          </div>
        </header>
        <main key={path} id="main" tabIndex={-1} className="mx-auto max-w-[90rem] px-4 py-6 outline-none sm:px-6">
          <Outlet />
        </main>
      </div>
      <Suspense>
        {searching && <Palette onClose={() => setSearching(false)} />}
        {making && <NewApp onClose={() => setMaking(false)} />}
      </Suspense>
    </div>
  )
}

/** The side bar of narrow windows. */
function MenuSheet({
  open,
  onOpenChange,
  onNewApp,
}: {
  readonly open: boolean
  readonly onOpenChange: (open: boolean) => void
  readonly onNewApp: () => void
}) {
  return (
    <Base.Root open={open} onOpenChange={onOpenChange}>
      <Base.Trigger render={<IconButton label="Menu" className="-ml-2 lg:hidden" />}>
        <MenuIcon size={18} aria-hidden />
      </Base.Trigger>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-[oklch(0.2_0.01_250/0.4)]" />
        <Base.Popup className="fixed inset-y-0 left-0 z-50 w-72 max-w-[85vw] overflow-y-auto bg-sunken shadow-floating outline-none">
          <Base.Title className="sr-only">Menu</Base.Title>
          <SideBar onGo={() => onOpenChange(false)} onNewApp={onNewApp} />
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  )
}
