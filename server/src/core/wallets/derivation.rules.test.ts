import { randomBytes, randomInt } from 'node:crypto'
import { HARDENED_OFFSET, HDKey } from '@scure/bip32'
import { mnemonicToSeedSync } from '@scure/bip39'
import { BIP32Factory } from 'bip32'
import { networks, payments } from 'bitcoinjs-lib'
import { computeAddress, hexlify } from 'ethers'
import fc from 'fast-check'
import * as secp256k1 from 'tiny-secp256k1'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type AccountKeys, addressAt, deriveAccounts } from './derivation.rules.ts'

afterEach(() => vi.restoreAllMocks())

const last = HARDENED_OFFSET - 1
const bytesOf = (hex: string) => Buffer.from(hex, 'hex')
const randomIndex = () => randomInt(HARDENED_OFFSET)

const bip32 = BIP32Factory(secp256k1)

describe('the derivation of keys', () => {
  // BIP-32, "Test Vectors": each chain's step and its extended public key.
  const vectors = [
    {
      number: 1,
      seed: '000102030405060708090a0b0c0d0e0f',
      chains: [
        'm xpub661MyMwAqRbcFtXgS5sYJABqqG9YLmC4Q1Rdap9gSE8NqtwybGhePY2gZ29ESFjqJoCu1Rupje8YtGqsefD265TMg7usUDFdp6W1EGMcet8',
        "0' xpub68Gmy5EdvgibQVfPdqkBBCHxA5htiqg55crXYuXoQRKfDBFA1WEjWgP6LHhwBZeNK1VTsfTFUHCdrfp1bgwQ9xv5ski8PX9rL2dZXvgGDnw",
        '1 xpub6ASuArnXKPbfEwhqN6e3mwBcDTgzisQN1wXN9BJcM47sSikHjJf3UFHKkNAWbWMiGj7Wf5uMash7SyYq527Hqck2AxYysAA7xmALppuCkwQ',
        "2' xpub6D4BDPcP2GT577Vvch3R8wDkScZWzQzMMUm3PWbmWvVJrZwQY4VUNgqFJPMM3No2dFDFGTsxxpG5uJh7n7epu4trkrX7x7DogT5Uv6fcLW5",
        '2 xpub6FHa3pjLCk84BayeJxFW2SP4XRrFd1JYnxeLeU8EqN3vDfZmbqBqaGJAyiLjTAwm6ZLRQUMv1ZACTj37sR62cfN7fe5JnJ7dh8zL4fiyLHV',
        '1000000000 xpub6H1LXWLaKsWFhvm6RVpEL9P4KfRZSW7abD2ttkWP3SSQvnyA8FSVqNTEcYFgJS2UaFcxupHiYkro49S8yGasTvXEYBVPamhGW6cFJodrTHy',
      ],
    },
    {
      number: 2,
      seed: 'fffcf9f6f3f0edeae7e4e1dedbd8d5d2cfccc9c6c3c0bdbab7b4b1aeaba8a5a29f9c999693908d8a8784817e7b7875726f6c696663605d5a5754514e4b484542',
      chains: [
        'm xpub661MyMwAqRbcFW31YEwpkMuc5THy2PSt5bDMsktWQcFF8syAmRUapSCGu8ED9W6oDMSgv6Zz8idoc4a6mr8BDzTJY47LJhkJ8UB7WEGuduB',
        '0 xpub69H7F5d8KSRgmmdJg2KhpAK8SR3DjMwAdkxj3ZuxV27CprR9LgpeyGmXUbC6wb7ERfvrnKZjXoUmmDznezpbZb7ap6r1D3tgFxHmwMkQTPH',
        "2147483647' xpub6ASAVgeehLbnwdqV6UKMHVzgqAG8Gr6riv3Fxxpj8ksbH9ebxaEyBLZ85ySDhKiLDBrQSARLq1uNRts8RuJiHjaDMBU4Zn9h8LZNnBC5y4a",
        '1 xpub6DF8uhdarytz3FWdA8TvFSvvAh8dP3283MY7p2V4SeE2wyWmG5mg5EwVvmdMVCQcoNJxGoWaU9DCWh89LojfZ537wTfunKau47EL2dhHKon',
        "2147483646' xpub6ERApfZwUNrhLCkDtcHTcxd75RbzS1ed54G1LkBUHQVHQKqhMkhgbmJbZRkrgZw4koxb5JaHWkY4ALHY2grBGRjaDMzQLcgJvLJuZZvRcEL",
        '2 xpub6FnCn6nSzZAw5Tw7cgR9bi15UV96gLZhjDstkXXxvCLsUXBGXPdSnLFbdpq8p9HmGsApME5hQTZ3emM2rnY5agb9rXpVGyy3bdW6EEgAtqt',
      ],
    },
    {
      number: 3,
      seed: '4b381541583be4423346c643850da4b320e46a87ae3d2a4e6da11eba819cd4acba45d239319ac14f863b8d5ab5a0d0c64d2e8a1e7d1457df2e5a3c51c73235be',
      chains: [
        'm xpub661MyMwAqRbcEZVB4dScxMAdx6d4nFc9nvyvH3v4gJL378CSRZiYmhRoP7mBy6gSPSCYk6SzXPTf3ND1cZAceL7SfJ1Z3GC8vBgp2epUt13',
        "0' xpub68NZiKmJWnxxS6aaHmn81bvJeTESw724CRDs6HbuccFQN9Ku14VQrADWgqbhhTHBaohPX4CjNLf9fq9MYo6oDaPPLPxSb7gwQN3ih19Zm4Y",
      ],
    },
    {
      number: 4,
      seed: '3ddd5602285899a946114506157c7997e5444528f3003f6134712147db19b678',
      chains: [
        'm xpub661MyMwAqRbcGczjuMoRm6dXaLDEhW1u34gKenbeYqAix21mdUKJyuyu5F1rzYGVxyL6tmgBUAEPrEz92mBXjByMRiJdba9wpnN37RLLAXa',
        "0' xpub69AUMk3qDBi3uW1sXgjCmVjJ2G6WQoYSnNHyzkmdCHEhSZ4tBok37xfFEqHd2AddP56Tqp4o56AePAgCjYdvpW2PU2jbUPFKsav5ut6Ch1m",
        "1' xpub6BJA1jSqiukeaesWfxe6sNK9CCGaujFFSJLomWHprUL9DePQ4JDkM5d88n49sMGJxrhpjazuXYWdMf17C9T5XnxkopaeS7jGk1GyyVziaMt",
      ],
    },
  ]

  it.each(vectors)('is that of BIP-32, test vector $number, from private keys and from public ones', (vector) => {
    let node = HDKey.fromMasterSeed(bytesOf(vector.seed))
    for (const [step, xpub] of vector.chains.map((chain) => chain.split(' ') as [string, string])) {
      if (step !== 'm') {
        const index = Number.parseInt(step, 10)
        const isHardened = step.endsWith("'")
        const parent = HDKey.fromExtendedKey(node.publicExtendedKey)
        node = node.deriveChild(isHardened ? HARDENED_OFFSET + index : index)
        if (!isHardened) expect(parent.deriveChild(index).publicExtendedKey).toBe(xpub)
      }
      expect(node.publicExtendedKey).toBe(xpub)
    }
  })

  // BIP-39, "Test vectors": github.com/trezor/python-mnemonic, vectors.json. Their passphrase is TREZOR.
  it('begins at the seed that BIP-39 makes of a mnemonic', () => {
    const mnemonic = 'legal winner thank year wave sausage worth useful legal winner thank yellow'
    const seed = mnemonicToSeedSync(mnemonic, 'TREZOR')
    expect(Buffer.from(seed).toString('hex')).toBe(
      '2e8905819b8723fe2c1d161860e5ee1830318dbf49a83bd451cfb8440c28bd6fa457fe1296106559a3c80937a1c1069be3a3a5bd381ee6260e8d9739fce1f607',
    )
    const root =
      'xprv9s21ZrQH143K2gA81bYFHqU68xz1cX2APaSq5tt6MFSLeXnCKV1RVUJt9FWNTbrrryem4ZckN8k4Ls1H6nwdvDTvnV7zEXs2HgPezuVccsq'
    const account = (path: string) => HDKey.fromExtendedKey(root).derive(path).publicExtendedKey
    expect(deriveAccounts(seed, { isTest: false, first: 7, count: 1 })).toEqual([
      { bitcoin: account("m/84'/0'/7'"), evm: account("m/44'/60'/7'") },
    ])
  })
})

