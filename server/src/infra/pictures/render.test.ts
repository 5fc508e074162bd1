import sharp, { type Raw } from 'sharp'
import { describe, expect, it } from 'vitest'
import { wholePictures } from '../../../test/helpers/hostile-pictures.ts'
import { canary, isUpright, phonePictures, phoneSize } from '../../../test/helpers/phone-pictures.ts'
import {
  bigEndian,
  box,
  littleEndian,
  pngChunk,
  webpChunk,
  webpChunksOf,
  webpOf,
  withPngChunks,
} from '../../../test/helpers/picture-parts.ts'
import { maxFrames } from './containers.ts'
import { renderPicture } from './render.ts'

const limits = { maxPixels: 50_000_000 }
const phones = await phonePictures(50)
const whole = await wholePictures()

/** What a picture becomes: its variants, each with its width and height. */
async function sizesOf(upload: Buffer, use: 'original' | 'crop') {
  const made = Object.entries((await renderPicture(upload, use, limits)) ?? {})
  const sizes = made.map(async ([name, file]) => {
    const { width, height, format } = await sharp(file).metadata()
    expect(format).toBe('webp')
    return [name, [width, height]]
  })
  return Object.fromEntries(await Promise.all(sizes))
}

function plain(width: number, height: number, background: string = 'teal') {
  return sharp({ create: { width, height, channels: 3, background } })
}

async function firstPixel(file: Buffer | undefined): Promise<number[]> {
  return [...(await sharp(file).raw().toBuffer()).subarray(0, 4)]
}

describe('the accepted formats', () => {
  it.each(Object.entries(whole))('%s is known by its bytes', async (_format, bytes) => {
    expect(await sizesOf(bytes, 'original')).toEqual({ original: [160, 120] })
  })

  it('are four: others are refused, and the library could not read them either', async () => {
    const { data, info } = await plain(16, 16).raw().toBuffer({ resolveWithObject: true })
    const picture = sharp(data, { raw: info as Raw })
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
    for (const bytes of [await picture.clone().gif().toBuffer(), await picture.clone().tiff().toBuffer(), svg]) {
      expect(await renderPicture(bytes, 'original', limits)).toBeUndefined()
      await expect(sharp(bytes).metadata()).rejects.toThrow('unsupported image format')
    }
  })

  it('are decoded with each of their colours: 16 bits, grey, inks, wide spaces, and transparency', async () => {
    const deep = await plain(8, 8, '#966450').toColourspace('rgb16').png().toBuffer()
    const grey = await plain(8, 8, '#808080').toColourspace('b-w').jpeg().toBuffer()
    const inks = await plain(8, 8, '#966450').toColourspace('cmyk').jpeg({ quality: 100 }).toBuffer()
    const wide = await plain(8, 8, '#966450').withIccProfile('p3').png().toBuffer()
    expect(await sharp(deep).metadata()).toMatchObject({ depth: 'ushort' })
    expect(await sharp(inks).metadata()).toMatchObject({ space: 'cmyk' })
    for (const [bytes, wanted] of [
      [deep, [150, 100, 80]],
      [grey, [128, 128, 128]],
      [inks, [150, 100, 80]],
      [wide, [150, 100, 80]],
    ] as const) {
      for (const file of Object.values((await renderPicture(bytes, 'crop', limits)) ?? {})) {
        const found = await firstPixel(file)
        expect(Math.max(...wanted.map((value, i) => Math.abs(value - (found[i] ?? 0))))).toBeLessThan(16)
      }
    }
    const clear = await sharp({ create: { width: 8, height: 8, channels: 4, background: '#c8643200' } })
      .png()
      .toBuffer()
    const seen = await renderPicture(clear, 'crop', limits)
    expect((await firstPixel(seen?.['64']))[3]).toBe(0)
  })

  it('give the first frame of an animation', async () => {
    const canvas = webpChunk('VP8X', Buffer.from([2, 0, 0, 0, 159, 0, 0, 119, 0, 0]))
    const frames = (count: number) => {
      const [{ name, data } = { name: '', data: whole.webp }] = webpChunksOf(whole.webp)
      const head = [0, 0, 159, 119, 40].map((value) => littleEndian(value, 3))
      const frame = webpChunk('ANMF', Buffer.concat([...head, Buffer.alloc(1), webpChunk(name, data)]))
      return webpOf(canvas, webpChunk('ANIM', Buffer.alloc(6)), ...Array<Buffer>(count).fill(frame))
    }
    expect(await sharp(frames(3)).metadata()).toMatchObject({ pages: 3 })
    expect(await sizesOf(frames(3), 'original')).toEqual({ original: [160, 120] })
    expect(await renderPicture(frames(maxFrames + 1), 'original', limits)).toBeUndefined()
    const control = pngChunk('acTL', Buffer.concat([bigEndian(3, 4), bigEndian(0, 4)]))
    expect(await sizesOf(withPngChunks(whole.png, control), 'original')).toEqual({ original: [160, 120] })
  })

  it('have no more pixels than allowed', async () => {
    expect(await renderPicture(whole.jpeg, 'original', { maxPixels: 160 * 120 })).toBeDefined()
    for (const bytes of Object.values(whole)) {
      expect(await renderPicture(bytes, 'original', { maxPixels: 160 * 120 - 1 })).toBeUndefined()
    }
  })
})

