import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import type { Wallet } from '../../api/client.ts'
import { useAppQuery } from '../../api/queries.ts'
import { useApp } from '../../session/operator.ts'
import { buttonClass } from '../../ui/button.tsx'
import { Code } from '../../ui/code.tsx'
import { Copyable } from '../../ui/copy.tsx'
import { Select } from '../../ui/field.tsx'
import { Empty, ErrorNotice } from '../../ui/notice.tsx'
import { PageHead } from '../../ui/page.tsx'
import { Pager } from '../../ui/pager.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'

const route = getRouteApi('/$app/wallets')
const pageSize = 50

/** The wallets of the app, the newest first. Each leads to its user, where its addresses are. */
export function WalletsPage() {
  const { network, cursor } = route.useSearch()
  const navigate = useNavigate({ from: '/$app/wallets' })
  const wallets = useAppQuery(
    ['wallets', network, cursor],
    (api, signal) => api.listWallets({ query: { network, cursor, limit: pageSize }, signal }),
    { keeps: true },
  )
  const next = wallets.data?.nextCursor ?? undefined
  return (
    <>
      <PageHead title="Wallets" about="Every wallet comes out of the app’s one seed." />
      <div className="mb-3 flex items-center gap-2">
        <NetworkFilter network={network} onChange={(chosen) => void navigate({ search: { network: chosen } })} />
      </div>
      {wallets.error !== null ? (
        <ErrorNotice error={wallets.error} onRetry={() => void wallets.refetch()} />
      ) : (
        <>
          <Table
            label="Wallets"
            columns={columns}
            rows={wallets.data?.data}
            keyOf={({ id }) => id}
            stale={wallets.isPlaceholderData}
            empty={<NoWallets network={network} />}
          />
          {wallets.data !== undefined && wallets.data.data.length > 0 && (
            <Pager
              total={wallets.data.total}
              shown={wallets.data.data.length}
              noun={['wallet', 'wallets']}
              onFirst={cursor === undefined ? undefined : () => void navigate({ search: { network } })}
              onNext={next === undefined ? undefined : () => void navigate({ search: { network, cursor: next } })}
            />
          )}
        </>
      )}
    </>
  )
}

const columns: readonly Column<Wallet>[] = [
  {
    id: 'id',
    title: 'Wallet',
    width: '19.5rem',
    cell: ({ id }) => <Copyable text={id} what="the wallet's id" />,
  },
  { id: 'network', title: 'Network', cell: ({ network }) => network },
  { id: 'profile', title: 'User', width: '19.5rem', cell: ({ profileId }) => <UserLink id={profileId} /> },
  { id: 'account', title: 'Account', numeric: true, cell: ({ accountIndex }) => accountIndex },
  { id: 'addresses', title: 'Addresses', numeric: true, cell: ({ addressCount }) => addressCount },
  { id: 'createdAt', title: 'Made', cell: ({ createdAt }) => <Time at={createdAt} /> },
]

function UserLink({ id }: { readonly id: string }) {
  const { app } = useApp()
  return (
    <Link
      to="/$app/users/$profile"
      params={{ app: app.id, profile: id }}
      search={{ tab: 'wallets' }}
      className="text-accent hover:underline"
    >
      <code className="text-[0.92em]">{id}</code>
    </Link>
  )
}

function NoWallets({ network }: { readonly network: string | undefined }) {
  const { app } = useApp()
  if (network !== undefined) {
    return (
      <Empty title={`No wallet is on ${network}`}>
        <Link to="/$app/wallets" params={{ app: app.id }} className={buttonClass()}>
          Show all wallets
        </Link>
      </Empty>
    )
  }
  return (
    <Empty title="No wallet is here yet">
      <p className="max-w-[65ch] text-muted">
        A user’s page makes one, and so does this call, for the user that you know as <code>user-1</code>.
      </p>
      <Code text={walletCall()} what="the command" />
    </Empty>
  )
}

/** The call of the native API that makes a wallet, at the address that this page came from. */
function walletCall(): string {
  return [
    `curl -i ${window.location.origin}/facet/v1/profiles/reference:user-1/wallets \\`,
    '  -H "Authorization: Bearer $FACET_SECRET" \\',
    "  -H 'Content-Type: application/json' \\",
    `  -d '{"network": "tBTC", "withAddress": true}'`,
  ].join('\n')
}

function NetworkFilter({
  network,
  onChange,
}: {
  readonly network: string | undefined
  readonly onChange: (network: string | undefined) => void
}) {
  const networks = useAppQuery(['networks'], (api, signal) => api.listNetworks({ signal }))
  return (
    <label className="flex items-center gap-2">
      <span className="text-muted">Network</span>
      <Select value={network ?? ''} onChange={(event) => onChange(event.target.value || undefined)} className="w-auto">
        <option value="">All</option>
        {networks.data?.data.map(({ alias }) => (
          <option key={alias}>{alias}</option>
        ))}
      </Select>
    </label>
  )
}
