import { type Issue, invalid } from '../../core/errors.ts'
import type { CountedPage, OffsetPage } from '../../core/pagination.ts'
import type { Profile, ProfileInput } from '../../core/profiles/profiles.types.ts'
import type { WalletSummary } from '../../core/wallets/wallets.types.ts'
import type { CreateProfileAnswer, CreateProfileBody, ListedProfile, ListProfilesAnswer, PageQuery } from './schemas.ts'

const defaultTake = 10
const maxTake = 100
const satoshiDigits = 8
const bitcoinNetworks = new Set(['BTC', 'tBTC'])

export function toProfileInput(body: CreateProfileBody): ProfileInput {
  return { reference: body.reference, type: body.type }
}

/**
 * The page that a query asks for: skip 0 and take 10 where it says nothing. Throws `input_invalid` for what is not a
 * whole number of at least 0, and for a take above 100.
 */
export function toOffsetPage(query: PageQuery): OffsetPage {
  const skip = wholeNumber(query.skip, 0)
  const take = wholeNumber(query.take ?? query.limit, defaultTake)
  const issues: Issue[] = []
  if (!(skip <= Number.MAX_SAFE_INTEGER)) issues.push({ path: ['skip'], rule: 'range' })
  if (!(take <= maxTake)) {
    issues.push({ path: [query.take === undefined ? 'limit' : 'take'], rule: 'range', limit: maxTake })
  }
  if (issues.length > 0) throw invalid(...issues)
  return { skip, take }
}

/** NaN for what is no whole number; NaN is not below any limit. */
function wholeNumber(text: string | undefined, byDefault: number): number {
  if (text === undefined) return byDefault
  return /^\d+$/.test(text) ? Number(text) : Number.NaN
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
export function toPresentList(page: CountedPage<Profile>, { skip, take }: OffsetPage): ListProfilesAnswer {
  return {
    data: page.items.map((profile) => ({ reference: referenceOf(profile), type: profile.type })),
    pagination: { totalElements: page.total, totalPages: pagesOf(page.total, take), skip, take },
  }
}

/** The list as the seed prints it. */
export function toSeedList(
  page: CountedPage<Profile>,
  { skip, take }: OffsetPage,
  wallets: ReadonlyMap<string, readonly WalletSummary[]>,
  organizationId: string,
): ListProfilesAnswer {
  return {
    profiles: page.items.map((profile) => toListedProfile(profile, wallets.get(profile.id) ?? [], organizationId)),
    skip,
    take,
    totalElements: page.total,
    totalPages: pagesOf(page.total, take),
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
    addressesCount: wallets.reduce((sum, wallet) => sum + wallet.addresses.length, 0),
  }
}

/** Nobody defines the object; ours are decimal strings in BTC (contracts/README, decision 5). */
function bitcoinBalance(wallets: readonly WalletSummary[]): ListedProfile['bitcoin_balance'] {
  const confirmed = wallets.reduce((sum, wallet) => sum + wallet.confirmed, 0n)
  const unconfirmed = wallets.reduce((sum, wallet) => sum + wallet.unconfirmed, 0n)
  return { confirmed: toBtc(confirmed), unconfirmed: toBtc(unconfirmed), total: toBtc(confirmed + unconfirmed) }
}

function toBtc(satoshi: bigint): string {
  const digits = (satoshi < 0n ? -satoshi : satoshi).toString().padStart(satoshiDigits + 1, '0')
  const fraction = digits.slice(-satoshiDigits).replace(/0+$/, '')
  const amount = digits.slice(0, -satoshiDigits) + (fraction === '' ? '' : `.${fraction}`)
  return satoshi < 0n ? `-${amount}` : amount
}

function pagesOf(total: number, take: number): number {
  return take === 0 ? 0 : Math.ceil(total / take)
}
