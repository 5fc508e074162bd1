/** The outer structure of picture files: what they are by their bytes, and where the picture ends. */

export type PictureFormat = 'jpeg' | 'png' | 'webp' | 'avif'

/** A file whose structure is whole, from its first byte to where the picture ends. */
export interface PictureFile {
  readonly format: PictureFormat
  /** The offset behind the picture's last byte. */
  readonly end: number
}

/** Of an animation the first frame is shown. One of more frames than this, half a minute's worth, is refused. */
export const maxFrames = 1_000
/** Passes over a JPEG. Encoders make up to a dozen; each costs the decoder a look at every block, however empty the pass is. */
export const maxScans = 64

/**
 * Knows JPEG (ITU-T T.81 annex B), PNG (W3C PNG, third edition), WebP (RFC 9649) and AVIF (AV1 Image File Format 1.1, stills
 * alone) by their bytes. Undefined for every other file, for one that is cut short, and for more frames or passes than allowed.
 */
export function readPictureFile(bytes: Buffer): PictureFile | undefined {
  for (const [format, { begins, endOf }] of Object.entries(formats)) {
    if (!begins(bytes)) continue
    const end = endOf(bytes)
    return end === undefined ? undefined : { format: format as PictureFormat, end }
  }
  return undefined
}

interface Format {
  begins(bytes: Buffer): boolean
  endOf(bytes: Buffer): number | undefined
}

const pngSignature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')

const formats: Readonly<Record<PictureFormat, Format>> = {
  jpeg: { begins: (bytes) => bytes.toString('latin1', 0, 3) === '\xff\xd8\xff', endOf: endOfJpeg },
  png: { begins: (bytes) => bytes.subarray(0, 8).equals(pngSignature), endOf: endOfPng },
  webp: { begins: (bytes) => nameAt(bytes, 0) === 'RIFF' && nameAt(bytes, 8) === 'WEBP', endOf: endOfWebp },
  avif: { begins: isAvif, endOf: endOfAvif },
}

function endOfJpeg(bytes: Buffer): number | undefined {
  let scans = 0
  let at = 2
  while (bytes[at] === 0xff) {
    const code = bytes[at + 1] ?? 0
    if (code === marker.end) return at + 2
    at = behindMarker(bytes, at, code)
    if (code !== marker.scan) continue
    if (++scans > maxScans) return undefined
    at = endOfScan(bytes, at)
  }
  return undefined
}

const marker = { start: 0xd8, end: 0xd9, scan: 0xda, fill: 0xff, firstWithLength: 0xc0 } as const

/** Behind the segment that a marker begins; behind the whole file when none may stand here. */
function behindMarker(bytes: Buffer, at: number, code: number): number {
  if (code === marker.fill) return at + 1
  const hasLength = code >= marker.firstWithLength && code !== marker.start && !isRestart(code)
  return hasLength && at + 4 <= bytes.length ? at + 2 + bytes.readUInt16BE(at + 2) : bytes.length
}

/** Where the next marker stands: in compressed data, an 0xff is followed by a zero, and restart markers are part of it. */
function endOfScan(bytes: Buffer, from: number): number {
  for (let at = from; at < bytes.length; at++) {
    if (bytes[at] !== 0xff) continue
    const code = bytes[at + 1] ?? 0
    if (code !== 0 && code !== marker.fill && !isRestart(code)) return at
  }
  return bytes.length
}

function isRestart(code: number): boolean {
  return code >= 0xd0 && code <= 0xd7
}

/** A chunk of a PNG, as far as it is whole. */
export interface PngChunk {
  readonly name: string
  readonly data: Buffer
  /** The offset behind it. */
  readonly end: number
}

/** The chunks of a PNG, up to its end or to one that is cut short. */
export function* pngChunksOf(bytes: Buffer): Generator<PngChunk> {
  for (let at = pngSignature.length; at + 12 <= bytes.length; ) {
    const from = at + 8
    const to = from + bytes.readUInt32BE(at)
    if (to + 4 > bytes.length) return
    const chunk = { name: nameAt(bytes, at + 4), data: bytes.subarray(from, to), end: to + 4 }
    yield chunk
    if (chunk.name === 'IEND') return
    at = chunk.end
  }
}

function endOfPng(bytes: Buffer): number | undefined {
  if (nameAt(bytes, 12) !== 'IHDR') return undefined
  for (const { name, data, end } of pngChunksOf(bytes)) {
    if (name === 'IEND') return end
    if (name === 'acTL' && data.length >= 4 && data.readUInt32BE(0) > maxFrames) return undefined
  }
  return undefined
}

function endOfWebp(bytes: Buffer): number | undefined {
  const end = 8 + bytes.readUInt32LE(4)
  if (end > bytes.length) return undefined
  let frames = 0
  let at = 12
  while (at + 8 <= end) {
    if (nameAt(bytes, at) === 'ANMF' && ++frames > maxFrames) return undefined
    const size = bytes.readUInt32LE(at + 4)
    at += 8 + size + (size % 2)
  }
  return at === end ? end : undefined
}

function isAvif(bytes: Buffer): boolean {
  if (bytes.length < 16 || nameAt(bytes, 4) !== 'ftyp') return false
  const brand = nameAt(bytes, 8)
  const compatible = bytes.toString('latin1', 16, Math.min(bytes.readUInt32BE(0), 256))
  // A file may call itself by the structure alone and name the codec second.
  return brand === 'avif' || (brand === 'mif1' && /^(?:.{4})*avif/s.test(compatible))
}

/** Boxes (ISO/IEC 14496-12, 4.2) up to the end of the file. One with a movie is no still. */
function endOfAvif(bytes: Buffer): number | undefined {
  let at = 0
  while (at + 8 <= bytes.length) {
    if (nameAt(bytes, at + 4) === 'moov') return undefined
    const size = sizeOfBox(bytes, at)
    if (size < 8) return undefined
    at += size
  }
  return at === bytes.length ? at : undefined
}

/** One is followed by a size of 64 bits, zero reaches to the end of the file. */
function sizeOfBox(bytes: Buffer, at: number): number {
  const size = bytes.readUInt32BE(at)
  if (size === 0) return bytes.length - at
  return size === 1 && at + 16 <= bytes.length ? Number(bytes.readBigUInt64BE(at + 8)) : size
}

function nameAt(bytes: Buffer, at: number): string {
  return bytes.toString('latin1', at, at + 4)
}
