import { DecryptCommand, EncryptCommand, KMSClient } from '@aws-sdk/client-kms'
import type { DataKeyPlace } from '../../core/ports.ts'
import { KeyOutage, type WrappingKey } from './wrapping-key.ts'

/** The keys of AWS KMS. */
export interface KmsKeys {
  /** The key of an id, alias or ARN, under its ARN. Throws when it is not there or may not be used, and KeyOutage. */
  resolve(name: string): Promise<WrappingKey>
  /** The key of an ARN. Nothing is asked of it yet. */
  ofArn(arn: string): WrappingKey
}

const attempts = 3
const connectMs = 3_000
const timeoutMs = 5_000

/** Opens the client; region and credentials are found as the SDK finds them. Every call throws an Error that repeats no secret. */
export function createKmsKeys({ endpoint }: { readonly endpoint: string | undefined }): KmsKeys {
  const client = new KMSClient({
    ...(endpoint !== undefined && { endpoint }),
    maxAttempts: attempts,
    requestHandler: { connectionTimeout: connectMs, requestTimeout: timeoutMs, throwOnRequestTimeout: true },
  })

  async function encrypt(
    KeyId: string,
    place: DataKeyPlace,
    Plaintext: Buffer,
  ): Promise<{ arn: string; bytes: Buffer }> {
    const command = new EncryptCommand({ KeyId, Plaintext, EncryptionContext: { ...contextOf(place) } })
    const { KeyId: arn, CiphertextBlob } = await orReason(client.send(command))
    if (arn === undefined || CiphertextBlob === undefined) throw new Error('AWS KMS gave no ciphertext')
    return { arn, bytes: Buffer.from(CiphertextBlob) }
  }

  async function decrypt(KeyId: string, place: DataKeyPlace, CiphertextBlob: Buffer): Promise<Buffer> {
    const command = new DecryptCommand({ KeyId, CiphertextBlob, EncryptionContext: { ...contextOf(place) } })
    const { Plaintext } = await orReason(client.send(command))
    if (Plaintext === undefined) throw new Error('AWS KMS gave no plaintext')
    return Buffer.from(Plaintext.buffer, Plaintext.byteOffset, Plaintext.byteLength)
  }

  const ofArn = (arn: string): WrappingKey => ({
    id: arn,
    wrap: async (place, dataKey) => (await encrypt(arn, place, dataKey)).bytes,
    unwrap: (place, wrapped) => decrypt(arn, place, wrapped),
  })
  return {
    ofArn,
    // The answer to an encryption tells the ARN: to ask for it by itself, the credentials would have to allow one thing more.
    resolve: async (name) => ofArn((await encrypt(name, { appId: 'none', dataKeyId: 'none' }, Buffer.alloc(1))).arn),
  }
}

/** What KMS binds into a ciphertext, and writes into its log. */
function contextOf({ appId, dataKeyId }: DataKeyPlace): DataKeyPlace {
  return { appId, dataKeyId }
}

async function orReason<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (error) {
    const reason = reasonOf(error as KmsError)
    throw isOutage(error as KmsError) ? new KeyOutage(reason) : new Error(reason)
  }
}

type KmsError = NodeJS.ErrnoException & { readonly $metadata?: { readonly httpStatusCode?: number } }

/** Of an answer only the status and the code: its text repeats who asked for what. */
function reasonOf({ $metadata, name, code, message }: KmsError): string {
  const status = $metadata?.httpStatusCode
  return status === undefined ? `AWS KMS cannot be asked (${code ?? message})` : `AWS KMS answered ${status} (${name})`
}

/** Not what an operator has to mend: a key that is not there or denied, and credentials or a region that are missing. */
function isOutage({ $metadata, name, code }: KmsError): boolean {
  const status = $metadata?.httpStatusCode
  if (status === undefined) return code !== undefined || name === 'TimeoutError'
  // Who asks too often is told so with 400.
  return status >= 500 || name === 'ThrottlingException'
}
