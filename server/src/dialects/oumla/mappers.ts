import type { CountedPage, OffsetPage } from '../../core/pagination.ts'
import type { Profile, ProfileInput } from '../../core/profiles/profiles.types.ts'
import type { WalletSummary } from '../../core/wallets/wallets.types.ts'
import { toDecimal } from './amounts.ts'
import { toPaging } from './paging.ts'
import type { CreateProfileAnswer, CreateProfileBody, ListedProfile, ListProfilesAnswer } from './schemas.ts'

const satoshiDigits = 8
const bitcoinNetworks = new Set(['BTC', 'tBTC'])

export function toProfileInput(body: CreateProfileBody): ProfileInput {
  return { reference: body.reference, type: body.type }
}

/** What Oumla's clients know a profile by: its reference, or its id where it has none. */
function referenceOf(profile: Profile): string {
  return profile.reference ?? profile.id
}

export function toCreateAnswer(profile: Profile, present: boolean): CreateProfileAnswer {
  const created = { reference: referenceOf(profile), type: profile.type }
  return present ? { data: created } : { message: 'Profile created', profile: created }
}

/** The list in the present generation. */
export function toPresentList({ items, total }: CountedPage<Profile>, page: OffsetPage): ListProfilesAnswer {
  return {
    data: items.map((profile) => ({ reference: referenceOf(profile), type: profile.type })),
    ...toPaging(total, page, true),
  }
}

/** The list as the seed prints it. */
export function toSeedList(
  { items, total }: CountedPage<Profile>,
  page: OffsetPage,
  wallets: ReadonlyMap<string, readonly WalletSummary[]>,
  organizationId: string,
): ListProfilesAnswer {
  return {
    profiles: items.map((profile) => toListedProfile(profile, wallets.get(profile.id) ?? [], organizationId)),
    ...toPaging(total, page, false),
  }
}

function toListedProfile(profile: Profile, wallets: readonly WalletSummary[], organizationId: string): ListedProfile {
  const reference = referenceOf(profile)
  return {
    createdAt: profile.createdAt.toISOString(),
    updated_at: profile.updatedAt.toISOString(),
    organizationId,
    type: profile.type,
    label: profile.label,
    reference,
    miniWallets: wallets.map((wallet) => ({
      organizationId,
      reference,
      type: profile.type,
      index: wallet.accountIndex,
      currentDeepIndex: wallet.nextAddressIndex,
      address: [...wallet.addresses],
      transaction: [],
      network: wallet.network,
      date: wallet.createdAt.toISOString(),
    })),
    bitcoin_balance: bitcoinBalance(wallets.filter((wallet) => bitcoinNetworks.has(wallet.network))),
    addressesCount: wallets.reduce((sum, wallet) => sum + wallet.nextAddressIndex, 0),
  }
}

/** Nobody defines the object; ours are decimal strings in BTC (contracts/README, decision 5). */
function bitcoinBalance(wallets: readonly WalletSummary[]): ListedProfile['bitcoin_balance'] {
  const confirmed = wallets.reduce((sum, wallet) => sum + wallet.confirmed, 0n)
  const unconfirmed = wallets.reduce((sum, wallet) => sum + wallet.unconfirmed, 0n)
  return {
    confirmed: toDecimal(confirmed, satoshiDigits),
    unconfirmed: toDecimal(unconfirmed, satoshiDigits),
    total: toDecimal(confirmed + unconfirmed, satoshiDigits),
  }
}
