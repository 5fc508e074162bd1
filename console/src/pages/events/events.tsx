import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { ListFilter } from 'lucide-react'
import { useMemo, useState } from 'react'
import { useAppQuery } from '../../api/queries.ts'
import { Button } from '../../ui/button.tsx'
import { Chip } from '../../ui/chip.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { PageHead } from '../../ui/page.tsx'
import { TypePicker } from '../../ui/type-picker.tsx'
import { EventSheet } from './event-sheet.tsx'
import { EarlierEvents, LiveEvents } from './lists.tsx'

const route = getRouteApi('/$app/events')

/** Everything that happens in the app, as it happens. */
export function EventsPage() {
  const { types: chosen, before, event } = route.useSearch()
  const navigate = useNavigate({ from: '/$app/events' })
  const [filtering, setFiltering] = useState(false)
  const types = useMemo(() => chosen?.split(',').filter((type) => type !== '') ?? [], [chosen])
  const choose = (next: readonly string[]) =>
    void navigate({ search: { types: next.join(',') || undefined }, replace: true, resetScroll: false })
  const place = Number(before)
  const filter = <Filter types={types} onChange={choose} onOpen={() => setFiltering(true)} />
  return (
    <>
      <PageHead title="Events" about="Every change writes one event. The newest come first, as they happen." />
      {place > 0 ? (
        <EarlierEvents types={types} before={place} filter={filter} />
      ) : (
        <LiveEvents types={types} filter={filter} />
      )}
      {filtering && <FilterSheet types={types} onChange={choose} onClose={() => setFiltering(false)} />}
      {event !== undefined && (
        <EventSheet
          id={event}
          onClose={() => void navigate({ search: { types: chosen, before }, resetScroll: false })}
        />
      )}
    </>
  )
}

interface FilterProps {
  readonly types: readonly string[]
  readonly onChange: (types: readonly string[]) => void
}

function Filter({ types, onChange, onOpen }: FilterProps & { readonly onOpen: () => void }) {
  return (
    <div className="flex min-w-0 flex-wrap items-center gap-2">
      <Button icon={<ListFilter size={14} aria-hidden />} onClick={onOpen}>
        Filter by type
      </Button>
      {types.map((type) => (
        <Chip key={type} label={type} onRemove={() => onChange(types.filter((each) => each !== type))}>
          <code className="text-[0.92em]">{type}</code>
        </Chip>
      ))}
    </div>
  )
}

function FilterSheet({ types, onChange, onClose }: FilterProps & { readonly onClose: () => void }) {
  const catalogue = useAppQuery(['event-types'], (api, signal) => api.listEventTypes({ signal }))
  return (
    <Dialog open onClose={onClose} place="side" title="Filter by type" about="The list follows as you choose.">
      {catalogue.data === undefined ? (
        <div className="skeleton h-96" />
      ) : (
        <TypePicker catalogue={catalogue.data.data} value={types} onChange={onChange} />
      )}
    </Dialog>
  )
}