describe('the account of the mnemonic that is published in BIP-84', () => {
  const mnemonic = `${'abandon '.repeat(11)}about`
  const seed = mnemonicToSeedSync(mnemonic)
  const [live] = deriveAccounts(seed, { isTest: false, first: 0, count: 1 }) as [AccountKeys]
  const [sandbox] = deriveAccounts(seed, { isTest: true, first: 0, count: 1 }) as [AccountKeys]
  const bitcoinAt = (index: number) => addressAt(live.bitcoin, { family: 'bitcoin', isTest: false, index })

  it('has the key of BIP-84', () => {
    // The vector is written as `zpub…`, whose version bytes (SLIP-132) tell P2WPKH.
    const zpub =
      'zpub6rFR7y4Q2AijBEqTUquhVz398htDFrtymD9xYYfG1m4wAcvPhXNfE3EfH1r1ADqtfSdVCToUG868RvUUkgDKf31mGDtKsAYz2oz2AGutZYs'
    const published = HDKey.fromExtendedKey(zpub, { private: 0x04b2430c, public: 0x04b24746 })
    const { publicKey, chainCode, depth, index, parentFingerprint } = HDKey.fromExtendedKey(live.bitcoin)
    expect(published).toMatchObject({ publicKey, chainCode, depth, index, parentFingerprint })
  })

  it('receives on the first and the second address of BIP-84', () => {
    expect(bitcoinAt(0)).toBe('bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu')
    expect(bitcoinAt(1)).toBe('bc1qnjg0jd8228aq7egyzacy8cys3knf9xvrerkf9g')
  })

  it('is another for test networks of Bitcoin, and the same on every EVM network', () => {
    expect(sandbox.bitcoin).not.toBe(live.bitcoin)
    expect(addressAt(sandbox.bitcoin, { family: 'bitcoin', isTest: true, index: 0 })).toBe(
      'tb1q6rz28mcfaxtmd6v789l9rrlrusdprr9pqcpvkl',
    )
    expect(sandbox.evm).toBe(live.evm)
    for (const isTest of [true, false]) {
      expect(addressAt(live.evm, { family: 'evm', isTest, index: 0 })).toBe(
        '0x9858EfFD232B4033E47d90003D41EC34EcaEda94',
      )
    }
  })
})