describe('pictures as phones send them, fifty', () => {
  it.each(phones)('$name: right way up, and nothing but pixels is kept', async ({ bytes }) => {
    expect(bytes.includes(canary)).toBe(true)
    for (const use of ['original', 'crop'] as const) {
      const made = Object.values((await renderPicture(bytes, use, limits)) ?? {})
      expect(made).toHaveLength(use === 'original' ? 1 : 5)
      for (const file of made) {
        expect(webpChunksOf(file).map(({ name }) => name)).toEqual(['VP8 '])
        expect(file.includes(canary)).toBe(false)
        expect(await isUpright(file)).toBe(true)
      }
      const { width, height } = await sharp(made[0]).metadata()
      expect({ width, height }).toEqual(use === 'original' ? phoneSize : { width: 64, height: 43 })
    }
  })

  it('may have an AVIF with a video in a box of its own', async () => {
    const moving = Buffer.concat([whole.avif, box('mpvd', box('ftyp', Buffer.from('mp42\0\0\0\0')), Buffer.alloc(999))])
    expect(await renderPicture(moving, 'original', limits)).toBeDefined()
  })
})

describe('sizes', () => {
  it.each([
    ['a landscape', 1_200, 800, { crop: [1200, 800], 512: [512, 341], 256: [256, 171], 128: [128, 85], 64: [64, 43] }],
    ['a portrait', 400, 900, { crop: [400, 900], 512: [228, 512], 256: [114, 256], 128: [57, 128], 64: [28, 64] }],
    ['a square', 512, 512, { crop: [512, 512], 512: [512, 512], 256: [256, 256], 128: [128, 128], 64: [64, 64] }],
    ['one that is small', 100, 60, { crop: [100, 60], 512: [100, 60], 256: [100, 60], 128: [100, 60], 64: [64, 38] }],
    ['one pixel', 1, 1, { crop: [1, 1], 512: [1, 1], 256: [1, 1], 128: [1, 1], 64: [1, 1] }],
    ['a long line', 30_000, 3, { crop: [16383, 2], 512: [512, 1], 256: [256, 1], 128: [128, 1], 64: [64, 1] }],
  ])('of a crop fit into their squares and are never larger than it: %s', async (_name, width, height, expected) => {
    expect(await sizesOf(await plain(width, height).png().toBuffer(), 'crop')).toEqual(expected)
  })

  it('of an original are its own, up to what a WebP can have', async () => {
    expect(await sizesOf(await plain(1_200, 800).jpeg().toBuffer(), 'original')).toEqual({ original: [1200, 800] })
    expect(await sizesOf(await plain(200, 20_000).png().toBuffer(), 'original')).toEqual({ original: [164, 16383] })
  })
})
