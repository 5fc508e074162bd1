import { createHmac } from 'node:crypto'
import type { SignatureStyle } from './webhooks.types.ts'

/** A secret that signs. */
export interface SigningSecret {
  /** UUIDv7 of its row. */
  readonly id: string
  /** `whsec_` and base64. */
  readonly secret: string
  readonly expiresAt: Date | null
}

/** What is signed. */
export interface Message {
  /** The event's id: the same in every attempt and for every endpoint. */
  readonly id: string
  readonly appId: string
  /** From 1. */
  readonly attempt: number
  readonly sentAt: Date
  /** The event as JSON. */
  readonly event: string
}

/** What is sent. */
export interface SignedMessage {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const sign: Record<SignatureStyle, (message: Message, secrets: readonly SigningSecret[]) => SignedMessage> = {
  standard: signStandard,
  original: signOriginal,
}

/** Signs a message with the secrets that have not expired, the newest first. Throws RangeError when there is none. */
export function signMessage(style: SignatureStyle, message: Message, secrets: readonly SigningSecret[]): SignedMessage {
  const valid = secrets.filter(({ expiresAt }) => expiresAt === null || expiresAt > message.sentAt)
  if (valid.length === 0) throw new RangeError('No secret to sign with')
  return sign[style](message, valid)
}

/** What a secret is called where a signature names its key: `key-` and the last twelve digits of its row's id. */
export function keyIdOf(secretId: string): string {
  return `key-${secretId.slice(-12)}`
}

/**
 * Standard Webhooks 1.0: HMAC-SHA256 with the secret's decoded bytes over `id.timestamp.body`, one signature for each
 * secret, so that a receiver may hold the new one or the old one while a rotation overlaps.
 */
function signStandard(message: Message, secrets: readonly SigningSecret[]): SignedMessage {
  const timestamp = String(Math.floor(message.sentAt.getTime() / 1000))
  const signed = `${message.id}.${timestamp}.${message.event}`
  const signatures = secrets.map(({ secret }) => {
    const key = Buffer.from(secret.slice('whsec_'.length), 'base64')
    return `v1,${createHmac('sha256', key).update(signed).digest('base64')}`
  })
  return {
    headers: { 'webhook-id': message.id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') },
    body: message.event,
  }
}

/**
 * Four headers, and the ids in the body too (original.md 4.5). The form of the signature is not documented there; ours
 * is the key's id, a comma, and HMAC-SHA256 with the secret's text over the body, in hexadecimal. There is room for one
 * signature: while a rotation overlaps it is the old secret's, so that the receiver has that time to take up the new.
 */
function signOriginal(message: Message, secrets: readonly SigningSecret[]): SignedMessage {
  const ids = { app_uid: message.appId, webhook_correlation_id: message.id }
  const body = `${JSON.stringify(ids).slice(0, -1)},${message.event.slice(1)}`
  const secret = secrets.at(-1) as SigningSecret
  const signature = createHmac('sha256', secret.secret).update(body).digest('hex')
  return {
    headers: {
      'x-app-uid': message.appId,
      'x-webhook-correlation-id': message.id,
      'x-webhook-attempt': String(message.attempt),
      'x-webhook-signature': `${keyIdOf(secret.id)},${signature}`,
    },
    body,
  }
}