describe('deriveAccounts', () => {
  const seed = randomBytes(64)

  it('gives the accounts that were asked for, in order, each as it would alone', () => {
    const alone = [5, 6, 7].flatMap((first) => deriveAccounts(seed, { isTest: false, first, count: 1 }))
    expect(deriveAccounts(seed, { isTest: false, first: 5, count: 3 })).toEqual(alone)
  })

  it('takes accounts 0 to 2^31 - 1 and no others', () => {
    expect(deriveAccounts(seed, { isTest: true, first: last, count: 1 })).toHaveLength(1)
    for (const [first, count] of [
      [-1, 1],
      [last, 2],
      [0.5, 1],
      [Number.NaN, 1],
    ] as const)
      expect(() => deriveAccounts(seed, { isTest: true, first, count })).toThrow(RangeError)
  })

  it('refuses what is no seed, as the entropy of a mnemonic', () => {
    for (const bytes of [16, 32, 63, 65])
      expect(() => deriveAccounts(randomBytes(bytes), { isTest: true, first: 0, count: 1 })).toThrow(RangeError)
  })

  it('wipes every private key that it derived, also when it fails', () => {
    const master = vi.spyOn(HDKey, 'fromMasterSeed')
    const children = vi.spyOn(HDKey.prototype, 'deriveChild')
    deriveAccounts(seed, { isTest: false, first: 0, count: 3 })
    expect(() => deriveAccounts(seed, { isTest: false, first: last, count: 2 })).toThrow(RangeError)
    const nodes = [master, children].flatMap(({ mock }) => mock.results.map(({ value }) => value as HDKey))
    // A master, two schemes, two coins and twice three accounts; then the same up to the account that cannot be.
    expect(nodes).toHaveLength(11 + 4)
    for (const node of nodes) expect(node.privateKey).toBeNull()
  })

  it('gives the same keys for the same seed, and others for every other account and seed', () => {
    const account = fc.integer({ min: 0, max: last })
    const bytes = fc.uint8Array({ minLength: 64, maxLength: 64 })
    const accountsOf = (from: Uint8Array, indexes: readonly number[]) =>
      indexes.flatMap((first) => deriveAccounts(from, { isTest: false, first, count: 1 }))
    fc.assert(
      fc.property(fc.uniqueArray(bytes, { minLength: 2, maxLength: 2 }), fc.uniqueArray(account), (seeds, indexes) => {
        const keys = seeds.flatMap((from) => accountsOf(from, indexes))
        expect(new Set(keys.flatMap(({ bitcoin, evm }) => [bitcoin, evm])).size).toBe(keys.length * 2)
        expect(seeds.flatMap((from) => accountsOf(from, indexes))).toEqual(keys)
      }),
      { numRuns: 20 },
    )
  })
})

