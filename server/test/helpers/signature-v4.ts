import { createHash, createHmac } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** Who may sign. */
export interface SigningKeys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/**
 * What a store answers to a signed request (AWS Signature Version 4, in the header) that is not right: the code of the
 * refusal. Undefined when the request and its body are as they were signed.
 */
export function refusalOf(
  request: IncomingMessage,
  body: Buffer,
  { accessKeyId, secretAccessKey }: SigningKeys,
): 'AccessDenied' | 'InvalidAccessKeyId' | 'SignatureDoesNotMatch' | undefined {
  const form =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8}\/[\w-]+\/s3\/aws4_request), SignedHeaders=([\w;-]+), Signature=(\w+)$/
  const [, id, scope = '', names = '', signature] = form.exec(request.headers.authorization ?? '') ?? []
  if (id === undefined || !names.split(';').includes('host')) return 'AccessDenied'
  if (id !== accessKeyId) return 'InvalidAccessKeyId'
  if (request.headers['x-amz-content-sha256'] !== sha256(body)) return 'SignatureDoesNotMatch'
  const text = ['AWS4-HMAC-SHA256', request.headers['x-amz-date'], scope, sha256(canonical(request, names))].join('\n')
  const key = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`)
  return hmac(key, text).toString('hex') === signature ? undefined : 'SignatureDoesNotMatch'
}

function canonical({ method, url = '', headers }: IncomingMessage, names: string): string {
  const { pathname, searchParams } = new URL(url, 'http://store')
  const query = [...searchParams].map((pair) => pair.map(encodeURIComponent).join('=')).sort()
  const lines = names.split(';').map((name) => `${name}:${headers[name]}\n`)
  return [method, pathname, query.join('&'), lines.join(''), names, headers['x-amz-content-sha256']].join('\n')
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}
