import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createSealer } from '../../infra/keys/credentials-key.ts'
import { openForm, sealForm, seedOf, wordsOf } from './custody.rules.ts'

const hex = (text: string) => Buffer.from(text, 'hex')

/** From vectors.json of trezor/python-mnemonic, which BIP-39 names as its vectors: entropy, words, seed with the passphrase TREZOR. */
const vectors = [
  [
    '00000000000000000000000000000000',
    'abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about',
    'c55257c360c07c72029aebc1b53c05ed0362ada38ead3e3e9efa3708e53495531f09a6987599d18264c1e1c92f2cf141630c7a3c4ab7c81b2f001698e7463b04',
  ],
  [
    '7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f',
    'legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth title',
    'bc09fca1804f7e69da93c2f2028eb238c227f2e9dda30cd63699232578480a4021b146ad717fbb7e451ce9eb835f43620bf5c514db0f8add49f5d121449d3e87',
  ],
  [
    'ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
    'zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo vote',
    'dd48c104698c30cfe2b6142103248622fb7bb0ff692eebb00089b32d22484e1613912f0a5b694407be899ffd31ed3992c456cdf60f5d4564b8ba3f05a69890ad',
  ],
  [
    'f585c11aec520db57dd353c69554b21a89b20fb0650966fa0a9d6f74fd989d8f',
    'void come effort suffer camp survey warrior heavy shoot primary clutch crush open amazing screen patrol group space point ten exist slush involve unfold',
    '01f5bced59dec48e362f2c45b5de68b9fd6c92c6634f44d6d40aab69056506f0e35524a518034ddc1192e1dacd32c1ed3eaa3c3b131c88ed8e7e54c49a5d0998',
  ],
] as const

describe('BIP-39', () => {
  it('makes of an entropy the words and the seed of the official vectors', async () => {
    for (const [entropy, words, seed] of vectors) {
      expect(wordsOf(hex(entropy))).toBe(words)
      expect(await seedOf(words, 'TREZOR')).toEqual(hex(seed))
    }
  })
})

describe('a sealed form of a seed', () => {
  it('opens for its app, its row and its form alone, also under the same data key', () => {
    const sealer = createSealer(randomBytes(32))
    const plain = randomBytes(32)
    const row = { appId: 'app', id: 'row', dataKeyId: '', custodyKeyId: '', wrapped: plain }
    const sealed = sealForm(sealer, row, 'entropy', plain)
    const stored = { ...row, entropy: sealed, seed: sealed }
    expect(openForm(sealer, stored, 'entropy')).toEqual(plain)
    expect(() => openForm(sealer, stored, 'seed')).toThrow(/authenticate/)
    expect(() => openForm(sealer, { ...stored, appId: 'other' }, 'entropy')).toThrow(/authenticate/)
    expect(() => openForm(sealer, { ...stored, id: 'other' }, 'entropy')).toThrow(/authenticate/)
  })
})