describe('addressAt', () => {
  const [account] = deriveAccounts(randomBytes(64), { isTest: true, first: 0, count: 1 }) as [AccountKeys]

  it.each(['bitcoin', 'evm'] as const)('takes indexes 0 to 2^31 - 1 and no others: %s', (family) => {
    const at = (index: number) => addressAt(account[family], { family, isTest: true, index })
    expect(at(last)).not.toBe(at(0))
    for (const index of [-1, last + 1, 0.5, Number.NaN]) expect(() => at(index)).toThrow(RangeError)
  })

  it('refuses what is no extended key', () => {
    expect(() => addressAt('xpub', { family: 'evm', isTest: true, index: 0 })).toThrow()
  })

  it('derives the chain of an account once, however many of its addresses are asked for', () => {
    const read = vi.spyOn(HDKey, 'fromExtendedKey')
    const [other] = deriveAccounts(randomBytes(64), { isTest: true, first: 0, count: 1 }) as [AccountKeys]
    for (let index = 0; index < 10; index++) addressAt(other.evm, { family: 'evm', isTest: true, index })
    expect(read).toHaveBeenCalledTimes(1)
  })

  it('keeps the chains of the 5,000 accounts asked for last, and no more', () => {
    const node = HDKey.fromMasterSeed(randomBytes(64))
    // What is derived does not matter here, and would take seconds.
    const read = vi.spyOn(HDKey, 'fromExtendedKey').mockReturnValue({ deriveChild: () => node } as unknown as HDKey)
    const ask = (name: string) => addressAt(name, { family: 'bitcoin', isTest: true, index: 0 })
    for (let i = 0; i < 5_000; i++) ask(`account ${i}`)
    ask('account 0')
    expect(read).toHaveBeenCalledTimes(5_000)
    ask('one more')
    ask('account 0')
    expect(read).toHaveBeenCalledTimes(5_001)
    ask('account 1')
    expect(read).toHaveBeenCalledTimes(5_002)
  })
})

describe('keys and addresses', () => {
  // Each seed is used in both modes for ten accounts of five addresses in both families.
  const seeds = process.env.FACET_PROVE ? 100 : 5

  /** As bip32, bitcoinjs-lib and ethers do it, by its path. */
  function byOthers(seed: Uint8Array, path: string) {
    const node = bip32.fromSeed(seed).derivePath(path)
    const addressOf = (index: number) => node.derive(0).derive(index).publicKey
    return { key: node.neutered().toBase58(), addressOf }
  }

  function expectSame(seed: Uint8Array, isTest: boolean, first: number): void {
    const [keys] = deriveAccounts(seed, { isTest, first, count: 1 }) as [AccountKeys]
    const bitcoin = byOthers(seed, `m/84'/${isTest ? 1 : 0}'/${first}'`)
    const evm = byOthers(seed, `m/44'/60'/${first}'`)
    expect(keys).toEqual({ bitcoin: bitcoin.key, evm: evm.key })
    for (const index of Array.from({ length: 5 }, randomIndex)) {
      const network = isTest ? networks.testnet : networks.bitcoin
      const { address } = payments.p2wpkh({ pubkey: bitcoin.addressOf(index), network })
      expect(addressAt(keys.bitcoin, { family: 'bitcoin', isTest, index })).toBe(address)
      const evmAddress = computeAddress(hexlify(evm.addressOf(index)))
      expect(addressAt(keys.evm, { family: 'evm', isTest, index })).toBe(evmAddress)
    }
  }

  it(`are those of second libraries on ${seeds * 100} random paths`, { timeout: 300_000 }, () => {
    for (let i = 0; i < seeds; i++) {
      const seed = randomBytes(64)
      for (let j = 0; j < 20; j++) expectSame(seed, j % 2 === 0, randomIndex())
    }
  })
})
