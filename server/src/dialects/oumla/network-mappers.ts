import type { OffsetPage } from '../../core/pagination.ts'
import type { AppNetwork } from '../../core/wallets/wallets.types.ts'
import { toPaging } from './paging.ts'
import type { EnabledNetworksAnswer, ListNetworksAnswer, NetworksQuery, OrganizationNetwork } from './wallet-schemas.ts'

export function toEnabledNetworks(networks: readonly AppNetwork[]): EnabledNetworksAnswer {
  const enabled = networks.filter((network) => network.enabled)
  return { networks: enabled.map(({ id, name, alias }) => ({ networkId: id, name, alias })) }
}

/** A page of the networks that the query's filters let through. */
export function toNetworkList(
  networks: readonly AppNetwork[],
  { enabled, name = '' }: NetworksQuery,
  page: OffsetPage,
  present: boolean,
): ListNetworksAnswer {
  const part = name.toLowerCase()
  const found = networks.filter(
    (network) =>
      (enabled === undefined || network.enabled === (enabled === 'true')) && network.name.toLowerCase().includes(part),
  )
  const shown = found.slice(page.skip, page.skip + page.take)
  return { networks: shown.map(toOrganizationNetwork), ...toPaging(found.length, page, present) }
}

/** Networks come with the installation: every organization may use them, and they do not change. */
function toOrganizationNetwork(network: AppNetwork): OrganizationNetwork {
  const createdAt = network.createdAt.toISOString()
  return {
    id: network.id,
    enabled: network.enabled,
    name: network.name,
    globalAccess: true,
    chainId: network.chainId,
    isMainnet: !network.isTest,
    isGasless: false,
    addressFamily: network.family.toUpperCase(),
    decimals: network.decimals,
    createdAt,
    updatedAt: createdAt,
  }
}
