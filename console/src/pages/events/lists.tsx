import { useNavigate } from '@tanstack/react-router'
import { Pause, Play } from 'lucide-react'
import type { ReactNode } from 'react'
import type { FeedEvent } from '../../api/client.ts'
import { useAppQuery } from '../../api/queries.ts'
import { listenCommand, triggerCommand } from '../../commands.ts'
import { useApp } from '../../session/operator.ts'
import { ActorName } from '../../ui/actor.tsx'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { Code } from '../../ui/code.tsx'
import { Empty, ErrorNotice } from '../../ui/notice.tsx'
import { Pager } from '../../ui/pager.tsx'
import { SubjectLink } from '../../ui/subject.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'
import { type FeedPart, readBack } from './feed.ts'
import { useHold, useLive } from './live.ts'

function useFeedPart(types: readonly string[], before?: number) {
  return useAppQuery<FeedPart>(
    ['feed', types.join(','), before],
    async (api, signal) => ({ body: await readBack(api, { before, types, signal }) }),
    { once: true },
  )
}

interface ListProps {
  readonly types: readonly string[]
  /** Stands in the line above the rows. */
  readonly filter: ReactNode
}

/** The end of the feed, and what comes. */
export function LiveEvents({ types, filter }: ListProps) {
  const part = useFeedPart(types)
  const live = useLive(part.data?.end, types)
  const read = live.full ? [] : (part.data?.events ?? [])
  const hold = useHold([...live.events, ...read])
  if (part.error !== null && part.data === undefined) {
    return <ErrorNotice error={part.error} onRetry={() => void part.refetch()} />
  }
  return (
    <>
      <LiveBar live={live} hold={hold} filter={filter} />
      <EventTable
        types={types}
        rows={part.data && hold.shown}
        empty={<NoEvents filtered={types.length > 0} more={part.data?.more ?? false} />}
      />
      {part.data && (
        <FeedPager
          types={types}
          shown={hold.shown.length}
          from={live.full ? (live.events.at(-1)?.sequence ?? part.data.from) : part.data.from}
          more={part.data.more || live.full}
        />
      )}
    </>
  )
}

/** Whether the list is live, and what waits while it is held. */
function LiveBar({
  live,
  hold,
  filter,
}: {
  readonly filter: ReactNode
  readonly live: ReturnType<typeof useLive>
  readonly hold: ReturnType<typeof useHold>
}) {
  const failed = live.error !== undefined
  return (
    <>
      <div className="mb-3 flex flex-wrap items-start justify-between gap-2">
        {filter}
        <div className="flex min-h-8 items-center gap-3">
          <Badge tone={hold.paused || failed ? 'plain' : 'ok'}>
            {failed ? 'Not live' : hold.paused ? 'Paused' : 'Live'}
          </Badge>
          <Button
            icon={hold.paused ? <Play size={14} aria-hidden /> : <Pause size={14} aria-hidden />}
            onClick={hold.toggle}
          >
            {hold.paused ? 'Resume' : 'Pause'}
          </Button>
        </div>
      </div>
      <div role="status" className="sticky top-14 z-20">
        {hold.waiting > 0 && (
          <Button look="primary" onClick={hold.release} className="mb-3 w-full shadow-floating">
            Show {hold.waiting} new
          </Button>
        )}
      </div>
      {failed && (
        <div className="mb-3">
          <ErrorNotice error={live.error} onRetry={live.retry} />
        </div>
      )}
    </>
  )
}

/** What stands before one place of the feed. */
export function EarlierEvents({ types, before, filter }: ListProps & { readonly before: number }) {
  const part = useFeedPart(types, before)
  if (part.error !== null) return <ErrorNotice error={part.error} onRetry={() => void part.refetch()} />
  return (
    <>
      <div className="mb-3">{filter}</div>
      <EventTable
        types={types}
        before={before}
        rows={part.data?.events}
        empty={<NoEvents filtered={types.length > 0} more={part.data?.more ?? false} />}
      />
      {part.data && (
        <FeedPager
          types={types}
          shown={part.data.events.length}
          from={part.data.from}
          more={part.data.more}
          before={before}
        />
      )}
    </>
  )
}

function EventTable({
  types,
  before,
  rows,
  empty,
}: {
  readonly types: readonly string[]
  readonly before?: number
  readonly rows: readonly FeedEvent[] | undefined
  readonly empty: ReactNode
}) {
  const { app } = useApp()
  return (
    <Table
      label="Events"
      columns={columns}
      rows={rows}
      keyOf={({ id }) => id}
      linkOf={({ id }) => ({
        to: '/$app/events',
        params: { app: app.id },
        search: { types: types.join(','), before: before === undefined ? undefined : String(before), event: id },
        resetScroll: false,
      })}
      empty={empty}
    />
  )
}

const columns: readonly Column<FeedEvent>[] = [
  { id: 'type', title: 'Type', cell: ({ type }) => <code className="text-[0.92em]">{type}</code> },
  { id: 'subject', title: 'About', cell: (event) => <SubjectLink event={event} byName /> },
  { id: 'actor', title: 'By', cell: ({ actor }) => <ActorName actor={actor} /> },
  { id: 'time', title: 'When', cell: ({ time }) => <Time at={time} /> },
  { id: 'sequence', title: 'Number', numeric: true, cell: ({ sequence }) => sequence },
]

function FeedPager({
  types,
  shown,
  from,
  more,
  before,
}: {
  readonly types: readonly string[]
  readonly shown: number
  /** Everything shown is from this sequence on. */
  readonly from: number
  readonly more: boolean
  readonly before?: number
}) {
  const navigate = useNavigate({ from: '/$app/events' })
  const chosen = types.join(',') || undefined
  if (shown === 0 && !more && before === undefined) return null
  return (
    <Pager
      shown={shown}
      noun={['event', 'events']}
      onFirst={before === undefined ? undefined : () => void navigate({ search: { types: chosen } })}
      onNext={more ? () => void navigate({ search: { types: chosen, before: String(from) } }) : undefined}
    />
  )
}

function NoEvents({ filtered, more }: { readonly filtered: boolean; readonly more: boolean }) {
  const { app } = useApp()
  if (filtered) {
    return (
      <Empty title={more ? 'None of these is among the last 20,000 events' : 'No event is of these types'}>
        {more && <p className="text-muted">The next page looks further back.</p>}
      </Empty>
    )
  }
  return (
    <Empty title="Nothing is here">
      {app.mode === 'sandbox' && (
        <>
          <p className="text-muted">Make an event:</p>
          <Code text={triggerCommand(app, 'profile.created')} what="the command" wrap />
        </>
      )}
      <p className="text-muted">Follow the feed from your terminal, and post it to a program of yours:</p>
      <Code text={listenCommand(app)} what="the command" wrap />
    </Empty>
  )
}
