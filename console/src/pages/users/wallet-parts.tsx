import { ExternalLink } from 'lucide-react'
import type { Network, Wallet, WalletAddress } from '../../api/client.ts'
import { useAppQuery } from '../../api/queries.ts'
import { Copyable } from '../../ui/copy.tsx'

/** The networks that wallets of the app may be on, by alias. */
export function useNetworks(): ReadonlyMap<string, Network> {
  const { data } = useAppQuery(['networks'], (api, signal) => api.listNetworks({ signal }))
  return new Map(data?.data.map((network) => [network.alias, network]))
}

export function useWallets(profileId: string) {
  return useAppQuery(['wallets', 'of', profileId], (api, signal) =>
    api.listWalletsOfProfile({ params: { profile: profileId }, signal }),
  )
}

/** A network by its alias and its name. */
export function NetworkName({
  alias,
  networks,
}: {
  readonly alias: string
  readonly networks: ReadonlyMap<string, Network>
}) {
  const name = networks.get(alias)?.name
  return (
    <span className="whitespace-nowrap">
      {alias}
      {name !== undefined && <span className="text-muted"> · {name}</span>}
    </span>
  )
}

/** An address with a way to copy it, and one to see it where something explores its network. */
export function AddressText({
  address: { address, network },
  networks,
}: {
  readonly address: WalletAddress
  readonly networks: ReadonlyMap<string, Network>
}) {
  const template = networks.get(network)?.explorerUrlTemplate ?? undefined
  return (
    <span className="inline-flex min-w-0 max-w-full items-center gap-1">
      <Copyable text={address} what="the address" />
      {template !== undefined && (
        <a
          href={template.replace('{address}', encodeURIComponent(address))}
          target="_blank"
          rel="noreferrer"
          aria-label={`Look at ${address} in an explorer`}
          title="Look at it in an explorer"
          className="-my-1.5 inline-flex size-6 shrink-0 items-center justify-center rounded-[4px] text-muted hover:bg-hover hover:text-text"
        >
          <ExternalLink size={13} aria-hidden />
        </a>
      )}
    </span>
  )
}

/** How many addresses of a wallet are shown at once. */
export const addressesShown = 200

/** The addresses of a wallet, the oldest first. */
export function useAddresses(wallet: Wallet) {
  return useAppQuery(['addresses', wallet.id], (api, signal) =>
    api.listAddressesOfWallet({ params: { id: wallet.id }, query: { limit: addressesShown }, signal }),
  )
}
