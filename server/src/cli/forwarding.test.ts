import { Webhook } from 'standardwebhooks'
import { afterEach, describe, expect, it } from 'vitest'
import { type Answer, accept, openReceiver, type WebhookReceiver } from '../../test/helpers/webhook-receiver.ts'
import { mintWebhookSecret } from '../core/webhooks/webhooks.rules.ts'
import { type ForwardOptions, forward } from './forwarding.ts'

const receivers: WebhookReceiver[] = []
afterEach(async () => void (await Promise.all(receivers.splice(0).map((receiver) => receiver.close()))))

const event = {
  id: '019ab0c9-1a80-7c11-a2b3-4c5d6e7f8091',
  appId: 'a',
  json: '{"data":{"large":12345678901234567890}}',
}
const secret = mintWebhookSecret()
const never = new AbortController().signal

async function forwardTo(answer: Answer, options: Partial<ForwardOptions> = {}) {
  const receiver = await openReceiver(answer)
  receivers.push(receiver)
  return { receiver, ...(await forward(event, { url: `http://${receiver.host}/`, secret, signal: never, ...options })) }
}

describe('an event that is forwarded', () => {
  it('comes as the feed has it, to the letter, signed as a standard webhook, on a connection of its own', async () => {
    const { receiver, status, error } = await forwardTo(accept)
    expect({ status, error }).toEqual({ status: 204, error: undefined })
    const [got] = receiver.received
    expect(got?.body).toBe(event.json)
    expect(got?.headers).toMatchObject({ 'webhook-id': event.id, connection: 'close' })
    new Webhook(secret).verify(got?.body ?? '', got?.headers as Record<string, string>)
  })

  it('is not sent on to where the receiver redirects', async () => {
    const away: Answer = (_request, response) => void response.writeHead(302, { location: '/elsewhere' }).end()
    const { receiver, status } = await forwardTo(away)
    expect(status).toBe(302)
    expect(receiver.received).toHaveLength(1)
  })

  it('is given up when no answer comes in time', async () => {
    const { status, error } = await forwardTo(() => {}, { timeoutMs: 200 })
    expect({ status, error }).toEqual({ status: undefined, error: 'no answer within 0.2 s' })
  })

  it('has come when the status has, whatever becomes of the rest of the answer', async () => {
    const endless: Answer = (_request, response) => void response.writeHead(200).write('and')
    expect((await forwardTo(endless, { timeoutMs: 500 })).status).toBe(200)
  })

  it('fails in words when nobody is there', async () => {
    const { receiver } = await forwardTo(accept)
    await receiver.close()
    receivers.pop()
    const { status, error } = await forward(event, { url: `http://${receiver.host}/`, secret, signal: never })
    expect({ status, error }).toEqual({ status: undefined, error: 'ECONNREFUSED' })
  })

  it('is broken off when the command is to end', async () => {
    const stopping = new AbortController()
    const forwarding = forwardTo(() => stopping.abort(), { signal: stopping.signal })
    await expect(forwarding).rejects.toMatchObject({ name: 'AbortError' })
  })
})
