import { afterEach, describe, expect, it } from 'vitest'
import { freePort } from '../../../test/helpers/facet-process.ts'
import {
  decodeWords,
  type MailServer,
  type MailServerOptions,
  openMailServer,
  SmtpAnswer,
} from '../../../test/helpers/mail-server.ts'
import { makeCertificate } from '../../../test/helpers/test-certificate.ts'
import type { MailMessage } from '../../core/ports.ts'
import { createMailer, findSmtpTrouble, type MailerOptions, type OpenMailer } from './mailer.ts'
import { readSmtpUrl } from './smtp-url.ts'

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (let close = closers.pop(); close !== undefined; close = closers.pop()) await close()
})

async function openServer(options: MailServerOptions = {}): Promise<MailServer> {
  const server = await openMailServer(options)
  closers.push(() => server.close())
  return server
}

function openMailer(url: string, options?: MailerOptions): OpenMailer {
  const mailer = createMailer({ url, from: { name: 'Fäcet', address: 'noreply@facet.example.com' } }, options)
  closers.push(() => mailer.close(0))
  return mailer
}

const message: MailMessage = {
  id: '019ab0c4-5f00-7a3e-8b1d-2f6c7d8e9f01',
  to: 'ada@example.org',
  subject: 'Your code',
  text: 'It is 123456.',
  at: new Date('2026-11-03T10:20:30.456Z'),
}

describe('a mail that the server takes', () => {
  it('comes once, to its one recipient, with every header as it must be', async () => {
    const server = await openServer()
    const outcome = await openMailer(`smtp://127.0.0.1:${server.port}`).send(message)
    expect(outcome).toEqual({ kind: 'accepted' })
    expect(server.received).toHaveLength(1)
    const [mail] = server.received
    expect(mail).toMatchObject({ from: 'noreply@facet.example.com', to: ['ada@example.org'], text: 'It is 123456.' })
    const { from = '', ...headers } = mail?.headers ?? {}
    expect(decodeWords(from)).toBe('Fäcet <noreply@facet.example.com>')
    expect(headers).toEqual({
      to: 'ada@example.org',
      subject: 'Your code',
      date: 'Tue, 03 Nov 2026 10:20:30 +0000',
      'message-id': `<${message.id}@facet.example.com>`,
      'auto-submitted': 'auto-generated',
      'mime-version': '1.0',
      'content-type': 'text/plain; charset=utf-8',
      'content-transfer-encoding': '7bit',
    })
  })

  it('keeps subject and text to the letter, whatever their script, and nothing in them reaches the protocol', async () => {
    const server = await openServer()
    const mailer = openMailer(`smtp://127.0.0.1:${server.port}`)
    const texts = {
      subject: 'Přihlášení – 验证码 🔑 '.repeat(8).trim(),
      text: `Grüße\n.\n..\nRCPT TO:<eve@example.org>\n\nFrom: eve\n验证码 123456 🔑\n${'long '.repeat(300)}`,
    }
    expect(await mailer.send({ ...message, ...texts })).toEqual({ kind: 'accepted' })
    const [mail] = server.received
    expect(mail?.raw).toMatch(/^[\n\x20-\x7e]*$/)
    expect(mail?.raw.split('\n').every((line) => line.length <= 998)).toBe(true)
    expect(decodeWords(mail?.headers.subject ?? '')).toBe(texts.subject)
    expect(mail?.text).toBe(texts.text)
    expect(mail?.to).toEqual(['ada@example.org'])
  })

  it('goes over the same connection as the one before', async () => {
    const server = await openServer({ password: 'x' })
    const mailer = openMailer(`smtp://u:x@127.0.0.1:${server.port}`)
    for (let n = 0; n < 5; n++) expect(await mailer.send(message)).toEqual({ kind: 'accepted' })
    expect(server.received).toHaveLength(5)
    expect(server.connections).toBe(1)
  })
})

