import { useMutation } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { useApi, type Wallet } from '../../api/client.ts'
import { useChanged } from '../../api/queries.ts'
import { useMay } from '../../session/operator.ts'
import { Button } from '../../ui/button.tsx'
import { Copyable } from '../../ui/copy.tsx'
import { ErrorNotice } from '../../ui/notice.tsx'
import { Panel } from '../../ui/page.tsx'
import { Time } from '../../ui/time.tsx'
import { say } from '../../ui/toast.tsx'
import { AddressText, addressesShown, NetworkName, useAddresses, useNetworks } from './wallet-parts.tsx'

/** A wallet with its addresses, and a way to add one. */
export function OneWallet({ wallet }: { readonly wallet: Wallet }) {
  const networks = useNetworks()
  const addresses = useAddresses(wallet)
  const mayWrite = useMay('wallets:write')
  const rows = addresses.data?.data
  return (
    <Panel>
      <div className="flex min-h-11 flex-wrap items-center gap-x-5 gap-y-1 border-b border-line px-4 py-1.5 text-table">
        <span className="font-medium">
          <NetworkName alias={wallet.network} networks={networks} />
        </span>
        <span className="min-w-0 text-muted">
          <Copyable text={wallet.id} what="the wallet's id" />
        </span>
        <span className="text-muted">
          account <span className="figures text-text">{wallet.accountIndex}</span>
        </span>
        <span className="text-muted">
          made <Time at={wallet.createdAt} />
        </span>
        {mayWrite && <AddAddress wallet={wallet} />}
      </div>
      {addresses.error !== null ? (
        <div className="p-3">
          <ErrorNotice error={addresses.error} onRetry={() => void addresses.refetch()} />
        </div>
      ) : (
        <ol
          className="px-4 py-2 text-table"
          aria-label={`Addresses on ${wallet.network}`}
          aria-busy={rows === undefined}
        >
          {rows === undefined && <li className="skeleton my-2 h-4 w-72" />}
          {rows?.length === 0 && <li className="py-1 text-muted">It has no address yet.</li>}
          {rows?.map((address) => (
            <li key={address.id} className="flex items-baseline gap-3 py-[3px]">
              <span className="figures w-8 shrink-0 text-right text-muted">{address.addressIndex}</span>
              <AddressText address={address} networks={networks} />
              <span className="ml-auto text-muted max-sm:hidden">
                <Time at={address.createdAt} />
              </span>
            </li>
          ))}
          {wallet.addressCount > addressesShown && (
            <li className="py-1 text-muted">
              The first {addressesShown} of {wallet.addressCount}; the API lists them all.
            </li>
          )}
        </ol>
      )}
    </Panel>
  )
}

function AddAddress({ wallet }: { readonly wallet: Wallet }) {
  const api = useApi()
  const changed = useChanged()
  const adding = useMutation({
    mutationFn: () => api.addAddressToWallet({ params: { id: wallet.id } }),
    onSuccess: async () => {
      await changed('addresses', 'wallets', 'faces', 'history')
      say('The address was added')
    },
  })
  return (
    <>
      <Button
        className="ml-auto"
        onClick={() => adding.mutate()}
        busy={adding.isPending}
        icon={<Plus size={14} aria-hidden />}
      >
        Add an address
      </Button>
      {adding.error !== null && (
        <div className="w-full py-1">
          <ErrorNotice error={adding.error} />
        </div>
      )}
    </>
  )
}
