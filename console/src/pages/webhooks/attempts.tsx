import type { WebhookDeliveryWithAttempts } from '../../api/client.ts'
import { Badge } from '../../ui/badge.tsx'
import { Code, JsonText } from '../../ui/code.tsx'
import { Time } from '../../ui/time.tsx'

type Attempt = WebhookDeliveryWithAttempts['attemptLog'][number]

/** Every attempt at a delivery, the newest first, with what was answered. */
export function Attempts({ delivery: { attemptLog } }: { readonly delivery: WebhookDeliveryWithAttempts }) {
  return (
    <section aria-label="Attempts">
      <h3 className="mb-2 font-medium">Attempts</h3>
      {attemptLog.length === 0 ? (
        <p role="status" className="text-muted">
          None yet
        </p>
      ) : (
        <ol className="rounded-control border border-line">
          {attemptLog.toReversed().map((attempt, index) => (
            <li key={attempt.number} className="not-last:border-b border-line">
              <AttemptRow attempt={attempt} opened={index === 0} />
            </li>
          ))}
        </ol>
      )}
    </section>
  )
}

function AttemptRow({ attempt, opened }: { readonly attempt: Attempt; readonly opened: boolean }) {
  const { number, status, error, durationMs, startedAt, headers, body } = attempt
  const good = status !== null && status >= 200 && status < 300
  return (
    <details open={opened}>
      <summary className="flex min-h-9 cursor-pointer flex-wrap items-center gap-x-3 gap-y-1 px-3 py-1.5 hover:bg-hover">
        <span className="figures w-5 text-muted">{number}</span>
        <Badge tone={good ? 'ok' : 'bad'}>{status ?? 'No answer'}</Badge>
        <span className="figures text-muted">{durationMs} ms</span>
        <span className="ml-auto text-muted">
          <Time at={startedAt} />
        </span>
      </summary>
      <div className="flex flex-col gap-3 px-3 pt-1 pb-3">
        {error !== null && <p className="break-words text-bad">{error}</p>}
        {body !== null && (
          <div className="flex flex-col gap-1">
            <p className="text-small text-muted">Answer{body === '' ? ': an empty body' : ''}</p>
            {body !== '' && (
              <Code text={body} what="the answer" wrap>
                <JsonText text={body} />
              </Code>
            )}
          </div>
        )}
        {headers !== null && Object.keys(headers).length > 0 && (
          <div className="flex flex-col gap-1">
            <p className="text-small text-muted">Headers of the answer</p>
            <Code text={linesOf(headers)} what="the headers" wrap />
          </div>
        )}
      </div>
    </details>
  )
}

function linesOf(headers: Readonly<Record<string, string>>): string {
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n')
}
