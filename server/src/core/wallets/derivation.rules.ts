import { HARDENED_OFFSET, HDKey } from '@scure/bip32'
import { bitcoinAddressOf, evmAddressOf } from './addresses.rules.ts'
import type { AddressFamily } from './wallets.types.ts'

/** The public keys of one account (BIP-44): extended keys as BIP-32 writes them, `xpub…` for test networks too. */
export interface AccountKeys {
  readonly bitcoin: string
  readonly evm: string
}

const seedBytes = 64
/** Registered in SLIP-44: one coin stands for the test networks of all. An EVM account is the same on all its networks. */
const coinTypes = { bitcoin: 0, test: 1, evm: 60 }

/**
 * The accounts `first` to `first + count - 1` of a seed: m/84'/c'/i' for Bitcoin (BIP-84), c being 1 for test networks,
 * and m/44'/60'/i' for EVM (BIP-44). Private keys are wiped before it returns. It blocks for about 0.8 ms an account.
 * Throws RangeError for a seed that has not 64 bytes, as the entropy that is kept beside it, and for an account outside
 * 0 to 2^31 - 1.
 */
export function deriveAccounts(
  seed: Uint8Array,
  { isTest, first, count }: { readonly isTest: boolean; readonly first: number; readonly count: number },
): AccountKeys[] {
  if (seed.length !== seedBytes) throw new RangeError(`A seed has ${seedBytes} bytes, not ${seed.length}`)
  const indexes = Array.from({ length: count }, (_, i) => first + i)
  return thenWiped(HDKey.fromMasterSeed(seed), (master) => {
    const bitcoin = accountKeys(master, 84, isTest ? coinTypes.test : coinTypes.bitcoin, indexes)
    const evm = accountKeys(master, 44, coinTypes.evm, indexes)
    return bitcoin.map((key, i) => ({ bitcoin: key, evm: evm[i] as string }))
  })
}

function accountKeys(master: HDKey, purpose: number, coinType: number, indexes: readonly number[]): string[] {
  return thenWiped(hardenedChild(master, purpose), (scheme) =>
    thenWiped(hardenedChild(scheme, coinType), (coin) =>
      indexes.map((index) => thenWiped(hardenedChild(coin, index), (account) => account.publicExtendedKey)),
    ),
  )
}

function hardenedChild(node: HDKey, index: number): HDKey {
  return node.deriveChild(HARDENED_OFFSET + checkedIndex(index))
}

/** What is made of a node, whose private key lives no longer than that. */
function thenWiped<T>(node: HDKey, make: (node: HDKey) => T): T {
  try {
    return make(node)
  } finally {
    node.wipePrivateData()
  }
}

/**
 * The address of the receiving chain (account/0) at an index: P2WPKH (BIP-84) or EVM (EIP-55). `accountKey` is that of
 * the family. Throws RangeError for an index outside 0 to 2^31 - 1.
 */
export function addressAt(
  accountKey: string,
  { family, isTest, index }: { readonly family: AddressFamily; readonly isTest: boolean; readonly index: number },
): string {
  const { publicKey, pubKeyHash } = receivingChain(accountKey).deriveChild(checkedIndex(index))
  return family === 'evm'
    ? evmAddressOf(publicKey as Uint8Array)
    : bitcoinAddressOf(pubKeyHash as Uint8Array, { isTest })
}

/** About 1 kB each. */
const mostChains = 5_000

/**
 * The receiving chains of the accounts asked for lately, the latest last: to derive one costs as much as the address (0.6
 * ms). They may be the module's own and outlive any request, since they are public and one key's chain is always the same.
 */
const chains = new Map<string, HDKey>()

function receivingChain(accountKey: string): HDKey {
  const chain = chains.get(accountKey) ?? HDKey.fromExtendedKey(accountKey).deriveChild(0)
  chains.delete(accountKey)
  chains.set(accountKey, chain)
  if (chains.size > mostChains) chains.delete(chains.keys().next().value ?? '')
  return chain
}

/** Without the check, an index out of range would lead to the other half of the children: hardened or not (BIP-32). */
function checkedIndex(index: number): number {
  if (Number.isInteger(index) && index >= 0 && index < HARDENED_OFFSET) return index
  throw new RangeError(`An index is a whole number from 0 to 2^31 - 1, not ${index}`)
}
