import { HDKey } from '@scure/bip32'
import { mnemonicToEntropy, mnemonicToSeedSync } from '@scure/bip39'
import { wordlist } from '@scure/bip39/wordlists/english.js'
import { NETWORK, TEST_NETWORK, WIF } from '@scure/btc-signer'
import { addressAt, deriveAccounts } from '../../src/core/wallets/derivation.rules.ts'
import type { Canary } from './secret-search.ts'

/** How many words that follow each other count as the mnemonic. */
const wordsOfRun = 4
/** What may stand between words where they are kept. */
const separators = [' ', '\n', ',', '","']
const accounts = [0, 1, 255]

/** All that gives a way to what is in the wallets of an app: its words, their entropy and seed, and private keys of the seed. */
export function walletCanaries(app: string, mnemonic: string, { isTest }: { readonly isTest: boolean }): Canary[] {
  const seed = Buffer.from(mnemonicToSeedSync(mnemonic))
  const master = HDKey.fromMasterSeed(seed)
  const paths = [
    'm',
    ...accounts.flatMap((account) => [`m/84'/${isTest ? 1 : 0}'/${account}'`, `m/44'/60'/${account}'`]),
  ].flatMap((path) => (path === 'm' ? [path] : [path, `${path}/0/0`]))
  return [
    ...runsOf(mnemonic).map((secret) => ({ name: `${app}: mnemonic`, secret })),
    { name: `${app}: entropy`, secret: Buffer.from(mnemonicToEntropy(mnemonic, wordlist)) },
    { name: `${app}: seed`, secret: seed },
    ...paths.flatMap((path) => keyCanaries(`${app}: key of ${path}`, master.derive(path), isTest)),
  ]
}

function runsOf(mnemonic: string): string[] {
  const words = mnemonic.split(' ')
  const runs = Array.from({ length: words.length - wordsOfRun + 1 }, (_, i) => words.slice(i, i + wordsOfRun))
  return separators.flatMap((separator) => runs.map((run) => run.join(separator)))
}

/** As bytes, as the extended key of BIP-32, and as wallets import it. */
function keyCanaries(name: string, { privateKey, privateExtendedKey }: HDKey, isTest: boolean): Canary[] {
  if (privateKey === null) throw new Error('The key is a public one')
  return [
    { name, secret: Buffer.from(privateKey) },
    { name, secret: privateExtendedKey },
    { name, secret: WIF(isTest ? TEST_NETWORK : NETWORK).encode(privateKey) },
  ]
}

/** The first addresses of an account, on Bitcoin and on Ethereum, or their test networks. */
export function firstAddresses(mnemonic: string, { isTest }: { readonly isTest: boolean }, account: number): string[] {
  const [keys] = deriveAccounts(mnemonicToSeedSync(mnemonic), { isTest, first: account, count: 1 })
  if (keys === undefined) throw new Error('No account')
  return (['bitcoin', 'evm'] as const).map((family) => addressAt(keys[family], { family, isTest, index: 0 }))
}
