import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import type { Config } from '../../config.ts'
import { DomainFault } from '../../core/errors.ts'
import { createLocalFiles } from './local-files.ts'
import type { OpenFiles, S3Settings } from './s3-files.ts'

/** Where files are kept. */
export type FilesPlace = { readonly s3: S3Settings } | { readonly folder: string }

/** The bucket that the settings name, or the folder `files` of the data folder. */
export function filesPlace(
  config: Pick<Config, 'dataDir' | 's3Bucket' | 's3Region' | 's3Endpoint' | 's3AccessKeyId' | 's3SecretAccessKey'>,
): FilesPlace {
  const { dataDir, s3Bucket, s3Region: region, s3Endpoint: endpoint, s3AccessKeyId, s3SecretAccessKey } = config
  if (s3Bucket === undefined || s3AccessKeyId === undefined || s3SecretAccessKey === undefined) {
    return { folder: join(dataDir, 'files') }
  }
  return { s3: { bucket: s3Bucket, region, endpoint, accessKeyId: s3AccessKeyId, secretAccessKey: s3SecretAccessKey } }
}

/** The files of the place. Nothing is asked of it yet. */
export async function openFiles(place: FilesPlace): Promise<OpenFiles> {
  if ('folder' in place) return { ...createLocalFiles(place.folder), close() {} }
  // Loading the client takes 37 MB and a tenth of a second, so only those pay for it who use it.
  const { createS3Files } = await import('./s3-files.ts')
  return createS3Files(place.s3)
}

/** Why a file cannot be put, read and removed in the place, in words that repeat no secret; undefined when it can. */
export async function findFilesTrouble(place: FilesPlace): Promise<string | undefined> {
  const files = await openFiles(place)
  const prefix = `doctor-${randomUUID()}/`
  const [key, probe] = [`${prefix}probe`, Buffer.from(prefix)]
  try {
    await files.put(key, probe)
    const found = await files.get(key)
    const bytes = found && (await buffer(found.stream))
    await files.removeAll(prefix)
    return bytes?.equals(probe) ? undefined : 'A file came back as another than was put'
  } catch (error) {
    await files.removeAll(prefix).catch(() => {})
    // What fails while the file is read is no fault.
    return ((error instanceof DomainFault ? error.cause : error) as Error).message
  } finally {
    files.close()
  }
}
