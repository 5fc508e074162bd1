import { useQueries } from '@tanstack/react-query'
import { apiOf, type WalletAddress } from '../../api/client.ts'
import { useApp } from '../../session/operator.ts'
import { Copyable } from '../../ui/copy.tsx'
import { Empty, ErrorNotice } from '../../ui/notice.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'
import { AddressText, addressesShown, NetworkName, useNetworks, useWallets } from './wallet-parts.tsx'

/** The addresses of all wallets of a profile in one table. */
export function AddressesTab({ profileId }: { readonly profileId: string }) {
  const { app } = useApp()
  const networks = useNetworks()
  const wallets = useWallets(profileId)
  const lists = useQueries({
    queries: (wallets.data?.data ?? []).map(({ id }) => ({
      queryKey: [app.id, 'addresses', id],
      queryFn: async ({ signal }: { signal: AbortSignal }) =>
        (await apiOf(app.id).listAddressesOfWallet({ params: { id }, query: { limit: addressesShown }, signal })).body,
    })),
  })
  const error = wallets.error ?? lists.find((list) => list.error !== null)?.error ?? null
  if (error !== null) {
    const retry = () => [wallets, ...lists].filter((each) => each.error !== null).map((each) => each.refetch())
    return <ErrorNotice error={error} onRetry={retry} />
  }
  const loaded = wallets.data !== undefined && lists.every(({ data }) => data !== undefined)
  const columns: readonly Column<WalletAddress>[] = [
    { id: 'address', title: 'Address', cell: (address) => <AddressText address={address} networks={networks} /> },
    { id: 'network', title: 'Network', cell: ({ network }) => <NetworkName alias={network} networks={networks} /> },
    { id: 'index', title: 'Index', numeric: true, cell: ({ addressIndex }) => addressIndex },
    { id: 'wallet', title: 'Wallet', cell: ({ walletId }) => <Copyable text={walletId} what="the wallet's id" /> },
    { id: 'createdAt', title: 'Made', cell: ({ createdAt }) => <Time at={createdAt} /> },
  ]
  return (
    <Table
      label="Addresses"
      columns={columns}
      rows={loaded ? lists.flatMap(({ data }) => data?.data ?? []) : undefined}
      keyOf={({ id }) => id}
      skeletonRows={3}
      empty={
        <Empty title="No address is here yet">
          <p className="text-muted">Make a wallet under Wallets; it comes with its first address.</p>
        </Empty>
      }
    />
  )
}
