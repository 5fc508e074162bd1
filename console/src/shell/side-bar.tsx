import { Link, useNavigate } from '@tanstack/react-router'
import { Check, ChevronsUpDown, Plus } from 'lucide-react'
import { useApp, useOperator } from '../session/operator.ts'
import { Badge } from '../ui/badge.tsx'
import { Menu, MenuGroup, MenuItem } from '../ui/menu.tsx'
import { places } from './nav.ts'

/** The app that is open, and the ways to its pages. `onGo` is told when one is taken. */
export function SideBar({ onGo, onNewApp }: { readonly onGo?: () => void; readonly onNewApp: () => void }) {
  const { app, organization } = useApp()
  const open = places.filter(({ needs }) => needs === undefined || organization.scopes.includes(needs))
  return (
    <div className="flex h-full flex-col gap-3 p-3">
      <AppSwitcher onNewApp={onNewApp} />
      <nav aria-label="Main" className="flex flex-col gap-0.5">
        {open.map(({ to, name, icon: Icon }) => (
          <Link
            key={to}
            to={to}
            params={{ app: app.id }}
            {...(onGo && { onClick: onGo })}
            activeOptions={{ exact: to === '/$app', includeSearch: false }}
            className="flex h-8 items-center gap-2.5 rounded-control px-2 text-muted hover:bg-hover hover:text-text data-[status=active]:bg-hover data-[status=active]:font-medium data-[status=active]:text-text max-sm:h-11"
          >
            <Icon size={16} aria-hidden />
            {name}
          </Link>
        ))}
      </nav>
    </div>
  )
}

function AppSwitcher({ onNewApp }: { readonly onNewApp: () => void }) {
  const { app, organization } = useApp()
  const { organizations } = useOperator()
  const navigate = useNavigate()
  return (
    <Menu
      align="start"
      label="Apps"
      trigger={(props) => (
        <button
          {...props}
          type="button"
          className="flex w-full items-center gap-2.5 rounded-control border border-line bg-surface px-2 py-1.5 text-left hover:bg-hover"
        >
          <img src="/console/facet.svg" alt="" width={22} height={22} />
          <span className="min-w-0 flex-1">
            <span className="sr-only">App: </span>
            <span className="block truncate font-medium" dir="auto">
              {app.name}
            </span>
            <span className="block truncate text-small text-muted" dir="auto">
              {organization.name}
            </span>
          </span>
          {app.mode === 'live' && <Badge tone="accent">live</Badge>}
          <ChevronsUpDown size={14} aria-hidden className="text-muted" />
        </button>
      )}
    >
      {organizations.map(({ id, name, apps, scopes }) => (
        <MenuGroup key={id} name={name}>
          {apps.map((each) => (
            <MenuItem key={each.id} onClick={() => void navigate({ to: '/$app', params: { app: each.id } })}>
              <span className="min-w-0 flex-1 truncate" dir="auto">
                {each.name}
              </span>
              <Badge tone={each.mode === 'live' ? 'accent' : 'plain'}>{each.mode}</Badge>
              <span className="w-4">{each.id === app.id && <Check size={14} aria-label="open" />}</span>
            </MenuItem>
          ))}
          {scopes.includes('organization:manage') && id === organization.id && (
            <MenuItem onClick={onNewApp}>
              <Plus size={14} aria-hidden /> New app
            </MenuItem>
          )}
        </MenuGroup>
      ))}
    </Menu>
  )
}
