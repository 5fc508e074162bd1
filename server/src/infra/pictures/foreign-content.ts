/**
 * Whether a picture is, or carries, a file of another kind. Nothing of it would be kept, as only pixels are; but who sends
 * such a file does not send a picture, so it is refused.
 *
 * Phones append to their JPEGs: a second picture (CIPA DC-007 multi-picture, Ultra HDR), a video (Android's Motion Photo 1.0),
 * raw depth maps, and trailers of their makers' own (Samsung, vivo and OnePlus, which ExifTool reads). So what follows a JPEG
 * is no fault by itself, if only it is none of what is looked for here. PNG, WebP and AVIF have no such habit: they end where
 * the picture does.
 */
import type { PictureFile } from './containers.ts'

/** What a browser or a server would run. Long enough that compressed pixels spell none by chance, in 100,000 photos not once. */
const code = /<(?:script|iframe|html|body|object|embed)[\s>/]|<!doctype\s|<\?php\s|__HALT_COMPILER/i

/** Documents and archives that their readers find anywhere in a file. A ZIP has a check of its own. */
const embedded = ['%PDF-', 'Rar!\x1a\x07', '7z\xbc\xaf\x27\x1c'].map(latin1)

/** What files begin with that are not appended to pictures: of pictures, archives, programs, documents and sound. */
const signatures = [
  ...[
    'GIF8',
    '\x89PNG',
    'RIFF',
    'BM',
    'II*\0',
    'MM\0*',
    'PK',
    '\x1f\x8b',
    'BZh',
    '\xfd7zXZ',
    '<',
    '%!',
    '{\\rtf',
    'ID3',
  ],
  ...[
    '\x7fELF',
    'MZ',
    '\xca\xfe\xba\xbe',
    '\xcf\xfa\xed\xfe',
    '\0asm',
    '#!',
    '\xd0\xcf\x11\xe0',
    'OggS',
    '\x1aE\xdf\xa3',
  ],
].map(latin1)

/** Whether the file is refused for what it holds beside the picture. */
export function holdsForeignContent(bytes: Buffer, { format, end }: PictureFile): boolean {
  if (end < bytes.length && format !== 'jpeg') return true
  if (beginsAsScript(bytes) || isArchive(bytes) || embedded.some((mark) => bytes.includes(mark))) return true
  if (code.test(bytes.toString('latin1'))) return true
  const trailer = bytes.subarray(end).subarray(paddingOf(bytes.subarray(end)))
  return trailer.length > 0 && (signatures.some((mark) => beginsWith(trailer, mark)) || trailer.every(isText))
}

/** The first bytes of a JPEG or a WebP are a name to JavaScript, and the length behind them may open a comment. */
function beginsAsScript(bytes: Buffer): boolean {
  return bytes.toString('latin1', 4, 6) === '/*'
}

/** A ZIP is read from its end: a central directory, then its end record (APPNOTE.TXT 4.3.6). */
function isArchive(bytes: Buffer): boolean {
  const directory = bytes.indexOf('PK\x01\x02')
  return directory !== -1 && bytes.includes('PK\x05\x06', directory)
}

/** How many bytes at the beginning say nothing. */
function paddingOf(trailer: Buffer): number {
  const first = trailer.findIndex((byte) => byte !== 0 && byte !== 0xff && byte !== 0x20 && !(byte >= 9 && byte <= 13))
  return first === -1 ? trailer.length : first
}

function beginsWith(bytes: Buffer, mark: Buffer): boolean {
  return bytes.subarray(0, mark.length).equals(mark)
}

/** Whether text has such a byte, in whatever encoding that extends ASCII. */
function isText(byte: number): boolean {
  return byte >= 0x20 ? byte !== 0x7f : byte >= 9 && byte <= 13
}

function latin1(mark: string): Buffer {
  return Buffer.from(mark, 'latin1')
}
