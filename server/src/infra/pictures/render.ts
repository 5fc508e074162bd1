/**
 * Makes pictures of hostile bytes. Loaded by the picture process alone: the decoders are native code, so they work where no
 * key and no connection is. Only pixels pass: every output is encoded anew and says nothing of where it comes from.
 */
import sharp, { type Sharp } from 'sharp'
import type { PictureUse, PictureVariant } from '../../core/ports.ts'
import { readPictureFile } from './containers.ts'
import { inflatesTooFar } from './deflate-bombs.ts'
import { holdsForeignContent } from './foreign-content.ts'

export type RenderedPicture = Readonly<Partial<Record<PictureVariant, Buffer>>>

export interface RenderLimits {
  /** Of the picture as it is stored, in pixels. */
  readonly maxPixels: number
}

// The decoders of the accepted formats, from memory; every other one is shut, those of files and of addresses among them.
sharp.block({ operation: ['VipsForeignLoad'] })
sharp.unblock({
  operation: ['Jpeg', 'Png', 'Webp', 'Heif'].map((format) => `VipsForeignLoad${format}Buffer`),
})
// The process works on one picture at a time, and on no picture twice.
sharp.concurrency(1)
sharp.cache(false)

/** The most that a side of a WebP can have (RFC 9649 section 2.7.1). */
const longestSide = 16_383
const smallSizes = [512, 256, 128, 64] as const
/**
 * Of a photo of 12 megapixels, effort 1 takes 0.35 s and makes 1.16 MB; effort 4, the library's own choice, 1.1 s for as many
 * bytes, and effort 0 0.3 s for 2 % more.
 */
const webp = { quality: 80, effort: 1 } as const

/**
 * WebP files of the right way up, in sRGB, without metadata: `original` alone, or `crop` and every smaller size. Undefined
 * for what is no JPEG, PNG, WebP or AVIF by its bytes, is broken or cut short, holds a file of another kind, or has more
 * pixels than `maxPixels`.
 */
export async function renderPicture(
  upload: Buffer,
  use: PictureUse,
  { maxPixels }: RenderLimits,
): Promise<RenderedPicture | undefined> {
  const file = readPictureFile(upload)
  if (file === undefined || holdsForeignContent(upload, file)) return undefined
  if (file.format === 'png' && inflatesTooFar(upload)) return undefined
  try {
    // The library's copy ends where the picture does.
    const picture = sharp(upload.subarray(0, file.end), { failOn: 'warning', limitInputPixels: maxPixels }).autoOrient()
    const whole = picture.resize(longestSide, longestSide, { fit: 'inside', withoutEnlargement: true })
    return use === 'original' ? { original: await whole.webp(webp).toBuffer() } : await cropOf(whole)
  } catch {
    // The library throws for broken files and for what is past its limits, in words of its own for each.
    return undefined
  }
}

/**
 * A crop in all sizes, each made of the next larger one, decoded once: twice, for the library can decode a JPEG at a smaller
 * size, is as fast for JPEG and takes 1.7 times as long for AVIF.
 */
async function cropOf(whole: Sharp): Promise<RenderedPicture> {
  let { pixels, width, height } = await pixelsOf(whole)
  const made: Partial<Record<PictureVariant, Buffer>> = { crop: await pixels.clone().webp(webp).toBuffer() }
  for (const side of smallSizes) {
    // Of the whole, not of the size before, whose sides are rounded already.
    const scale = Math.min(1, side / Math.max(width, height))
    const [w, h] = [width, height].map((length) => Math.max(1, Math.round(length * scale)))
    ;({ pixels } = await pixelsOf(pixels.resize(w, h, { fit: 'fill' })))
    made[side] = await pixels.clone().webp(webp).toBuffer()
  }
  return made
}

/** Decodes and resizes now: what is made of the result starts from its pixels, in sRGB. */
async function pixelsOf(picture: Sharp) {
  const { data, info } = await picture.toColourspace('srgb').raw().toBuffer({ resolveWithObject: true })
  const { width, height, channels } = info
  return { pixels: sharp(data, { raw: { width, height, channels }, limitInputPixels: false }), width, height }
}
