import { createHash, createHmac } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** Who may sign. */
export interface SigningKeys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/**
 * What a service answers to a signed request (AWS Signature Version 4, in the header) that is not right: the code of the
 * refusal, as a store has it. Undefined when the request and its body are as they were signed.
 */
export function refusalOf(
  request: IncomingMessage,
  body: Buffer,
  { accessKeyId, secretAccessKey }: SigningKeys,
  service: 's3' | 'kms' = 's3',
): 'AccessDenied' | 'InvalidAccessKeyId' | 'SignatureDoesNotMatch' | undefined {
  const form =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8}\/[\w-]+\/(\w+)\/aws4_request), SignedHeaders=([\w;-]+), Signature=(\w+)$/
  const [, id, scope = '', signedFor, names = '', signature] = form.exec(request.headers.authorization ?? '') ?? []
  if (id === undefined || signedFor !== service || !names.split(';').includes('host')) return 'AccessDenied'
  if (id !== accessKeyId) return 'InvalidAccessKeyId'
  // A store wants the digest in a header too; others find it in the signature alone.
  const named = request.headers['x-amz-content-sha256']
  if ((service === 's3' || named !== undefined) && named !== sha256(body)) return 'SignatureDoesNotMatch'
  const text = ['AWS4-HMAC-SHA256', request.headers['x-amz-date'], scope, sha256(canonical(request, body, names))].join(
    '\n',
  )
  const key = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`)
  return hmac(key, text).toString('hex') === signature ? undefined : 'SignatureDoesNotMatch'
}

function canonical({ method, url = '', headers }: IncomingMessage, body: Buffer, names: string): string {
  const { pathname, searchParams } = new URL(url, 'http://store')
  const query = [...searchParams].map((pair) => pair.map(encodeURIComponent).join('=')).sort()
  const lines = names.split(';').map((name) => `${name}:${headers[name]}\n`)
  return [method, pathname, query.join('&'), lines.join(''), names, sha256(body)].join('\n')
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}
