/** The building blocks of picture files, put together by hand: what no encoder would write can be written with them. */
import { crc32 } from 'node:zlib'

const ascii = (text: string) => Buffer.from(text, 'latin1')

/** A number of so many bytes, the most significant first. */
export function bigEndian(value: number, bytes: number): Buffer {
  const made = Buffer.alloc(bytes)
  made.writeUIntBE(value, 0, bytes)
  return made
}

export function littleEndian(value: number, bytes: number): Buffer {
  return bigEndian(value, bytes).reverse()
}

export const pngSignature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')

export function pngChunk(name: string, data: Buffer = Buffer.alloc(0)): Buffer {
  const named = Buffer.concat([ascii(name), data])
  return Buffer.concat([bigEndian(data.length, 4), named, bigEndian(crc32(named), 4)])
}

/** The first chunk: `colour` 0 is grey, 2 RGB, 6 RGBA. */
export function pngHeader(width: number, height: number, depth: number, colour: number): Buffer {
  return pngChunk(
    'IHDR',
    Buffer.concat([bigEndian(width, 4), bigEndian(height, 4), Buffer.from([depth, colour, 0, 0, 0])]),
  )
}

/** A PNG with chunks put in behind its first one. */
export function withPngChunks(png: Buffer, ...chunks: readonly Buffer[]): Buffer {
  const behindHeader = 8 + 25
  return Buffer.concat([png.subarray(0, behindHeader), ...chunks, png.subarray(behindHeader)])
}

/** What a PNG's chunks of a name hold, put together. */
export function pngData(png: Buffer, name: string): Buffer {
  const found: Buffer[] = []
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at)) {
    const isIt = png.toString('latin1', at + 4, at + 8) === name
    if (isIt) found.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)))
  }
  return Buffer.concat(found)
}

export function jpegSegment(code: number, data: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0xff, code]), bigEndian(data.length + 2, 2), data])
}

/** A JPEG with segments put in behind its first two bytes. */
export function withJpegSegments(jpeg: Buffer, ...segments: readonly Buffer[]): Buffer {
  return Buffer.concat([jpeg.subarray(0, 2), ...segments, jpeg.subarray(2)])
}

export function webpChunk(name: string, data: Buffer): Buffer {
  return Buffer.concat([ascii(name), littleEndian(data.length, 4), data, Buffer.alloc(data.length % 2)])
}

export function webpOf(...chunks: readonly Buffer[]): Buffer {
  return webpChunk('RIFF', Buffer.concat([ascii('WEBP'), ...chunks]))
}

/** The chunks of a WebP by name; an animation's frames are not looked into. */
export function webpChunksOf(webp: Buffer): { readonly name: string; readonly data: Buffer }[] {
  const found: { name: string; data: Buffer }[] = []
  for (let at = 12; at < webp.length; ) {
    const size = webp.readUInt32LE(at + 4)
    found.push({ name: webp.toString('latin1', at, at + 4), data: webp.subarray(at + 8, at + 8 + size) })
    at += 8 + size + (size % 2)
  }
  return found
}

/** A box of ISO/IEC 14496-12, as AVIF has them. */
export function box(name: string, ...data: readonly Buffer[]): Buffer {
  const held = Buffer.concat(data)
  return Buffer.concat([bigEndian(held.length + 8, 4), ascii(name), held])
}

/** An archive with one stored file in it. */
export function zipOf(name: string, text: string): Buffer {
  const [nameBytes, data] = [ascii(name), ascii(text)]
  const sizes = Buffer.concat([
    ...[crc32(data), data.length, data.length].map((value) => littleEndian(value, 4)),
    littleEndian(nameBytes.length, 2),
  ])
  const local = Buffer.concat([ascii('PK\x03\x04\x14\0'), Buffer.alloc(8), sizes, Buffer.alloc(2), nameBytes, data])
  const entry = Buffer.concat([ascii('PK\x01\x02\x14\0\x14\0'), Buffer.alloc(8), sizes, Buffer.alloc(16), nameBytes])
  const counts = Buffer.from([0, 0, 0, 0, 1, 0, 1, 0])
  const where = Buffer.concat([littleEndian(entry.length, 4), littleEndian(local.length, 4), Buffer.alloc(2)])
  return Buffer.concat([local, entry, ascii('PK\x05\x06'), counts, where])
}
