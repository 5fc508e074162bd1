import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { Check } from 'lucide-react'
import { useState } from 'react'
import type { ApiKey, RecentCall } from '../../api/client.ts'
import { useAppQuery } from '../../api/queries.ts'
import { useApp, useMay } from '../../session/operator.ts'
import { Button, buttonClass } from '../../ui/button.tsx'
import { Code } from '../../ui/code.tsx'
import { Copyable } from '../../ui/copy.tsx'
import { DialectName } from '../../ui/dialect.tsx'
import { type DialectId, dialectIds, isDialect } from '../../ui/dialects.ts'
import { ErrorNotice } from '../../ui/notice.tsx'
import { Panel } from '../../ui/page.tsx'
import { Segments } from '../../ui/segments.tsx'
import { firstRequest } from './snippets/first-requests.ts'
import { isLanguage, type Language, languages } from './snippets/languages.ts'

const route = getRouteApi('/$app/')
const watchedEveryMs = 1_000

/** The way to a first call: the key, a snippet that works when pasted, and the call as it arrives. Gone once there was one. */
export function FirstSteps({ opened, onClose }: { readonly opened: boolean; readonly onClose: () => void }) {
  const { app } = useApp()
  const mayShow = useMay('keys:manage')
  const [closed, setClosed] = useState(false)
  const people = useAppQuery(['profile-count'], (api, signal) => api.listProfiles({ query: { limit: 1 }, signal }), {
    enabled: mayShow,
  })
  const [wasEmpty, setWasEmpty] = useState<boolean>()
  if (wasEmpty === undefined && people.data !== undefined) setWasEmpty(people.data.total === 0)
  if (!mayShow || !(opened || (wasEmpty === true && !closed))) return null
  return (
    <Panel className="mb-8 p-4 sm:p-5">
      <h2 className="font-semibold">{opened ? 'Make a call' : `Make the first call to ${app.name}`}</h2>
      <p className="mb-4 text-muted">
        Pick the API that your program speaks. A person made through one is there in all.
      </p>
      <Steps />
      <Arrival onClose={() => (opened ? onClose() : setClosed(true))} />
    </Panel>
  )
}

function Steps() {
  const { app } = useApp()
  const keys = useAppQuery(['api-keys'], (api, signal) => api.listApiKeys({ signal }))
  if (keys.error !== null) return <ErrorNotice error={keys.error} onRetry={() => void keys.refetch()} />
  if (keys.data === undefined) return <div className="skeleton h-64" aria-busy="true" />
  const apiKey = keys.data.data.find(isUsable)
  if (apiKey === undefined) {
    return (
      <p className="flex flex-wrap items-center gap-3">
        This app has no key that may write profiles.
        <Link to="/$app/api-keys" params={{ app: app.id }} search={{ sheet: 'new' }} className={buttonClass('primary')}>
          Make an API key
        </Link>
      </p>
    )
  }
  return <KeyAndSnippet apiKey={apiKey} />
}

function isUsable({ revokedAt, expiresAt, scopes }: ApiKey): boolean {
  const over = expiresAt !== null && Date.parse(expiresAt) <= Date.now()
  return revokedAt === null && !over && scopes.includes('profiles:write')
}

function KeyAndSnippet({ apiKey }: { readonly apiKey: ApiKey }) {
  const { app } = useApp()
  const { dialect: askedDialect, language: askedLanguage } = route.useSearch()
  const navigate = useNavigate({ from: '/$app' })
  const dialect: DialectId = isDialect(askedDialect) ? askedDialect : 'native'
  const language: Language = isLanguage(askedLanguage) ? askedLanguage : 'curl'
  const [mark] = useState(() => Date.now().toString(36))
  const sealed = useAppQuery(
    ['secret', apiKey.id],
    (api, signal) => api.getSecretOfApiKey({ params: { id: apiKey.id }, signal }),
    // Each showing is an event: once a visit is enough.
    { enabled: app.mode === 'sandbox', once: true },
  )
  const secret = sealed.data?.secret ?? 'YOUR_SECRET'
  const request = firstRequest(dialect, { baseUrl: location.origin, key: apiKey.key, secret }, mark)
  return (
    <div className="flex flex-col gap-4">
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] items-center gap-x-4 gap-y-1">
        <dt className="text-muted">Key</dt>
        <dd>
          <Copyable text={apiKey.key} what="the key" />
        </dd>
        <dt className="text-muted">Secret</dt>
        <dd>
          {sealed.data === undefined ? (
            <span className="text-muted">
              {app.mode === 'live'
                ? 'Shown once, when the key was made'
                : sealed.error === null
                  ? '…'
                  : 'Not for your role'}
            </span>
          ) : (
            <Copyable text={secret} what="the secret" />
          )}
        </dd>
      </dl>
      <div className="flex flex-wrap items-center justify-between gap-2">
        <Segments
          label="Dialect"
          value={dialect}
          options={dialectIds.map((id) => [id, <DialectName key={id} id={id} />])}
          onChange={(next) => void navigate({ search: (all) => ({ ...all, dialect: next }) })}
        />
        <Segments
          label="Language"
          value={language}
          options={Object.entries(languages).map(([id, { name }]) => [id as Language, name])}
          onChange={(next) => void navigate({ search: (all) => ({ ...all, language: next }) })}
        />
      </div>
      {sealed.isLoading ? (
        // Nobody copies a call whose secret is still on its way.
        <div className="skeleton h-40" aria-busy="true" />
      ) : (
        <Code text={languages[language].write({ request, secret })} what="the call" />
      )}
    </div>
  )
}

/** The newest call that came since this was first shown. */
function useArrival(): RecentCall | undefined {
  const recent = useAppQuery(['recent-calls'], (api, signal) => api.listRecentCalls({ query: { limit: 5 }, signal }), {
    everyMs: watchedEveryMs,
  })
  const calls = recent.isFetchedAfterMount ? recent.data?.data : undefined
  // Known by what was there: this machine's clock need not agree with the server's.
  const [before, setBefore] = useState<ReadonlySet<string>>()
  if (before === undefined && calls !== undefined) setBefore(new Set(calls.map(({ id }) => id)))
  return calls?.find(({ id }) => before?.has(id) === false)
}

function Arrival({ onClose }: { readonly onClose: () => void }) {
  const call = useArrival()
  return (
    <div className="mt-4 flex flex-wrap items-center justify-between gap-3 border-t border-line pt-4">
      <div role="status" className="flex min-w-0 flex-wrap items-center gap-x-3 gap-y-1">
        {call === undefined ? (
          <>
            <span aria-hidden className="size-2 rounded-full bg-accent [animation:breathe_1.6s_ease-in-out_infinite]" />
            <span className="min-w-0 flex-1">Waiting for the call. It shows here within a second or two.</span>
          </>
        ) : (
          <>
            <Check size={16} aria-hidden className="text-ok" />
            <span>
              Arrived: <strong className="figures font-semibold">{call.status}</strong>
            </span>
            <DialectName id={call.dialect} />
            <code className="min-w-0 text-small break-all">
              {call.method} {call.route}
            </code>
          </>
        )}
      </div>
      <Button onClick={onClose}>{call === undefined ? 'Not now' : 'Done'}</Button>
    </div>
  )
}
