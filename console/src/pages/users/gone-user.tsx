import { Link } from '@tanstack/react-router'
import type { FeedEvent } from '../../api/client.ts'
import { useAppQuery } from '../../api/queries.ts'
import { useApp } from '../../session/operator.ts'
import { buttonClass } from '../../ui/button.tsx'
import { Copyable } from '../../ui/copy.tsx'
import { PageHead, Panel } from '../../ui/page.tsx'
import { Time } from '../../ui/time.tsx'
import { EventsTab } from './events-tab.tsx'
import { FacesPanel } from './faces-panel.tsx'

/** A profile that is not there: what became of it, as far as the events tell, and how each dialect says so. */
export function GoneUser({ id }: { readonly id: string }) {
  const ends = useAppQuery(['history', id, 'end'], (api, signal) =>
    api.listEvents({ query: { profile: id, type: 'profile.deleted,profile.merged' }, signal }),
  )
  const end = ends.data?.data.find(({ profileId }) => profileId === id)
  if (ends.isLoading) return <div aria-busy="true" className="skeleton h-64" />
  if (end === undefined) return <NeverThere id={id} />
  const merged = end.type === 'profile.merged'
  return (
    <>
      <PageHead
        title={merged ? 'This user was merged into another' : 'This user was deleted'}
        about={<Copyable text={id} what="the id" />}
      />
      <div className="grid items-start gap-5 xl:grid-cols-[28rem_minmax(0,1fr)]">
        <Panel className="flex flex-col items-start gap-3 p-4">
          <p>
            {merged ? 'Merged' : 'Deleted'} <Time at={end.time} />
            {merged
              ? '. What the other lacked went over, wallets and events among it.'
              : '. All that was known is gone, and it cannot be undone; the identifiers are free again.'}
          </p>
          <p className="text-muted">Its ids stay taken, and answer as not found in every dialect.</p>
          {merged && <TargetLink end={end} />}
        </Panel>
        <FacesPanel id={id} record={undefined} />
      </div>
      <section aria-label="Events" className="mt-8">
        <h2 className="mb-2">Events</h2>
        <EventsTab profileId={id} />
      </section>
    </>
  )
}

function TargetLink({ end }: { readonly end: FeedEvent }) {
  const { app } = useApp()
  const target = end.data.after?.mergedInto
  if (typeof target !== 'string') return null
  return (
    <Link to="/$app/users/$profile" params={{ app: app.id, profile: target }} className={buttonClass()}>
      Go to the other user
    </Link>
  )
}

function NeverThere({ id }: { readonly id: string }) {
  const { app } = useApp()
  return (
    <>
      <PageHead title="There is no such user" about={<Copyable text={id} what="the id" />} />
      <p className="mb-4 max-w-[65ch] text-muted">
        The app has no user with this id, and no event tells of one. It may belong to another app, or be cut short.
      </p>
      <Link to="/$app/users" params={{ app: app.id }} className={buttonClass()}>
        Show all users
      </Link>
    </>
  )
}
