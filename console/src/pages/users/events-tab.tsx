import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { FeedEvent } from '../../api/client.ts'
import { useAppQuery } from '../../api/queries.ts'
import { JsonBox } from '../../ui/code.tsx'
import { Empty, ErrorNotice } from '../../ui/notice.tsx'
import { Panel } from '../../ui/page.tsx'
import { Pager } from '../../ui/pager.tsx'
import { Time } from '../../ui/time.tsx'

const route = getRouteApi('/$app/users/$profile')
const pageSize = 50

/** What happened to a profile, and to those that were merged into it, from the beginning; each with its body. */
export function EventsTab({ profileId }: { readonly profileId: string }) {
  const { after } = route.useSearch()
  const navigate = useNavigate({ from: '/$app/users/$profile' })
  const events = useAppQuery(
    ['history', profileId, after],
    (api, signal) => api.listEvents({ query: { profile: profileId, after, limit: pageSize }, signal }),
    { keeps: true },
  )
  const go = (to: string | undefined) => void navigate({ search: (now) => ({ ...now, after: to }), resetScroll: false })
  if (events.error !== null) return <ErrorNotice error={events.error} onRetry={() => void events.refetch()} />
  if (events.data === undefined) return <div aria-busy="true" className="skeleton h-32" />
  const { data, more, nextAfter } = events.data
  return (
    <>
      <Panel>
        {data.length === 0 ? (
          <Empty title="No event is kept of this user" />
        ) : (
          <ol aria-label="Events" className="divide-y divide-line">
            {data.map((event) => (
              <li key={event.id}>
                <OneEvent event={event} />
              </li>
            ))}
          </ol>
        )}
      </Panel>
      {data.length > 0 && (
        <Pager
          shown={data.length}
          noun={['event', 'events']}
          onFirst={after === undefined ? undefined : () => go(undefined)}
          onNext={more ? () => go(String(nextAfter)) : undefined}
        />
      )}
    </>
  )
}

function OneEvent({ event }: { readonly event: FeedEvent }) {
  const { type, time, actor, data, sequence } = event
  const names = Object.keys({ ...data.before, ...data.after }).filter(
    (name) => type !== 'profile.created' && name !== 'updatedAt',
  )
  // The body of an event may be long, and a page has many: each is drawn when it is first looked at.
  const [opened, setOpened] = useState(false)
  return (
    <details className="group text-table" onToggle={() => setOpened(true)}>
      <summary className="flex min-h-9 cursor-pointer list-none flex-wrap items-center gap-x-4 px-4 py-1 hover:bg-hover">
        <span aria-hidden className="w-2 text-muted group-open:rotate-90">
          ›
        </span>
        <code className="min-w-44 text-[0.92em] font-medium max-sm:min-w-0 max-sm:flex-1">{type}</code>
        <span className="min-w-0 flex-1 truncate text-muted max-sm:order-last max-sm:basis-full max-sm:pl-6">
          {type === 'profile.updated' ? names.join(', ') : actor.kind.replace('_', ' ')}
        </span>
        <span className="figures text-muted">{sequence !== null && `#${sequence}`}</span>
        <span className="text-muted">
          <Time at={time} />
        </span>
      </summary>
      <div className="px-4 pb-3">{opened && <JsonBox value={event} what="the event" />}</div>
    </details>
  )
}
