/** Pictures as phones send them: turned, in a wide colour space, and full of what must not be kept. */
import sharp from 'sharp'
import { bigEndian, box, jpegSegment, withJpegSegments } from './picture-parts.ts'

export interface PhonePicture {
  readonly name: string
  readonly bytes: Buffer
}

/** Stands in every picture's metadata, its comments and its trailer. */
export const canary = 'Canary-52.3731N-4.8922E'

/** Of the picture when it is the right way up. */
export const phoneSize = { width: 192, height: 128 } as const

const quadrants = {
  topLeft: [200, 30, 30],
  topRight: [30, 160, 60],
  bottomLeft: [40, 60, 190],
  bottomRight: [230, 220, 60],
}
const formats = ['jpeg', 'jpeg', 'jpeg', 'png', 'webp'] as const

/** Makes so many, all different: the orientations 1 to 8 in turn, most of them JPEG, with the trailers that phones append. */
export async function phonePictures(count: number): Promise<PhonePicture[]> {
  return Promise.all(Array.from({ length: count }, (_, number) => phonePicture(number)))
}

async function phonePicture(number: number): Promise<PhonePicture> {
  const orientation = (number % 8) + 1
  const format = formats[number % formats.length] ?? 'jpeg'
  const encoded = await sharp(storedPixels(orientation), { raw: storedSize(orientation) })
    .toFormat(format, { quality: 95 })
    .withMetadata({ orientation })
    .withExifMerge({
      IFD0: { Make: canary, Model: canary, ImageDescription: `${canary} ${number}`, Artist: canary },
      IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '52/1 22/1 23/1', GPSLongitudeRef: 'E', GPSLongitude: '4/1 53/1 32/1' },
    })
    .withIccProfile('p3')
    .withXmp(xmp(number))
    .toBuffer()
  const name = `${number}: ${format}, orientation ${orientation}`
  if (format !== 'jpeg') return { name, bytes: encoded }
  const [trailerName, trailer] = trailers(encoded)[number % 4] ?? ['', Buffer.alloc(0)]
  const told = withJpegSegments(encoded, jpegSegment(0xed, iptc()), jpegSegment(0xfe, Buffer.from(canary)))
  return { name: `${name}${trailerName}`, bytes: Buffer.concat([told, trailer]) }
}

/** Whether the four corners of a picture have the colours that they have when it is the right way up. */
export async function isUpright(picture: Buffer): Promise<boolean> {
  const { data, info } = await sharp(picture).removeAlpha().raw().toBuffer({ resolveWithObject: true })
  const corner = (x: number, y: number) => {
    const at = (Math.floor(y * info.height) * info.width + Math.floor(x * info.width)) * info.channels
    return [...data.subarray(at, at + 3)]
  }
  const isNear = (found: number[], wanted: number[]) =>
    found.every((value, i) => Math.abs(value - (wanted[i] ?? 0)) < 60)
  return (
    isNear(corner(0.25, 0.25), quadrants.topLeft) &&
    isNear(corner(0.75, 0.25), quadrants.topRight) &&
    isNear(corner(0.25, 0.75), quadrants.bottomLeft) &&
    isNear(corner(0.75, 0.75), quadrants.bottomRight)
  )
}

/** What phones append to a JPEG: nothing, a second picture, a video, and data of their own. */
function trailers(picture: Buffer): (readonly [name: string, bytes: Buffer])[] {
  const video = Buffer.concat([box('ftyp', Buffer.from('mp42\0\0\0\0isommp42')), box('mdat', Buffer.alloc(2_048, 'v'))])
  const told = Buffer.from(
    `\0\0\x01\x0a\x0e\0\0\0Image_UTC_Data${canary}SEFH\x6b\0\0\0\x01\0\0\0\x24\0\0\0SEFT`,
    'latin1',
  )
  const json = Buffer.from(`vivo{"who":"${canary}"}\0\0\0\x1a\xff\xff\xff\xff\x1b*9HWfu\x84\x93\xa2\xb1`, 'latin1')
  return [
    ['', Buffer.alloc(0)],
    [', a second picture behind it', picture],
    [', a video and a trailer behind it', Buffer.concat([video, told])],
    [', padding and a trailer behind it', Buffer.concat([Buffer.alloc(64), json])],
  ]
}

/** The pixels as the sensor has them: EXIF's orientation says on which side of the picture row 0 and column 0 stand. */
function storedPixels(orientation: number): Buffer {
  const { width, height } = storedSize(orientation)
  const pixels = Buffer.alloc(width * height * 3)
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const { x, y } = seenAt(orientation, row, column)
      Buffer.from(colourAt(x, y)).copy(pixels, (row * width + column) * 3)
    }
  }
  return pixels
}

function storedSize(orientation: number) {
  const { width, height } = phoneSize
  return orientation < 5
    ? { width, height, channels: 3 as const }
    : { width: height, height: width, channels: 3 as const }
}

/** JEITA CP-3451, tag Orientation. */
function seenAt(orientation: number, row: number, column: number): { x: number; y: number } {
  const fromRight = (at: number) => phoneSize.width - 1 - at
  const fromBottom = (at: number) => phoneSize.height - 1 - at
  switch (orientation) {
    case 2:
      return { x: fromRight(column), y: row }
    case 3:
      return { x: fromRight(column), y: fromBottom(row) }
    case 4:
      return { x: column, y: fromBottom(row) }
    case 5:
      return { x: row, y: column }
    case 6:
      return { x: fromRight(row), y: column }
    case 7:
      return { x: fromRight(row), y: fromBottom(column) }
    case 8:
      return { x: row, y: fromBottom(column) }
    default:
      return { x: column, y: row }
  }
}

function colourAt(x: number, y: number): number[] {
  const isLeft = x < phoneSize.width / 2
  if (y < phoneSize.height / 2) return isLeft ? quadrants.topLeft : quadrants.topRight
  return isLeft ? quadrants.bottomLeft : quadrants.bottomRight
}

function xmp(number: number): string {
  return `<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" dc:creator="${canary} ${number}"/></rdf:RDF></x:xmpmeta><?xpacket end="w"?>`
}

/** Photoshop's resource of IPTC, with a caption. */
function iptc(): Buffer {
  const caption = Buffer.concat([Buffer.from([0x1c, 2, 120]), bigEndian(canary.length, 2), Buffer.from(canary)])
  const resource = Buffer.concat([Buffer.from('8BIM\x04\x04\0\0', 'latin1'), bigEndian(caption.length, 4), caption])
  return Buffer.concat([Buffer.from('Photoshop 3.0\0', 'latin1'), resource, Buffer.alloc(caption.length % 2)])
}
