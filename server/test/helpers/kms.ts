import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { refusalOf } from './signature-v4.ts'

/** A stand-in for AWS KMS, with symmetric keys. */
export interface TestKms {
  readonly endpoint: string
  /** What a process needs in its environment to be let in. */
  readonly environment: Readonly<Record<string, string>>
  /** Makes a key; gives its ARN. */
  newKey(): string
  /** Lets an alias, as `alias/custody`, name a key from now on. */
  alias(name: string, arn: string): void
  /** Refuses from now on whatever is asked, or one operation, with a status and a code; undefined: nothing any more. */
  refuse(how: KmsRefusal | undefined): void
  close(): Promise<void>
}

export interface KmsRefusal {
  readonly operation?: 'Encrypt' | 'Decrypt'
  readonly status: number
  readonly code: string
}

interface Ciphertext {
  readonly arn: string
  readonly plaintext: string
  readonly context: string
}

interface Asked {
  readonly KeyId: string
  readonly Plaintext?: string
  readonly CiphertextBlob?: string
  readonly EncryptionContext?: Readonly<Record<string, string>>
}

class KmsException extends Error {
  readonly status: number
  constructor(code: string, status = 400) {
    super(code)
    this.status = status
  }
}

/**
 * Opens one on loopback. It speaks Encrypt and Decrypt (JSON 1.1), looks at signatures, binds ciphertexts to their key and encryption
 * context, and refuses as AWS KMS does. Its ciphertexts are names of what it remembers.
 */
export async function openKms(): Promise<TestKms> {
  const [region, keys] = ['eu-west-3', { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'correct/horse+battery' }]
  const names = new Map<string, string>()
  const ciphertexts = new Map<string, Ciphertext>()

  let refusal: KmsRefusal | undefined

  function refuseWhatIsTold(operation: string | undefined): void {
    if (refusal === undefined) return
    const { operation: refused, code, status } = refusal
    if (refused === undefined || operation === `TrentService.${refused}`) throw new KmsException(code, status)
  }

  function answer(operation: string | undefined, asked: Asked): object {
    const arn = names.get(asked.KeyId)
    if (arn === undefined) throw new KmsException('NotFoundException')
    const context = JSON.stringify(Object.entries(asked.EncryptionContext ?? {}).sort())
    if (operation === 'TrentService.Encrypt') {
      const blob = randomBytes(180).toString('base64')
      ciphertexts.set(blob, { arn, plaintext: asked.Plaintext ?? '', context })
      return { CiphertextBlob: blob, KeyId: arn, EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' }
    }
    if (operation !== 'TrentService.Decrypt') throw new KmsException('UnknownOperationException')
    const found = ciphertexts.get(asked.CiphertextBlob ?? '')
    if (found === undefined || found.context !== context) throw new KmsException('InvalidCiphertextException')
    if (found.arn !== arn) throw new KmsException('IncorrectKeyException')
    return { Plaintext: found.plaintext, KeyId: arn, EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' }
  }

  const server = createServer(async (request, response) => {
    const body = await buffer(request)
    try {
      if (refusalOf(request, body, keys, 'kms') !== undefined) throw new KmsException('InvalidSignatureException')
      const operation = request.headers['x-amz-target']?.toString()
      refuseWhatIsTold(operation)
      const given = answer(operation, JSON.parse(body.toString()))
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(given))
    } catch (error) {
      const { message, status } = error as KmsException
      const text = JSON.stringify({ __type: message, message: `Asked by ${keys.accessKeyId}` })
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(text)
    }
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    endpoint,
    environment: {
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: keys.accessKeyId,
      AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
      FACET_CUSTODY_KMS_ENDPOINT: endpoint,
    },
    newKey() {
      const arn = `arn:aws:kms:${region}:111122223333:key/${crypto.randomUUID()}`
      names.set(arn, arn)
      return arn
    },
    alias: (name, arn) => void names.set(name, arn),
    refuse(how) {
      refusal = how
    },
    async close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
