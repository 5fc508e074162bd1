import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { DomainFault } from '../../core/errors.ts'
import type { FileContent, Files } from '../../core/ports.ts'
import { checkKey, checkPrefix } from './file-keys.ts'

export interface S3Settings {
  readonly bucket: string
  readonly region: string
  /** Undefined: that of AWS. */
  readonly endpoint: string | undefined
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** Files that hold connections. */
export interface OpenFiles extends Files {
  close(): void
}

export interface S3Options {
  /** 20 s for one request. */
  readonly timeoutMs?: number
}

const attempts = 3
const connectMs = 3_000

/** Keeps files as objects in a bucket, which must be there. */
export function createS3Files(settings: S3Settings, { timeoutMs = 20_000 }: S3Options = {}): OpenFiles {
  const client = openClient(settings, timeoutMs)
  const Bucket = settings.bucket
  // The time of a request ends with the head of its answer: the body may come in drops, or not at all.
  const deadline = () => ({ abortSignal: AbortSignal.timeout(attempts * timeoutMs) })

  async function get(Key: string): Promise<FileContent | undefined> {
    try {
      const { Body, ContentLength: size } = await client.send(new GetObjectCommand({ Bucket, Key }), deadline())
      if (!(Body instanceof Readable) || size === undefined) throw new Error('It did not tell the size of a file')
      return { size, stream: Body }
    } catch (error) {
      if (error instanceof NoSuchKey) return undefined
      throw error
    }
  }

  async function remove(keys: readonly string[]): Promise<void> {
    if (keys.length === 0) return
    const Objects = keys.map((Key) => ({ Key }))
    const command = new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } })
    addContentMd5(command)
    const { Errors = [] } = await client.send(command, deadline())
    if (Errors.length > 0) throw new Error(`${Errors.length} files could not be removed (${Errors[0]?.Code})`)
  }

  async function removeAll(Prefix: string): Promise<void> {
    let next: string | undefined
    do {
      const list = new ListObjectsV2Command({ Bucket, Prefix, ContinuationToken: next })
      const { Contents = [], NextContinuationToken } = await client.send(list, deadline())
      await remove(Contents.flatMap(({ Key }) => Key ?? []))
      next = NextContinuationToken
    } while (next !== undefined)
  }

  return {
    async put(key, bytes) {
      const command = new PutObjectCommand({ Bucket, Key: checkKey(key), Body: bytes })
      await orUnavailable(client.send(command, deadline()))
    },
    get: async (key) => orUnavailable(get(checkKey(key))),
    removeAll: async (prefix) => orUnavailable(removeAll(checkPrefix(prefix))),
    close: () => client.destroy(),
  }
}

/** What is not given here the client would look for in variables and files of its own. */
function openClient({ region, endpoint, accessKeyId, secretAccessKey }: S3Settings, timeoutMs: number): S3Client {
  return new S3Client({
    region,
    credentials: { accessKeyId, secretAccessKey },
    // Buckets have no host names of their own in most stores other than AWS.
    ...(endpoint === undefined ? { ignoreConfiguredEndpointUrls: true } : { endpoint, forcePathStyle: true }),
    maxAttempts: attempts,
    retryMode: 'standard',
    requestHandler: {
      connectionTimeout: connectMs,
      requestTimeout: timeoutMs,
      throwOnRequestTimeout: true,
      // A slow reader holds one for the whole time of a call: with the 50 that are usual, as many would keep all others out.
      httpAgent: { maxSockets: Number.POSITIVE_INFINITY },
      httpsAgent: { maxSockets: Number.POSITIVE_INFINITY },
    },
    // Newer than many stores. Bodies are signed with their SHA-256 all the same.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // A store that does not know it would let every larger file wait for the whole time of a request.
    expectContinueHeader: false,
  })
}

/** The digest that S3 asked for here before there were others, and many stores ask for still. */
function addContentMd5({ middlewareStack }: DeleteObjectsCommand): void {
  middlewareStack.add(
    (next) => (args) => {
      const { headers, body } = args.request as { headers: Record<string, string>; body: string }
      headers['content-md5'] = createHash('md5').update(body).digest('base64')
      return next(args)
    },
    { step: 'build', name: 'contentMd5' },
  )
}

async function orUnavailable<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (error) {
    throw new DomainFault({ code: 'files_unavailable' }, new Error(reasonOf(error as StoreError)))
  }
}

type StoreError = NodeJS.ErrnoException & { readonly $metadata?: { readonly httpStatusCode?: number } }

/** Stores repeat the request and the key's id in what they answer: of that only the status and the code. */
function reasonOf({ $metadata, name, code, message }: StoreError): string {
  const status = $metadata?.httpStatusCode
  return status === undefined ? message || (code ?? name) : `It was answered with ${status} (${name})`
}
