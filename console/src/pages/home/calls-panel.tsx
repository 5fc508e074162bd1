import { lazy, Suspense } from 'react'
import type { CallStatistics } from '../../api/client.ts'
import { DialectName } from '../../ui/dialect.tsx'
import { Panel } from '../../ui/page.tsx'

const CallsChart = lazy(() => import('./calls-chart.tsx').then(({ CallsChart }) => ({ default: CallsChart })))

const count = new Intl.NumberFormat()
const percent = new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: 1 })

export type DialectCalls = CallStatistics['dialects'][number]

function milliseconds(ms: number | null): string {
  if (ms === null) return '–'
  return ms < 10 ? `${ms.toFixed(1)} ms` : `${count.format(Math.round(ms))} ms`
}

/** Requests, errors and times of a window: in all, over time, and by dialect. */
export function CallsPanel({ statistics }: { readonly statistics: CallStatistics | undefined }) {
  if (statistics === undefined) return <div className="skeleton h-[27rem] w-full" aria-busy="true" />
  const { dialects, window } = statistics
  const requests = sum(dialects, (each) => each.requests)
  const errors = sum(dialects, (each) => each.errors)
  const slowest = Math.max(...dialects.map(({ p95Ms }) => p95Ms ?? 0))
  return (
    <Panel>
      <dl className="flex flex-wrap gap-x-12 gap-y-3 border-b border-line px-4 py-3">
        <Figure name="Requests" value={count.format(requests)} />
        <Figure
          name="Errors"
          line
          value={count.format(errors)}
          beside={requests > 0 ? percent.format(errors / requests) : undefined}
          bad={sum(dialects, (each) => each.serverErrors) > 0}
        />
        <Figure name="Slowest p95" value={slowest > 0 ? milliseconds(slowest) : '–'} />
      </dl>
      <div className="h-56 px-2 pt-3">
        {requests === 0 ? (
          <p className="flex h-full items-center justify-center text-muted">
            No call came in the last {window}. The first one will be drawn here as it comes.
          </p>
        ) : (
          <Suspense fallback={<div className="skeleton h-full" />}>
            <CallsChart statistics={statistics} />
          </Suspense>
        )}
      </div>
      {dialects.length > 0 && <ByDialect dialects={dialects} />}
    </Panel>
  )
}

function sum(dialects: readonly DialectCalls[], of: (dialect: DialectCalls) => number): number {
  return dialects.reduce((total, dialect) => total + of(dialect), 0)
}

function Figure({
  name,
  value,
  beside,
  bad = false,
  line = false,
}: {
  readonly name: string
  readonly value: string
  readonly beside?: string | undefined
  readonly bad?: boolean
  /** The chart has a line of it. */
  readonly line?: boolean
}) {
  return (
    <div>
      <dt className="text-muted">
        {name}
        {line && (
          <span aria-hidden className="ml-2 inline-block w-5 border-t-2 border-dashed border-bad align-middle" />
        )}
      </dt>
      <dd className={`figures text-title font-semibold ${bad ? 'text-bad' : ''}`}>
        {value}
        {beside !== undefined && <span className="ml-2 text-body font-normal text-muted">{beside}</span>}
      </dd>
    </div>
  )
}

function ByDialect({ dialects }: { readonly dialects: readonly DialectCalls[] }) {
  return (
    <table className="figures w-full border-t border-line text-table">
      <caption className="sr-only">Calls by dialect</caption>
      <thead>
        <tr className="text-right text-muted">
          <th scope="col" className="h-9 px-4 text-left font-medium">
            Dialect
          </th>
          <th scope="col" className="px-4 font-medium">
            Requests
          </th>
          <th scope="col" className="px-4 font-medium">
            Errors
          </th>
          <th scope="col" className="px-4 font-medium">
            p95
          </th>
        </tr>
      </thead>
      <tbody>
        {dialects.map(({ dialect, requests, errors, p95Ms }) => (
          <tr key={dialect} className="border-t border-line text-right">
            <td className="h-9 px-4 text-left">
              <DialectName id={dialect} />
            </td>
            <td className="px-4">{count.format(requests)}</td>
            <td className="px-4">{count.format(errors)}</td>
            <td className="px-4">{milliseconds(p95Ms)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
