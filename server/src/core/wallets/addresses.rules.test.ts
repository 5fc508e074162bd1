import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { addressToFind, bitcoinAddressOf, evmAddressOf, withChecksum } from './addresses.rules.ts'

/** The generator of secp256k1, compressed: the public key of BIP-173's examples, whose private key is 1. */
const generator = Buffer.from('0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798', 'hex')
const keyHash = createHash('ripemd160').update(createHash('sha256').update(generator).digest()).digest()

describe('bitcoinAddressOf', () => {
  it('is the P2WPKH examples of BIP-173, on the main network and on test networks', () => {
    expect(bitcoinAddressOf(keyHash, { isTest: false })).toBe('bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4')
    expect(bitcoinAddressOf(keyHash, { isTest: true })).toBe('tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx')
  })

  it('refuses what is not 20 bytes', () => {
    expect(() => bitcoinAddressOf(generator, { isTest: false })).toThrow()
  })
})

describe('evmAddressOf', () => {
  it('is the known address of the private key 1', () => {
    expect(evmAddressOf(generator)).toBe('0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf')
  })

  it('refuses what is not a point', () => {
    expect(() => evmAddressOf(Buffer.alloc(33, 0xff).fill(2, 0, 1))).toThrow()
  })
})

describe('withChecksum', () => {
  // EIP-55, "Test Cases": all upper case, all lower case, mixed.
  it.each([
    '0x52908400098527886E0F7030069857D2E4169EE7',
    '0x8617E340B3D01FA5F11F306F4090FD50E238070D',
    '0xde709f2102306220921060314715629080e2fb77',
    '0x27b1fdb04752bbc536007a920d24acb045561c26',
    '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed',
    '0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359',
    '0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB',
    '0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb',
  ])('writes %s as EIP-55 does', (address) => {
    expect(withChecksum(address.slice(2).toLowerCase())).toBe(address)
  })
})

describe('addressToFind', () => {
  const evm = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed'
  const bech32 = 'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4'

  it('is the form with the checksum of an EVM address in any case', () => {
    for (const text of [evm, evm.toLowerCase(), evm.toUpperCase(), evm.toUpperCase().replace('0X', '0x')]) {
      expect(addressToFind(text)).toBe(evm)
    }
  })

  it('is the lower case of a bech32 address that is all in one case', () => {
    for (const text of [bech32, bech32.toUpperCase()]) expect(addressToFind(text)).toBe(bech32)
    expect(addressToFind(bech32.replace('bc1', 'tb1'))).toMatch(/^tb1q/)
  })

  it.each([
    ['mixes cases', bech32.replace('w5', 'W5')],
    ['has a letter that bech32 leaves out', bech32.replace('w5', 'b5')],
    ['has another beginning', bech32.replace('bc1', 'xy1')],
    ['is too short', evm.slice(0, -1)],
    ['is too long', `${evm}0`],
    ['has no 0x', evm.slice(2)],
    ['has a letter that is no digit', evm.replace('5a', '5g')],
    ['is empty', ''],
    ['is followed by a line', `${evm}\n`],
  ])('is nothing for what %s', (_, text) => expect(addressToFind(text)).toBeUndefined())
})
