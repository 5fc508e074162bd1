import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { Plus } from 'lucide-react'
import type { ApiKey } from '../../api/client.ts'
import { useAppQuery } from '../../api/queries.ts'
import { useApp, useMay } from '../../session/operator.ts'
import { Button } from '../../ui/button.tsx'
import { Code } from '../../ui/code.tsx'
import { Copyable } from '../../ui/copy.tsx'
import { FirstOf } from '../../ui/first-of.tsx'
import { Empty, ErrorNotice } from '../../ui/notice.tsx'
import { PageHead } from '../../ui/page.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'
import { CreateKey } from './create-key.tsx'
import { KeySheet } from './key-sheet.tsx'
import { isGood, KeyBadge } from './key-state.tsx'

const route = getRouteApi('/$app/api-keys')

/** The keys that programs call the app with. */
export function ApiKeysPage() {
  const { key, ended, sheet } = route.useSearch()
  const navigate = useNavigate({ from: '/$app/api-keys' })
  const may = useMay('keys:manage')
  const openSheet = (next: string | undefined) => void navigate({ search: { ended, sheet: next }, resetScroll: false })
  const keys = useAppQuery(['api-keys'], (api, signal) => api.listApiKeys({ signal }))
  const all = keys.data?.data.toReversed()
  const gone = all?.filter((each) => !isGood(each)).length ?? 0
  const rows = ended === undefined ? all?.filter(isGood) : all
  return (
    <>
      <PageHead
        title="API keys"
        about="Programs call the app with the secret of a key. A key can do what its scopes say."
      >
        {may && (
          <Button look="primary" icon={<Plus size={14} aria-hidden />} onClick={() => openSheet('new')}>
            Create a key
          </Button>
        )}
      </PageHead>
      {keys.error !== null ? (
        <ErrorNotice error={keys.error} onRetry={() => void keys.refetch()} />
      ) : (
        <>
          <KeyTable rows={rows} ended={ended} />
          <Foot
            good={(all?.length ?? 0) - gone}
            gone={gone}
            shown={ended !== undefined}
            onToggle={() =>
              void navigate({ search: { ended: ended === undefined ? 'shown' : undefined }, resetScroll: false })
            }
          />
        </>
      )}
      {sheet === 'new' && may && <CreateKey onClose={() => openSheet(undefined)} />}
      {key !== undefined && (
        <KeySheet
          apiKey={all?.find(({ id }) => id === key)}
          loaded={all !== undefined}
          onClose={() => void navigate({ search: { ended }, resetScroll: false })}
        />
      )}
    </>
  )
}

function KeyTable({
  rows,
  ended,
}: {
  readonly rows: readonly ApiKey[] | undefined
  readonly ended: string | undefined
}) {
  const { app } = useApp()
  return (
    <Table
      label="API keys"
      columns={columns}
      rows={rows}
      keyOf={({ id }) => id}
      skeletonRows={3}
      linkOf={({ id }) => ({
        to: '/$app/api-keys',
        params: { app: app.id },
        search: { key: id, ended },
        resetScroll: false,
      })}
      empty={
        <Empty title="No key is in force">
          <p className="text-muted">Create one here, or on the server:</p>
          <Code
            text={`npx facet keys create Backend --app ${app.id} --scopes profiles:read,profiles:write`}
            what="the command"
            wrap
          />
        </Empty>
      }
    />
  )
}

const columns: readonly Column<ApiKey>[] = [
  {
    id: 'name',
    title: 'Name',
    cell: ({ name }) => (
      <span
        title={name}
        className="block max-w-52 truncate max-sm:line-clamp-3 max-sm:max-w-none max-sm:whitespace-normal"
      >
        <span dir="auto">{name}</span>
      </span>
    ),
  },
  { id: 'state', title: 'State', cell: (apiKey) => <KeyBadge apiKey={apiKey} /> },
  {
    id: 'key',
    title: 'Public key',
    cell: ({ key }) => (
      <Copyable text={key} what="the public key">
        {`${key.slice(0, 14)}…${key.slice(-4)}`}
      </Copyable>
    ),
  },
  { id: 'scopes', title: 'Scopes', cell: ({ scopes }) => <FirstOf names={scopes} /> },
  { id: 'lastUsedAt', title: 'Last used', cell: ({ lastUsedAt }) => <Time at={lastUsedAt} none="Never" /> },
  { id: 'expiresAt', title: 'Expires', cell: ({ expiresAt }) => <Time at={expiresAt} none="Never" /> },
  { id: 'createdAt', title: 'Made', cell: ({ createdAt }) => <Time at={createdAt} /> },
]

function Foot({
  good,
  gone,
  shown,
  onToggle,
}: {
  readonly good: number
  readonly gone: number
  readonly shown: boolean
  readonly onToggle: () => void
}) {
  return (
    <div className="mt-3 flex min-h-8 flex-wrap items-center justify-between gap-3 text-muted">
      <p className="figures" role="status">
        {good} in force
        {gone > 0 && `, ${gone} ended`}
      </p>
      {(gone > 0 || shown) && (
        <Button look="quiet" onClick={onToggle}>
          {shown ? 'Hide ended keys' : 'Show ended keys'}
        </Button>
      )}
    </div>
  )
}
