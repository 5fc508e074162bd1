import { invalid } from '../../core/errors.ts'
import type { Profile, ProfileInput, ProfileKey } from '../../core/profiles/profiles.types.ts'
import type { WalletAddress } from '../../core/wallets/wallets.types.ts'
import type { CreateUserAnswer, CreateUserBody, DepositAnswer, FindUserQuery, User } from './schemas.ts'

export function toProfileInput({ user_external_id, email }: CreateUserBody): ProfileInput {
  return {
    ...(user_external_id === undefined ? {} : { reference: user_external_id }),
    ...(email === undefined ? {} : { email }),
  }
}

/** Everything that a query says of the one user that is meant. Throws `input_invalid` when it says nothing. */
export function toProfileKeys({ user_external_id, client_id, email }: FindUserQuery): ProfileKey[] {
  const keys = [
    { by: 'reference', value: user_external_id },
    { by: 'reference', value: client_id },
    { by: 'email', value: email },
  ] as const
  const given = keys.filter((key): key is typeof key & ProfileKey => key.value !== undefined)
  if (given.length === 0) throw invalid({ path: [], rule: 'required' })
  return given
}

export function toCreateAnswer({ uid }: Profile): CreateUserAnswer {
  return { success: true, data: { uid } }
}

export function toUser(profile: Profile, wallets: readonly WalletAddress[]): User {
  return {
    uid: profile.uid,
    created_at: toMicroseconds(profile.createdAt),
    email: profile.email,
    user_external_id: profile.reference,
    wallets: wallets.map(({ address, explorerUrl, networkName, chainId }) => ({
      address,
      explorer_url: explorerUrl ?? '',
      network: networkName,
      ...(chainId === null ? {} : { chain_id: chainId }),
    })),
    client_id: profile.reference,
  }
}

/** Where a user receives on a network. Without an address it has no wallet yet. The QR code says both (ERC-681). */
export function toDepositAnswer(
  { name, chainId }: { readonly name: string; readonly chainId: number },
  address: string | undefined,
): DepositAnswer {
  return {
    success: true,
    data: {
      network: name,
      chain_id: chainId,
      wallet_address: address ?? null,
      qr_code_data: address === undefined ? null : `ethereum:${address}@${chainId}`,
    },
  }
}

/** ISO 8601 with six decimals, as the vendor prints it; the last three are zeros here. */
function toMicroseconds(instant: Date): string {
  return instant.toISOString().replace('Z', '000Z')
}
