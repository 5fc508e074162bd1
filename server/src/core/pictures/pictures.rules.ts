import { createHash } from 'node:crypto'
import { isUuid } from '../ids.ts'
import type { PictureVariant } from '../ports.ts'

/** Every file of a picture. */
export const pictureVariants = [
  'original',
  'crop',
  '512',
  '256',
  '128',
  '64',
] as const satisfies readonly PictureVariant[]

/** The files of one picture, WebP. */
export type PictureFiles = Readonly<Record<PictureVariant, Buffer>>

/** SHA-256 over the files of a picture, by which the same one is known again. */
export function contentHashOf(files: PictureFiles): Buffer {
  const hash = createHash('sha256')
  for (const variant of pictureVariants) hash.update(`${variant} ${files[variant].length}\n`).update(files[variant])
  return hash.digest()
}

/**
 * The digest that a picture's files are named by: over its content and its id, so that no two pictures share files, and removing those
 * of one takes none of another's. Nobody guesses it.
 */
export function digestOf(id: string, contentHash: Buffer): string {
  return createHash('sha256').update(id).update(contentHash).digest('base64url')
}

/** The path at which a picture is served, without its variant. */
export function picturePath(appId: string, digest: string): string {
  return `/pictures/${appId}/${digest}`
}

/** What the keys of a picture's files begin with. */
export function filePrefix(appId: string, digest: string): string {
  return `pictures/${appId}/${digest}/`
}

export function fileKey(appId: string, digest: string, variant: PictureVariant): string {
  return `${filePrefix(appId, digest)}${variant}.webp`
}

/** The key of the file that is asked for by the three steps of its path; undefined when there can be none. */
export function keyOfSteps(appId: string, digest: string, file: string): string | undefined {
  const variant = pictureVariants.find((name) => file === `${name}.webp`)
  if (variant === undefined || !isUuid(appId) || !/^[\w-]{43}$/.test(digest)) return undefined
  return fileKey(appId.toLowerCase(), digest, variant)
}
