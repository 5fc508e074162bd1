import type { FeedEvent } from '../../api/client.ts'
import { useAppQuery } from '../../api/queries.ts'
import { ActorName } from '../../ui/actor.tsx'
import { JsonBox, Ticked } from '../../ui/code.tsx'
import { Copyable } from '../../ui/copy.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Fact, Facts } from '../../ui/facts.tsx'
import { ErrorNotice } from '../../ui/notice.tsx'
import { SubjectLink } from '../../ui/subject.tsx'
import { Time } from '../../ui/time.tsx'

/** One event: who did what to whom, and the event as a program gets it. */
export function EventSheet({ id, onClose }: { readonly id: string; readonly onClose: () => void }) {
  const event = useAppQuery(['events', id], (api, signal) => api.getEvent({ params: { id }, signal }))
  const types = useAppQuery(['event-types'], (api, signal) => api.listEventTypes({ signal }))
  const about = types.data?.data.find(({ type }) => type === event.data?.type)?.about
  return (
    <Dialog
      open
      onClose={onClose}
      place="side"
      title={event.data?.type ?? 'Event'}
      about={about && <Ticked text={about} />}
    >
      {event.error !== null && event.data === undefined && <ErrorNotice error={event.error} />}
      {event.data === undefined && event.error === null && <div className="skeleton h-96" />}
      {event.data !== undefined && <EventDetails event={event.data} />}
    </Dialog>
  )
}

function EventDetails({ event }: { readonly event: FeedEvent }) {
  const { id, time, sequence, actor, requestId } = event
  return (
    <div className="flex flex-col gap-6">
      <Facts>
        <Fact name="When">
          <Time at={time} />
        </Fact>
        <Fact name="About">
          <SubjectLink event={event} />
        </Fact>
        <Fact name="By">
          <ActorName actor={actor} whole />
        </Fact>
        <Fact name="Request">
          {requestId === null ? (
            <span className="text-muted">None</span>
          ) : (
            <Copyable text={requestId} what="the request id" />
          )}
        </Fact>
        <Fact name="Number">{sequence ?? <span className="text-muted">None yet</span>}</Fact>
        <Fact name="Id">
          <Copyable text={id} what="the event's id" />
        </Fact>
      </Facts>
      <Changes data={event.data} />
      <section aria-label="The event">
        <h3 className="mb-2 font-medium">The event</h3>
        <JsonBox value={event} what="the event" />
      </section>
    </div>
  )
}

/** Each field that differs, as it was and as it is, where there was something before and is something after. */
function Changes({ data: { before, after } }: { readonly data: FeedEvent['data'] }) {
  if (before === null || after === null) return null
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  return (
    <section aria-label="What changed">
      <h3 className="mb-2 font-medium">What changed</h3>
      <table className="w-full table-fixed rounded-control border border-line text-table">
        <thead>
          <tr className="border-b border-line text-left text-muted">
            {['Field', 'Before', 'After'].map((title) => (
              <th key={title} scope="col" className="px-3 py-1.5 font-medium">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {names.map((name) => (
            <tr key={name} className="not-last:border-b border-line align-top">
              <th scope="row" className="px-3 py-1.5 text-left font-normal break-words">
                <code className="text-[0.92em]">{name}</code>
              </th>
              <td className="px-3 py-1.5 break-words text-muted">
                <Value value={before[name]} />
              </td>
              <td className="px-3 py-1.5 break-words">
                <Value value={after[name]} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function Value({ value }: { readonly value: unknown }) {
  if (value === undefined || value === null) return <span className="text-muted">–</span>
  if (typeof value === 'string') return <span dir="auto">{value}</span>
  return <code className="text-[0.92em]">{JSON.stringify(value)}</code>
}