describe('a mail that is not taken', () => {
  it('is refused when the server will never take it, and deferred when it may', async () => {
    let code = 0
    const server = await openServer({
      onRecipient(address) {
        if (address.startsWith('rcpt')) throw new SmtpAnswer(code, `<${address}> hunter2`)
      },
      onMail(mail) {
        if (mail.to[0]?.startsWith('data')) throw new SmtpAnswer(code, `${mail.to} ${mail.text}`)
      },
    })
    const mailer = openMailer(`smtp://127.0.0.1:${server.port}`)
    const send = (to: string, answer: number) => {
      code = answer
      return mailer.send({ ...message, to })
    }
    expect(await send('rcpt@example.org', 550)).toEqual({ kind: 'refused', reason: 'RCPT TO was answered with 550' })
    expect(await send('data@example.org', 554)).toEqual({ kind: 'refused', reason: 'DATA was answered with 554' })
    expect(await send('rcpt@example.org', 450)).toEqual({ kind: 'deferred', reason: 'RCPT TO was answered with 450' })
    expect(await send('data@example.org', 451)).toEqual({ kind: 'deferred', reason: 'DATA was answered with 451' })
    expect(await send('ada@example.org', 0)).toEqual({ kind: 'accepted' })
  })

  it('is deferred while nobody listens, does not let us in, says nothing, or no server is set up', async () => {
    const nowhere = openMailer(`smtp://u:hunter2@127.0.0.1:${await freePort()}`)
    expect(await nowhere.send(message)).toEqual({
      kind: 'deferred',
      reason: expect.stringMatching(/^connect ECONNREFUSED [^@]*$/),
    })
    const closed = await openServer({ password: 'correct-horse' })
    const outcome = await openMailer(`smtp://u:hunter2@127.0.0.1:${closed.port}`).send(message)
    expect(outcome).toEqual({ kind: 'deferred', reason: 'AUTH PLAIN was answered with 535' })
    const silent = await openServer({ onMail: () => new Promise(() => {}) })
    const late = await openMailer(`smtp://127.0.0.1:${silent.port}`, { timeoutMs: 200 }).send(message)
    expect(late).toMatchObject({ kind: 'deferred' })
    expect(await createMailer(undefined).send(message)).toEqual({ kind: 'deferred', reason: 'SMTP_URL is not set' })
  })

  it('is deferred when it is under way at the end, which waits no longer than it is told', async () => {
    const silent = await openServer({ onMail: () => new Promise(() => {}) })
    const mailer = createMailer({
      url: `smtp://127.0.0.1:${silent.port}`,
      from: { name: '', address: 'f@example.com' },
    })
    const outcome = mailer.send(message)
    await silent.until(() => silent.offered === 1)
    await mailer.close(50)
    expect(await outcome).toMatchObject({ kind: 'deferred' })
  })
})

describe('TLS', () => {
  const own = makeCertificate(['localhost'])
  const other = makeCertificate(['mail.example.com'])

  it.each(['smtp', 'smtps'] as const)('%s:// sends over TLS to a server whose certificate is good', async (scheme) => {
    const server = await openServer({ ...own, secure: scheme === 'smtps' })
    const mailer = openMailer(`${scheme}://localhost:${server.port}`, { ca: own.cert })
    expect(await mailer.send(message)).toEqual({ kind: 'accepted' })
    expect(server.received[0]?.secure).toBe(true)
  })

  it.each(['smtp', 'smtps'] as const)('%s:// sends nothing to one whose certificate is not', async (scheme) => {
    for (const [certificate, ca] of [
      [own, undefined],
      [other, other.cert],
    ] as const) {
      const server = await openServer({ ...certificate, secure: scheme === 'smtps' })
      const mailer = openMailer(`${scheme}://localhost:${server.port}`, ca === undefined ? {} : { ca })
      expect(await mailer.send(message)).toEqual({
        kind: 'deferred',
        reason: expect.stringMatching(/certificate|altnames/),
      })
      expect(server.offered).toBe(0)
    }
  })

  it('is required with a password, unless the server is on this machine', () => {
    expect(readSmtpUrl('smtp://u:p%40ss@mail.example.com')).toEqual({
      host: 'mail.example.com',
      port: 587,
      secure: false,
      requireTLS: true,
      auth: { user: 'u', pass: 'p@ss' },
    })
    expect(readSmtpUrl('smtps://u:p@mail.example.com')).toMatchObject({ port: 465, secure: true })
    for (const host of ['localhost', '127.0.0.1', '[::1]']) {
      expect(readSmtpUrl(`smtp://u:p@${host}:25`)).toMatchObject({ port: 25, requireTLS: false })
    }
    expect(readSmtpUrl('smtp://relay.internal:25')).toMatchObject({ requireTLS: false })
  })
})

describe('findSmtpTrouble', () => {
  it('finds none where the server lets us in, and says what it is elsewhere, without the password', async () => {
    const server = await openServer({ password: 'correct-horse' })
    expect(await findSmtpTrouble(`smtp://u:correct-horse@127.0.0.1:${server.port}`)).toBeUndefined()
    expect(await findSmtpTrouble(`smtp://u:hunter2@127.0.0.1:${server.port}`)).toBe('AUTH PLAIN was answered with 535')
    expect(await findSmtpTrouble(`smtp://127.0.0.1:${await freePort()}`)).toMatch(/^connect ECONNREFUSED/)
  })
})
