import { ECDH } from 'node:crypto'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { Address, NETWORK, TEST_NETWORK } from '@scure/btc-signer'

/**
 * The P2WPKH address (bech32 of BIP-173, witness version 0) of the 20 bytes that RIPEMD-160 of SHA-256 makes of a
 * compressed public key. It is made of the hash, since who derives a key has it: from the key it took 79 µs, most of
 * them for looking once more whether the key is a point, and takes 2 µs so.
 */
export function bitcoinAddressOf(keyHash: Uint8Array, { isTest }: { readonly isTest: boolean }): string {
  return Address(isTest ? TEST_NETWORK : NETWORK).encode({ type: 'wpkh', hash: keyHash })
}

/** The address of a public key of secp256k1 on any EVM network: the last 20 bytes of its Keccak-256, as EIP-55 writes them. */
export function evmAddressOf(publicKey: Uint8Array): string {
  const uncompressed = ECDH.convertKey(publicKey, 'secp256k1', undefined, undefined, 'uncompressed') as Buffer
  // Its first byte tells the form and does not count.
  const hash = keccak_256(uncompressed.subarray(1))
  return withChecksum(Buffer.from(hash.subarray(-20)).toString('hex'))
}

/** Writes 40 lower-case hexadecimal digits as an EVM address whose upper and lower case is its checksum (EIP-55). */
export function withChecksum(digits: string): string {
  const hash = Buffer.from(keccak_256(Buffer.from(digits))).toString('hex')
  const cased = [...digits].map((digit, i) => ((hash[i] as string) >= '8' ? digit.toUpperCase() : digit))
  return `0x${cased.join('')}`
}

const evmForm = /^0x([0-9a-f]{40})$/i
/** BIP-173: a part before the last 1, then at least six characters of which none looks like another, all in one case. */
const bech32Form = /^(?:bc|tb|bcrt)1[ac-hj-np-z02-9]{6,87}$/

/** The form in which an address is stored; undefined for what is none. Says nothing of its checksum. */
export function addressToFind(text: string): string | undefined {
  const digits = evmForm.exec(text)?.[1]
  if (digits !== undefined) return withChecksum(digits.toLowerCase())
  const lower = text.toLowerCase()
  const oneCase = text === lower || text === text.toUpperCase()
  return oneCase && bech32Form.test(lower) ? lower : undefined
}
