import { entropyToMnemonic, mnemonicToSeedWebcrypto } from '@scure/bip39'
import { wordlist } from '@scure/bip39/wordlists/english.js'
import type { CustodyKey, DataKeyPlace, Sealer } from '../ports.ts'
import type { SeedForm, StoredSeed } from './custody.types.ts'

/** What makes 24 words (BIP-39). */
export const entropyBytes = 32
export const dataKeyBytes = 32

/** The English words of an entropy (BIP-39). Being a string, they cannot be cleared: they stay in memory until it is used again. */
export function wordsOf(entropy: Buffer): string {
  return entropyToMnemonic(entropy, wordlist)
}

/** The 64 bytes that words and a passphrase are stretched to (BIP-39), computed beside the event loop. */
export async function seedOf(words: string, passphrase: string): Promise<Buffer> {
  const bytes = await mnemonicToSeedWebcrypto(words, passphrase)
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

const purposes = { entropy: 'app_seeds.entropy', seed: 'app_seeds.seed' } as const satisfies Record<SeedForm, string>

type SeedRow = Pick<StoredSeed, 'appId' | 'id'>

/** Seals a form of a seed for its row. */
export function sealForm(sealer: Sealer, row: SeedRow, form: SeedForm, plain: Buffer): Buffer {
  return sealer.seal(purposes[form], rowOf(row), plain)
}

/** Opens a form of a seed. Throws when it was sealed for another app, row or form, or under another data key. */
export function openForm(sealer: Sealer, stored: StoredSeed, form: SeedForm): Buffer {
  return sealer.open(purposes[form], rowOf(stored), stored[form])
}

function rowOf({ appId, id }: SeedRow): string {
  return `${appId}/${id}`
}

/** What proves a custody key to the database: these words, wrapped where no data key can be. */
const checkPlace: DataKeyPlace = { appId: 'installation', dataKeyId: 'check' }
const checkWords = Buffer.from('facet custody check v1'.padEnd(dataKeyBytes))

/** A value that only the custody key of the id passes; it says nothing of the key. */
export function checkOf(custodyKey: CustodyKey, custodyKeyId: string): Promise<Buffer> {
  return custodyKey.wrap(custodyKeyId, checkPlace, checkWords)
}

/** Throws unless the key of the id is at hand and made the check. */
export async function provePossession(custodyKey: CustodyKey, custodyKeyId: string, check: Buffer): Promise<void> {
  const words = await custodyKey.unwrap(custodyKeyId, checkPlace, check)
  if (!words.equals(checkWords)) throw new Error('The check of the custody key holds other words')
}
