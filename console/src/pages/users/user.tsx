import { ProblemError } from '@facet/sdk/errors'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import type { Profile } from '../../api/client.ts'
import { useApp } from '../../session/operator.ts'
import { Badge } from '../../ui/badge.tsx'
import { Copyable } from '../../ui/copy.tsx'
import { ErrorNotice } from '../../ui/notice.tsx'
import { BackLink, PageHead } from '../../ui/page.tsx'
import { Tabs } from '../../ui/tabs.tsx'
import { UserActions } from './actions.tsx'
import { AddressesTab } from './addresses-tab.tsx'
import { EventsTab } from './events-tab.tsx'
import { FacesPanel } from './faces-panel.tsx'
import { GoneUser } from './gone-user.tsx'
import { nameOf } from './names.ts'
import { PictureTab } from './picture-tab.tsx'
import { useProfile, type Versioned } from './query.ts'
import { RecordPanel } from './record-panel.tsx'
import { SessionsTab } from './sessions-tab.tsx'
import { WalletsTab } from './wallets-tab.tsx'

const route = getRouteApi('/$app/users/$profile')

/** One profile, many faces: the record once, and the same as each dialect answers it; below, what belongs to it. */
export function UserPage() {
  const { profile: key } = route.useParams()
  const { app } = useApp()
  const user = useProfile(key)
  const gone = user.error instanceof ProblemError && user.error.status === 404
  return (
    <>
      <BackLink to="/$app/users" params={{ app: app.id }}>
        Users
      </BackLink>
      {user.data !== undefined ? (
        <User versioned={user.data} />
      ) : gone ? (
        <GoneUser id={key} />
      ) : user.error !== null ? (
        <ErrorNotice error={user.error} onRetry={() => void user.refetch()} />
      ) : (
        <UserPending />
      )}
    </>
  )
}

function User({ versioned }: { readonly versioned: Versioned }) {
  const { profile } = versioned
  return (
    <>
      <PageHead title={nameOf(profile)} beside={<Badges profile={profile} />} about={<Identifiers profile={profile} />}>
        <UserActions versioned={versioned} />
      </PageHead>
      <div className="grid gap-5 xl:grid-cols-[28rem_minmax(0,1fr)]">
        <RecordPanel profile={profile} />
        <FacesPanel id={profile.id} record={profile} />
      </div>
      <Belongings profile={profile} />
    </>
  )
}

function Badges({ profile }: { readonly profile: Profile }) {
  return (
    <>
      <Badge>{profile.type}</Badge>
      {profile.unsubscribedAt !== null && <Badge tone="warn">unsubscribed</Badge>}
    </>
  )
}

/** What one looks people up by, at hand. */
function Identifiers({ profile: { id, uid, email, phone } }: { readonly profile: Profile }) {
  const known = [
    ['id', id],
    ['uid', uid],
    ['e-mail', email],
    ['phone', phone],
  ] as const
  return (
    <ul className="flex flex-wrap gap-x-4 gap-y-1 text-table" aria-label="Identifiers">
      {known.map(
        ([name, value]) =>
          value !== null && (
            <li key={name} className="flex min-w-0 max-w-full items-baseline gap-1.5">
              <span className="shrink-0">{name}</span>
              <span className="min-w-0 text-text">
                <Copyable text={value} what={`the ${name}`} />
              </span>
            </li>
          ),
      )}
    </ul>
  )
}

function Belongings({ profile }: { readonly profile: Profile }) {
  const { tab = 'wallets' } = route.useSearch()
  const navigate = useNavigate({ from: '/$app/users/$profile' })
  const { id } = profile
  const tabs = [
    { id: 'wallets', title: 'Wallets', content: <WalletsTab profileId={id} /> },
    { id: 'addresses', title: 'Addresses', content: <AddressesTab profileId={id} /> },
    { id: 'events', title: 'Events', content: <EventsTab profileId={id} /> },
    { id: 'sessions', title: 'Sessions', content: <SessionsTab profileId={id} /> },
    { id: 'picture', title: 'Picture', content: <PictureTab profile={profile} /> },
  ]
  return (
    <section aria-label="What belongs to the user" className="mt-8">
      <Tabs
        label="What belongs to the user"
        tabs={tabs}
        value={tabs.some(({ id }) => id === tab) ? tab : 'wallets'}
        onChange={(next) =>
          void navigate({ search: (now) => ({ ...now, tab: next, after: undefined }), resetScroll: false })
        }
      />
    </section>
  )
}

function UserPending() {
  return (
    <div aria-busy="true">
      <p role="status" className="sr-only">
        Loading
      </p>
      <div className="skeleton mb-2 h-7 w-56" />
      <div className="skeleton mb-5 h-5 w-full max-w-xl" />
      <div className="grid gap-5 xl:grid-cols-[28rem_minmax(0,1fr)]">
        <div className="skeleton h-[34rem]" />
        <div className="skeleton h-[34rem]" />
      </div>
    </div>
  )
}
