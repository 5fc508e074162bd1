import type { CursorPage } from '../../core/pagination.ts'
import type { Address, AppNetwork, Wallet, WalletRequest, Workflow } from '../../core/wallets/wallets.types.ts'
import type {
  AddressAnswer,
  AddressListAnswer,
  NetworkAnswer,
  WalletAnswer,
  WalletListAnswer,
  WalletRequestAnswer,
  WorkflowAnswer,
} from './wallet-schemas.ts'

export function toNetworkAnswer({ createdAt: _, ...network }: AppNetwork): NetworkAnswer {
  return network
}

export function toWalletAnswer(wallet: Wallet): WalletAnswer {
  const { id, profileId, network, accountIndex, nextAddressIndex, createdAt } = wallet
  return { id, profileId, network, accountIndex, addressCount: nextAddressIndex, createdAt: createdAt.toISOString() }
}

export function toWalletListAnswer(page: CursorPage<Wallet>): WalletListAnswer {
  return { data: page.items.map(toWalletAnswer), nextCursor: page.nextCursor, total: page.total }
}

export function toWalletRequestAnswer(request: WalletRequest): WalletRequestAnswer {
  if (request.wallet !== null) return { wallet: toWalletAnswer(request.wallet), workflow: null }
  const { workflowId, owner, network, requestedAt } = request
  const workflow = { id: workflowId, profileId: owner.profileId, network: network.alias }
  return { wallet: null, workflow: { ...workflow, requestedAt: requestedAt.toISOString() } }
}

export function toAddressAnswer(address: Address): AddressAnswer {
  return { ...address, createdAt: address.createdAt.toISOString() }
}

export function toAddressListAnswer(page: CursorPage<Address>): AddressListAnswer {
  return { data: page.items.map(toAddressAnswer), nextCursor: page.nextCursor }
}

export function toWorkflowAnswer(workflow: Workflow): WorkflowAnswer {
  const { requestedAt, closedAt, ...rest } = workflow
  return {
    ...rest,
    requestedAt: requestedAt.toISOString(),
    closedAt: closedAt === null ? null : closedAt.toISOString(),
  }
}
