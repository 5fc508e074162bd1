import { createHmac } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import { describe, expect, it } from 'vitest'
import { keyIdOf, type Message, type SigningSecret, signMessage } from './signatures.rules.ts'
import { mintWebhookSecret } from './webhooks.rules.ts'

const hour = 3_600_000

function newSecret(tail: string, expiresAt: Date | null = null): SigningSecret {
  return { id: `019ab0c4-5f00-7a3e-8b1d-${tail.padStart(12, '0')}`, secret: mintWebhookSecret(), expiresAt }
}

function newMessage(sentAt = new Date()): Message {
  return {
    id: '019ab0c4-5f00-7b42-9c2e-3a7d8e9f0a12',
    appId: '019ab0c4-5f00-7a3e-8b1d-2f6c7d8e9f01',
    attempt: 3,
    sentAt,
    event: '{"id":"019ab0c4-5f00-7b42-9c2e-3a7d8e9f0a12","type":"profile.created","data":{"after":{"city":"Köln"}}}',
  }
}

/** Verifies as a receiver does: with the public library, over what came. Throws when the signature is not good. */
function verifyStandard(secret: SigningSecret, message: Message, secrets: readonly SigningSecret[]): unknown {
  const { headers, body } = signMessage('standard', message, secrets)
  return new Webhook(secret.secret).verify(body, { ...headers })
}

describe('a message signed as Standard Webhooks', () => {
  it('is good for the public library, whose answer is the event', () => {
    const secret = newSecret('1')
    const message = newMessage()
    expect(verifyStandard(secret, message, [secret])).toEqual(JSON.parse(message.event))
  })

  it('is good for the old secret and for the new one while a rotation overlaps, and for no other', () => {
    const message = newMessage()
    const fresh = newSecret('2')
    const old = newSecret('1', new Date(message.sentAt.getTime() + hour))
    for (const held of [fresh, old]) expect(verifyStandard(held, message, [fresh, old])).toBeDefined()
    expect(() => verifyStandard(newSecret('3'), message, [fresh, old])).toThrow('No matching signature')
  })

  it('is good for the new secret alone from the moment on at which the old one expires', () => {
    const message = newMessage()
    const fresh = newSecret('2')
    const old = newSecret('1', message.sentAt)
    expect(verifyStandard(fresh, message, [fresh, old])).toBeDefined()
    expect(() => verifyStandard(old, message, [fresh, old])).toThrow('No matching signature')
    expect(signMessage('standard', message, [fresh, old]).headers['webhook-signature']).not.toContain(' ')
  })

  it('is not good any more with its body, id or time changed', () => {
    const secret = newSecret('1')
    const { headers, body } = signMessage('standard', newMessage(), [secret])
    const webhook = new Webhook(secret.secret)
    expect(() => webhook.verify(body.replace('Köln', 'Bonn'), { ...headers })).toThrow()
    expect(() => webhook.verify(body, { ...headers, 'webhook-id': 'other' })).toThrow()
    const later = String(Number(headers['webhook-timestamp']) + 1)
    expect(() => webhook.verify(body, { ...headers, 'webhook-timestamp': later })).toThrow()
  })

  // The example of https://github.com/standard-webhooks/standard-webhooks, libraries/javascript/src/webhook.test.ts.
  it('is the published vector', () => {
    const message = {
      ...newMessage(new Date(1_614_265_330_000)),
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      event: '{"test": 2432232314}',
    }
    const secret = { ...newSecret('1'), secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' }
    expect(signMessage('standard', message, [secret])).toEqual({
      headers: {
        'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
        'webhook-timestamp': '1614265330',
        'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
      },
      body: '{"test": 2432232314}',
    })
  })
})

describe('a message signed in the original way', () => {
  it('has four headers, the ids in its body too, and the hexadecimal HMAC of the body behind the key id', () => {
    const secret = newSecret('abc')
    const message = newMessage()
    const { headers, body } = signMessage('original', message, [secret])
    expect(JSON.parse(body)).toEqual({
      app_uid: message.appId,
      webhook_correlation_id: message.id,
      ...JSON.parse(message.event),
    })
    const signature = createHmac('sha256', secret.secret).update(body).digest('hex')
    expect(headers).toEqual({
      'x-app-uid': message.appId,
      'x-webhook-correlation-id': message.id,
      'x-webhook-attempt': '3',
      'x-webhook-signature': `key-000000000abc,${signature}`,
    })
  })

  it('is signed with the old secret while a rotation overlaps, and with the new one from its end on', () => {
    const message = newMessage()
    const fresh = newSecret('2')
    const keyAt = (expiresAt: Date) => {
      const { headers } = signMessage('original', message, [fresh, newSecret('1', expiresAt)])
      return headers['x-webhook-signature']?.split(',')[0]
    }
    expect(keyAt(new Date(message.sentAt.getTime() + 1))).toBe('key-000000000001')
    expect(keyAt(message.sentAt)).toBe('key-000000000002')
  })

  // The signature was computed by another implementation: printf … | openssl dgst -sha256 -hmac ….
  it('is the fixed vector', () => {
    const message = { ...newMessage(), id: 'event', appId: 'app', attempt: 1, event: '{"a":1}' }
    const secret = { ...newSecret('7'), secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' }
    expect(signMessage('original', message, [secret])).toEqual({
      headers: {
        'x-app-uid': 'app',
        'x-webhook-correlation-id': 'event',
        'x-webhook-attempt': '1',
        'x-webhook-signature': 'key-000000000007,4a3474ee8c1606831c7628232e70c7f9f7a8cea2a749eb5e6d7c34b8b4a3a1ee',
      },
      body: '{"app_uid":"app","webhook_correlation_id":"event","a":1}',
    })
  })
})

describe.each(['standard', 'original'] as const)('signing as %s', (style) => {
  it('fails when every secret has expired: nothing is sent without a signature', () => {
    const message = newMessage()
    expect(() => signMessage(style, message, [])).toThrow(RangeError)
    expect(() => signMessage(style, message, [newSecret('1', message.sentAt)])).toThrow(RangeError)
  })
})

describe('keyIdOf', () => {
  it('names a secret by the random end of its id, not by the secret', () => {
    expect(keyIdOf('019ab0c4-5f00-7a3e-8b1d-2f6c7d8e9f01')).toBe('key-2f6c7d8e9f01')
  })
})
