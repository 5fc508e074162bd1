import { Dialog as Base } from '@base-ui/react/dialog'
import { useNavigate } from '@tanstack/react-router'
import { Command } from 'cmdk'
import { type ReactNode, useState } from 'react'
import type { Profile } from '../api/client.ts'
import { findProfiles } from '../api/find-profiles.ts'
import { useAppQuery } from '../api/queries.ts'
import { nameOf } from '../pages/users/names.ts'
import { useApp, useOperator } from '../session/operator.ts'
import { ErrorNotice } from '../ui/notice.tsx'
import { useDebounced } from '../ui/use-debounced.ts'
import { places } from './nav.ts'
import { themeNames, themes, useTheme } from './theme.ts'

/** The search of everything: pages, people by anything that names them, and a few things to do. */
export function Palette({ onClose }: { readonly onClose: () => void }) {
  const [text, setText] = useState('')
  const { app, organization } = useApp()
  const navigate = useNavigate()
  const [, setTheme] = useTheme()
  const go = (to: string) => {
    onClose()
    void navigate({ to, params: { app: app.id } })
  }
  const found = useFound(text)
  const open = places.filter(({ needs }) => needs === undefined || organization.scopes.includes(needs))
  return (
    <Base.Root open onOpenChange={(next) => !next && onClose()}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-[oklch(0.2_0.01_250/0.4)]" />
        <Base.Popup className="fixed top-[12vh] left-1/2 z-50 w-[min(36rem,calc(100vw-2rem))] -translate-x-1/2 overflow-hidden rounded-control border border-line bg-surface shadow-floating outline-none">
          <Base.Title className="sr-only">Search or jump to</Base.Title>
          <Command label="Search or jump to" loop filter={fits}>
            <Command.Input
              value={text}
              onValueChange={setText}
              placeholder="A page, a name, an e-mail, a phone, an id, an address"
              className="h-12 w-full border-b border-line bg-transparent px-4 outline-none placeholder:text-muted"
            />
            <Command.List className="max-h-80 overflow-y-auto p-1.5">
              <Command.Empty className="px-3 py-6 text-muted">
                {found.isFetching ? 'Looking for it' : 'Nothing fits.'}
              </Command.Empty>
              {found.error !== null && <ErrorNotice error={found.error} />}
              <Group title="Pages">
                {open.map(({ to, name, icon: Icon }) => (
                  <Item key={to} id={to} words={name} onSelect={() => go(to)}>
                    <Icon size={15} aria-hidden />
                    {name}
                  </Item>
                ))}
                <Item id="account" words="Your account" onSelect={() => go('/account')}>
                  Your account
                </Item>
              </Group>
              <Users text={text} profiles={found.data?.data ?? []} onClose={onClose} />
              <Apps onClose={onClose} />
              <Group title="Theme">
                {themes.map((theme) => (
                  <Item
                    key={theme}
                    id={theme}
                    words={`Theme ${themeNames[theme]}`}
                    onSelect={() => {
                      setTheme(theme)
                      onClose()
                    }}
                  >
                    {themeNames[theme]}
                  </Item>
                ))}
              </Group>
            </Command.List>
          </Command>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  )
}

/** Whether every word of a text stands in the words of an item, as cmdk asks it: 1 or 0. */
function fits(_id: string, text: string, words: readonly string[] = []): number {
  const all = words.join(' ').toLowerCase()
  const asked = text.toLowerCase().split(/\s+/)
  return asked.every((word) => all.includes(word)) ? 1 : 0
}

/** The people whom a text finds. */
function useFound(text: string) {
  const q = useDebounced(text.trim(), 80)
  return useAppQuery(['profiles', 'palette', q], (api, signal) => findProfiles(api, { q, limit: 6 }, signal), {
    keeps: true,
    enabled: q.length > 1,
  })
}

function Users({
  text,
  profiles,
  onClose,
}: {
  readonly text: string
  readonly profiles: readonly Profile[]
  readonly onClose: () => void
}) {
  const { app } = useApp()
  const navigate = useNavigate()
  if (text.trim().length < 2 || profiles.length === 0) return null
  return (
    <Group title="Users">
      {profiles.map((profile) => (
        // The server has found it by more than what is shown: its words are those that were typed.
        <Item
          key={profile.id}
          id={profile.id}
          words={text}
          onSelect={() => {
            onClose()
            void navigate({ to: '/$app/users/$profile', params: { app: app.id, profile: profile.id } })
          }}
        >
          <span className="min-w-0 truncate" dir="auto">
            {nameOf(profile)}
          </span>
          <span className="ml-auto min-w-0 truncate text-muted">
            {profile.email ?? profile.phone ?? profile.reference}
          </span>
        </Item>
      ))}
    </Group>
  )
}

/** The other apps, of every organization. */
function Apps({ onClose }: { readonly onClose: () => void }) {
  const { app } = useApp()
  const { organizations } = useOperator()
  const navigate = useNavigate()
  const others = organizations.flatMap(({ name, apps }) =>
    apps.filter(({ id }) => id !== app.id).map((each) => ({ ...each, organization: name })),
  )
  if (others.length === 0) return null
  return (
    <Group title="Apps">
      {others.map(({ id, name, organization }) => (
        <Item
          key={id}
          id={id}
          words={`${name} ${organization}`}
          onSelect={() => {
            onClose()
            void navigate({ to: '/$app', params: { app: id } })
          }}
        >
          <span className="min-w-0 truncate" dir="auto">
            {name}
          </span>
          <span className="ml-auto min-w-0 truncate text-muted" dir="auto">
            {organization}
          </span>
        </Item>
      ))}
    </Group>
  )
}

function Group({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <Command.Group
      heading={title}
      className="[&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:py-1.5 [&_[cmdk-group-heading]]:text-small [&_[cmdk-group-heading]]:text-muted"
    >
      {children}
    </Command.Group>
  )
}

function Item({
  id,
  words,
  onSelect,
  children,
}: {
  readonly id: string
  /** What it is found by. */
  readonly words: string
  readonly onSelect: () => void
  readonly children: ReactNode
}) {
  return (
    <Command.Item
      value={id}
      keywords={[words]}
      onSelect={onSelect}
      className="flex h-9 cursor-pointer items-center gap-2.5 rounded-[4px] px-2 max-sm:h-11 data-[selected=true]:bg-hover data-[selected=true]:shadow-[inset_2px_0_var(--accent)]"
    >
      {children}
    </Command.Item>
  )
}
