import type { FeedEvent } from './operations.generated.ts'

/** A post is not what Facet sent, or was sent too long ago. */
export class WebhookError extends Error {
  override readonly name = 'WebhookError'
}

export interface ReceivedWebhook {
  /** Of the post, by their names in lower case, or as `Headers`. */
  readonly headers: Headers | Readonly<Record<string, string | readonly string[] | undefined>>
  /** As it came, before it is parsed. */
  readonly body: string | Uint8Array
  /** The endpoint's secret, `whsec_…`; several while one takes the place of another. */
  readonly secret: string | readonly string[]
  /** Default: now. */
  readonly now?: Date | undefined
}

/** How far the sender's clock and the receiver's may be apart: what Standard Webhooks 1.0 recommends. */
const toleranceMs = 5 * 60_000

/**
 * The event of a post to an endpoint whose `signature` is `standard` (Standard Webhooks 1.0). Throws `WebhookError` when
 * no signature is by one of the secrets, and when it was made more than five minutes before or after `now`. Needs WebCrypto.
 */
export async function verifyWebhook({ headers, body, secret, now }: ReceivedWebhook): Promise<FeedEvent> {
  const [id, timestamp, signatures] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => {
    const value = headers instanceof Headers ? headers.get(name) : headers[name]
    if (typeof value !== 'string' || value === '') throw new WebhookError(`There is no header ${name}`)
    return value
  }) as [string, string, string]
  const sentMs = /^\d{1,12}$/.test(timestamp) ? Number(timestamp) * 1_000 : Number.NaN
  const apartMs = Math.abs((now ?? new Date()).getTime() - sentMs)
  if (!(apartMs <= toleranceMs)) throw new WebhookError('It was not sent in the last five minutes')
  const bytes = typeof body === 'string' ? encode(body) : body
  const signed = join(encode(`${id}.${timestamp}.`), bytes)
  if (!(await isSigned(signed, signatures, [secret].flat()))) throw new WebhookError('No signature is by the secret')
  return JSON.parse(new TextDecoder().decode(bytes))
}

async function isSigned(signed: Bytes, signatures: string, secrets: readonly string[]): Promise<boolean> {
  const given = signatures.split(' ').flatMap((each) => (each.startsWith('v1,') ? [fromBase64(each.slice(3))] : []))
  for (const secret of secrets) {
    const bytes = fromBase64(secret.replace(/^whsec_/, ''))
    if (bytes === undefined || bytes.length === 0) throw new TypeError('The secret is not one of a webhook endpoint')
    const key = await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify'])
    for (const signature of given) {
      if (signature !== undefined && (await crypto.subtle.verify('HMAC', key, signature, signed))) return true
    }
  }
  return false
}

type Bytes = Uint8Array<ArrayBuffer>

function encode(text: string): Bytes {
  return new TextEncoder().encode(text)
}

function join(head: Uint8Array, tail: Uint8Array): Bytes {
  const whole = new Uint8Array(head.length + tail.length)
  whole.set(head)
  whole.set(tail, head.length)
  return whole
}

/** Undefined when it is no base64. */
function fromBase64(text: string): Bytes | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
  } catch {
    return undefined
  }
}
