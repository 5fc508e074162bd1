import { describe, expect, it } from 'vitest'
import { type Message, type SigningSecret, signMessage } from '../../server/src/core/webhooks/signatures.rules.ts'
import { mintWebhookSecret } from '../../server/src/core/webhooks/webhooks.rules.ts'
import { verifyWebhook, WebhookError } from '../src/webhooks.ts'

const sentAt = new Date('2026-11-22T10:00:00.900Z')
const message: Message = {
  id: '019ab0c4-5f00-7b42-9c2e-3a7d8e9f0a12',
  appId: '019ab0c4-5f00-7a3e-8b1d-2f6c7d8e9f01',
  attempt: 1,
  sentAt,
  event: '{"id":"019ab0c4-5f00-7b42-9c2e-3a7d8e9f0a12","data":{"after":{"city":"Köln"}}}',
}
const secretOf = (expiresAt: Date | null): SigningSecret => ({
  id: 'a'.repeat(36),
  secret: mintWebhookSecret(),
  expiresAt,
})
const newest = secretOf(null)
const old = secretOf(new Date(sentAt.getTime() + 60_000))
const stranger = secretOf(null)
const { headers, body } = signMessage('standard', message, [newest, old])
const post = { headers, body, now: sentAt }

describe('verifyWebhook', () => {
  it('gives the event of a post that the server signed, by either secret of an overlap', async () => {
    for (const secret of [newest.secret, old.secret, [stranger.secret, newest.secret]]) {
      expect(await verifyWebhook({ ...post, secret })).toEqual(JSON.parse(message.event))
    }
  })

  it('takes bytes and Headers too', async () => {
    const received = { ...post, headers: new Headers(headers), body: Buffer.from(body), secret: newest.secret }
    expect(await verifyWebhook(received)).toEqual(JSON.parse(message.event))
  })

  it('refuses other secrets, other bodies, other ids and other times', async () => {
    const secret = newest.secret
    const others = [
      { ...post, secret: stranger.secret },
      { ...post, secret: [] },
      { ...post, secret, body: body.replace('Köln', 'Bonn') },
      { ...post, secret, body: `${body} ` },
      { ...post, secret, headers: { ...headers, 'webhook-id': message.appId } },
      { ...post, secret, headers: { ...headers, 'webhook-timestamp': String(sentAt.getTime() / 1_000 + 1) } },
    ]
    for (const other of others) await expect(verifyWebhook(other)).rejects.toThrow(WebhookError)
  })

  it('refuses signatures that are missing, cut, of another version or no base64', async () => {
    const [, signature = ''] = /^v1,(\S+)/.exec(headers['webhook-signature'] ?? '') ?? []
    for (const other of [
      '',
      signature,
      `v2,${signature}`,
      `v1,${signature.slice(0, -4)}`,
      'v1,',
      'v1,ü',
      `v1a,${signature}`,
    ]) {
      const received = { ...post, headers: { ...headers, 'webhook-signature': other }, secret: newest.secret }
      await expect(verifyWebhook(received), other).rejects.toThrow(WebhookError)
    }
    for (const name of Object.keys(headers).filter((each) => each.startsWith('webhook-'))) {
      const received = { ...post, headers: { ...headers, [name]: undefined }, secret: newest.secret }
      await expect(verifyWebhook(received)).rejects.toThrow(name)
    }
  })

  it('finds the good one among several', async () => {
    const several = { ...headers, 'webhook-signature': `v1a,x v1,ü v1,aaaa ${headers['webhook-signature']}` }
    expect(await verifyWebhook({ ...post, headers: several, secret: old.secret })).toEqual(JSON.parse(message.event))
  })

  it('refuses what was made more than five minutes before or after', async () => {
    const second = Math.floor(sentAt.getTime() / 1_000) * 1_000
    for (const [apartMs, good] of [
      [300_000, true],
      [-300_000, true],
      [300_001, false],
      [-300_001, false],
    ] as const) {
      const verified = verifyWebhook({ ...post, secret: newest.secret, now: new Date(second + apartMs) })
      if (good) await verified
      else await expect(verified).rejects.toThrow(WebhookError)
    }
    await expect(verifyWebhook({ headers, body, secret: newest.secret })).rejects.toThrow(WebhookError)
    const nonsense = { ...post, headers: { ...headers, 'webhook-timestamp': 'soon' }, secret: newest.secret }
    await expect(verifyWebhook(nonsense)).rejects.toThrow(WebhookError)
  })

  it('calls a secret that is none a mistake of the receiver', async () => {
    for (const secret of ['whsec_', 'whsec_ü', '']) {
      await expect(verifyWebhook({ ...post, secret })).rejects.toThrow(TypeError)
    }
  })
})
