import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { useAppQuery } from '../../api/queries.ts'
import { useMay } from '../../session/operator.ts'
import { Button } from '../../ui/button.tsx'
import { ErrorNotice } from '../../ui/notice.tsx'
import { PageHead, Section } from '../../ui/page.tsx'
import { Segments } from '../../ui/segments.tsx'
import { CallsPanel } from './calls-panel.tsx'
import { ErrorsTable } from './errors-table.tsx'
import { FirstSteps } from './first-steps.tsx'

const route = getRouteApi('/$app/')

/** What the app was asked, what failed, and for whoever is new the way to a first call. */
export function HomePage() {
  const { window: asked, steps } = route.useSearch()
  const window = asked === 'day' ? 'day' : 'hour'
  const navigate = useNavigate({ from: '/$app' })
  const mayCall = useMay('keys:manage')
  const calls = useAppQuery(['calls', window], (api, signal) => api.getCallStatistics({ query: { window }, signal }), {
    keeps: true,
    everyMs: window === 'hour' ? 5_000 : 60_000,
  })
  return (
    <>
      <PageHead title="Home">
        {mayCall && steps !== 'open' && (
          <Button onClick={() => void navigate({ search: (all) => ({ ...all, steps: 'open' }) })}>Make a call</Button>
        )}
      </PageHead>
      <FirstSteps
        opened={steps === 'open'}
        onClose={() => void navigate({ search: (all) => ({ ...all, steps: undefined }) })}
      />
      <Section
        title="Calls"
        className="mb-8"
        actions={
          <Segments
            label="Time"
            value={window}
            options={[
              ['hour', 'Last hour'],
              ['day', 'Last day'],
            ]}
            onChange={(next) =>
              void navigate({ search: (all) => ({ ...all, window: next === 'hour' ? undefined : next }) })
            }
          />
        }
      >
        {calls.error === null ? (
          <CallsPanel statistics={calls.data} />
        ) : (
          <ErrorNotice error={calls.error} onRetry={() => void calls.refetch()} />
        )}
      </Section>
      <Section title="Latest errors">
        <ErrorsTable />
      </Section>
    </>
  )
}
