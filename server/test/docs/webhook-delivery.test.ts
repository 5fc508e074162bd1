import { describe, expect, it } from 'vitest'
import { deliverySection } from '../../../scripts/docs/webhook-delivery.ts'
import { promisedSchedule } from '../../src/core/webhooks/schedule.rules.ts'
import { keyIdOf, type Message, type SigningSecret, signMessage } from '../../src/core/webhooks/signatures.rules.ts'
import { mintWebhookSecret } from '../../src/core/webhooks/webhooks.rules.ts'

type ReadEvent = (headers: Readonly<Record<string, string>>, body: string, secret: unknown) => unknown

/** The receivers that the document prints: Standard Webhooks first. */
async function receivers(): Promise<{ standard: ReadEvent; original: ReadEvent }> {
  const blocks = [...deliverySection().matchAll(/```js\n(.*?)```/gs)].map(([, code = '']) => code)
  expect(blocks).toHaveLength(2)
  const library = import.meta.resolve('standardwebhooks')
  const [standard, original] = await Promise.all(
    blocks.map((code) => {
      const source = code.replace("'standardwebhooks'", JSON.stringify(library))
      const url = `data:text/javascript,${encodeURIComponent(source)}`
      return import(/* @vite-ignore */ url)
    }),
  )
  return { standard: standard.readEvent, original: original.readEvent }
}

const message: Message = {
  id: '019ab0c4-5f00-7b42-9c2e-3a7d8e9f0a12',
  appId: '019ab0c4-5f00-7a3e-8b1d-2f6c7d8e9f01',
  attempt: 1,
  sentAt: new Date(),
  event: '{"id":"019ab0c4-5f00-7b42-9c2e-3a7d8e9f0a12","data":{"after":{"city":"Köln"}}}',
}
const newest: SigningSecret = { id: 'a'.repeat(36), secret: mintWebhookSecret(), expiresAt: null }
const old: SigningSecret = { id: 'b'.repeat(36), secret: mintWebhookSecret(), expiresAt: new Date(Date.now() + 60_000) }
const stranger: SigningSecret = { ...newest, secret: mintWebhookSecret() }
const mapOf = (...secrets: SigningSecret[]) => new Map(secrets.map(({ id, secret }) => [keyIdOf(id), secret]))

describe('the code of docs/webhooks.md', () => {
  it('verifies Standard Webhooks with either secret of an overlap, and with no other', async () => {
    const { standard } = await receivers()
    const { headers, body } = signMessage('standard', message, [newest, old])
    for (const { secret } of [newest, old]) expect(standard(headers, body, secret)).toEqual(JSON.parse(message.event))
    expect(() => standard(headers, body, stranger.secret)).toThrow()
    expect(() => standard(headers, body.replace('Köln', 'Bonn'), newest.secret)).toThrow()
  })

  it('verifies the original signature by its key, before and after an overlap ends', async () => {
    const { original } = await receivers()
    for (const secrets of [[newest, old], [newest]]) {
      const { headers, body } = signMessage('original', message, secrets)
      expect(original(headers, body, mapOf(newest, old))).toMatchObject(JSON.parse(message.event))
      expect(() => original(headers, body, mapOf(stranger, { ...old, secret: stranger.secret }))).toThrow()
      expect(() => original(headers, body, new Map())).toThrow('There is no signature of a known key')
      expect(() => original({}, body, mapOf(newest, old))).toThrow('There is no signature of a known key')
      expect(() => original(headers, `${body} `, mapOf(newest, old))).toThrow()
      const cut = { 'x-webhook-signature': headers['x-webhook-signature']?.slice(0, -2) ?? '' }
      expect(() => original(cut, body, mapOf(newest, old))).toThrow('The signature is not good')
    }
  })
})

describe('the prose of docs/webhooks.md', () => {
  it('promises the schedule that is kept', () => {
    const [, waits = '', share] = /is repeated after (.*?), each (\d+) %/s.exec(deliverySection()) ?? []
    const units: Readonly<Record<string, number>> = { second: 1_000, minute: 60_000, hour: 3_600_000 }
    const told = [...waits.matchAll(/(\d+)\s(second|minute|hour)/g)].map(
      ([, count, unit = '']) => Number(count) * (units[unit] ?? Number.NaN),
    )
    expect(told).toEqual(promisedSchedule.delaysMs)
    expect(Number(share) / 100).toBe(promisedSchedule.jitter)
    expect(deliverySection()).toContain(`failed for ${promisedSchedule.disableAfterMs / 86_400_000} days`)
  })
})
