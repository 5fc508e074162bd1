import type { CountedPage, OffsetPage } from '../../core/pagination.ts'
import type { ProfileKey } from '../../core/profiles/profiles.types.ts'
import type {
  Address,
  ListedAddress,
  ListedWallet,
  Network,
  NetworkKey,
  OwnerOnList,
  WalletRequest,
} from '../../core/wallets/wallets.types.ts'
import { toDecimal } from './amounts.ts'
import { toPaging } from './paging.ts'
import type {
  GenerateAddressAnswer,
  GenerateWalletAnswer,
  GenerateWalletBody,
  ListAddressesAnswer,
  ListWalletsAnswer,
} from './wallet-schemas.ts'

/** The profile that a client means: one without a reference is shown, and known, by its id. */
export function profileKeyOf(reference: string): ProfileKey {
  return { by: 'referenceOrId', value: reference }
}

/** The network that a body names; the id, where a client gives both. */
export function networkKeyOf({
  networkId,
  network = '',
}: Pick<GenerateWalletBody, 'networkId' | 'network'>): NetworkKey {
  return networkId === undefined ? { by: 'alias', value: network } : { by: 'id', value: networkId }
}

/** The header that names the workflow that an answer began or joined. */
export function workflowHeader(workflowId: string | null): Record<string, string> {
  return workflowId === null ? {} : { 'x-workflow-id': workflowId }
}

/** The wallet that is there, or as it will be: nothing of it is shown that is not known from the beginning. */
export function toWalletAnswer(request: WalletRequest, present: boolean): GenerateWalletAnswer {
  const { owner, network } = request
  const date = request.wallet === null ? request.requestedAt : request.wallet.createdAt
  return {
    data: {
      reference: referenceOf(owner),
      ...shownNetwork(network.id, network.alias, present),
      type: owner.type,
      date: date.toISOString(),
    },
  }
}

export function toAddressAnswer({ id, address }: Address, present: boolean): GenerateAddressAnswer {
  const message = 'Address generated'
  return present ? { data: { id, address }, message } : { message, data: address }
}

export function toWalletList(
  { items, total }: CountedPage<ListedWallet>,
  page: OffsetPage,
  organizationId: string,
  present: boolean,
): ListWalletsAnswer {
  const data = items.map((wallet) => ({
    id: wallet.id,
    date: wallet.createdAt.toISOString(),
    organizationId,
    reference: referenceOf(wallet.owner),
    type: wallet.owner.type,
    ...shownNetwork(wallet.networkId, wallet.network, present),
    currentDeepIndex: wallet.nextAddressIndex,
    index: wallet.accountIndex,
  }))
  return { data, ...toPaging(total, page, present) }
}

export function toAddressList(
  { items, total }: CountedPage<ListedAddress>,
  page: OffsetPage,
  present: boolean,
): ListAddressesAnswer {
  const data = items.map((address) => ({
    id: address.id,
    address: address.address,
    reference: referenceOf(address.owner),
    ...shownNetwork(address.networkId, address.network, present),
    date: address.createdAt.toISOString(),
    label: null,
    sub: null,
    balance: toDecimal(address.confirmed, address.decimals),
    miniWalletId: address.walletId,
  }))
  return { data, ...toPaging(total, page, present) }
}

/** What Oumla's clients know a wallet's profile by: its reference, or its id where it has none. */
function referenceOf(owner: OwnerOnList): string {
  return owner.reference ?? owner.profileId
}

function shownNetwork(networkId: Network['id'], alias: Network['alias'], present: boolean) {
  return present ? { networkId } : { network: alias }
}
