import type { NewEvent } from '../events.ts'
import type { LockedProfile } from '../profiles/profiles.types.ts'
import type { Address, Wallet } from './wallets.types.ts'

/**
 * The event of a new wallet: about its profile, whose history it stands in. It names the profile as every receiver knows it, who may not
 * speak the native API.
 */
export function walletCreatedEvent(wallet: Wallet, { uid, reference }: LockedProfile): NewEvent {
  const { id, profileId, network, accountIndex, createdAt } = wallet
  const data = { before: null, after: { id, profileId, uid, reference, network, accountIndex, createdAt } }
  return { type: 'wallet.created', subjectId: profileId, at: createdAt, data }
}

/** The event of a new address. */
export function addressCreatedEvent(address: Address): NewEvent {
  const data = { before: null, after: { ...address } }
  return { type: 'address.created', subjectId: address.profileId, at: address.createdAt, data }
}
