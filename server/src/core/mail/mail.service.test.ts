import { describe, expect, it } from 'vitest'
import { useDatabase } from '../../../test/helpers/database.ts'
import { statusOf } from '../../dialects/native/errors.ts'
import { createSealer } from '../../infra/keys/credentials-key.ts'
import type { Ctx } from '../context.ts'
import { DomainFault, kindOf } from '../errors.ts'
import type { Log, MailMessage, MailOutcome } from '../ports.ts'
import { inTx } from '../transactions.ts'
import { forgetMailCounts, forgetOldOutboxMails, getOutboxMail, listOutbox, sendMail } from './mail.service.ts'
import type { MailInput, MailOrder } from './mail.types.ts'
import { deliverMail } from './mail-delivery.service.ts'

const database = useDatabase()

const mail: MailInput = { to: 'ada@example.org', subject: 'Your code', text: 'It is 123456 ✉.' }
/** Too long to turn up by chance in ids and in what is sealed. */
const plain = ['ada@', 'example.org', 'It is 123456', 'Your code']

async function newSender(mode: 'sandbox' | 'live' = 'live'): Promise<Ctx> {
  return { ...(await database.newApp(mode)), sendsMail: true }
}

/** What waits in the queue for the app, and everything that the queue holds of it as text. */
async function queued({ db, appId }: Ctx): Promise<{ orders: MailOrder[]; text: string }> {
  const rows = await db.query<{ payload: MailOrder; text: string }>(
    `select payload, to_jsonb(j)::text as text from graphile_worker._private_jobs j where payload ->> 'appId' = $1 order by id`,
    [appId],
  )
  return { orders: rows.map(({ payload }) => payload), text: rows.map(({ text }) => text).join() }
}

async function refused(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error) => (error instanceof DomainFault ? error.fault : error),
  )
}

describe('sendMail with a mail server', () => {
  it.each(['sandbox', 'live'] as const)(
    'puts one sealed order of a %s app into the queue, and none into the outbox',
    async (mode) => {
      const ctx = await newSender(mode)
      await inTx(ctx, (tx) => sendMail(tx, mail))
      const { orders, text } = await queued(ctx)
      expect(orders).toHaveLength(1)
      for (const hidden of [...plain, Buffer.from('It is 123456').toString('hex')]) expect(text).not.toContain(hidden)
      expect(await ctx.db.query('select from outbox where app_id = $1', [ctx.appId])).toEqual([])
    },
  )

  it('sends nothing and counts nothing of a transaction that is rolled back', async () => {
    const ctx = await newSender()
    const failed = inTx(ctx, async (tx) => {
      await sendMail(tx, mail)
      throw new Error('changed my mind')
    })
    await expect(failed).rejects.toThrow('changed my mind')
    expect((await queued(ctx)).orders).toEqual([])
    expect(await ctx.db.query('select from mail_counts where app_id = $1', [ctx.appId])).toEqual([])
  })
})

describe('sendMail without a mail server', () => {
  it('throws mail_unavailable in a live app, which is 503, and keeps nothing', async () => {
    const ctx = await database.newApp('live')
    expect(await refused(sendMail(ctx, mail))).toEqual({ code: 'mail_unavailable' })
    expect(kindOf('mail_unavailable')).toBe('unavailable')
    expect(statusOf({ code: 'mail_unavailable' })).toBe(503)
    expect(await ctx.db.query('select from outbox where app_id = $1', [ctx.appId])).toEqual([])
    expect((await queued(ctx)).orders).toEqual([])
  })

  it('keeps the mail of a sandbox app in its outbox, sealed for its own row, with the transaction', async () => {
    const ctx = await database.newApp()
    await inTx(ctx, (tx) => sendMail(tx, mail))
    const undone = inTx(ctx, async (tx) => {
      await sendMail(tx, { ...mail, subject: 'Never' })
      throw new Error('changed my mind')
    })
    await expect(undone).rejects.toThrow()
    const { items } = await listOutbox(ctx, { limit: 10 })
    expect(items).toEqual([{ ...mail, id: expect.any(String), createdAt: expect.any(Date) }])
    expect((await queued(ctx)).orders).toEqual([])

    const [row] = await ctx.db.query<{ id: string; sealed: Buffer; text: string }>(
      'select id, sealed, to_jsonb(o)::text as text from outbox o where app_id = $1',
      [ctx.appId],
    )
    for (const hidden of plain) {
      expect(row?.sealed.includes(hidden)).toBe(false)
      expect(row?.text).not.toContain(hidden)
    }
    const thief = await database.newApp()
    await thief.db.query('insert into outbox (app_id, id, sealed, created_at) values ($1, $2, $3, now())', [
      thief.appId,
      row?.id,
      row?.sealed,
    ])
    await expect(getOutboxMail(thief, row?.id ?? '')).rejects.toThrow(/authenticate/)
  })
})

describe('what sendMail refuses', () => {
  it.each([
    'ada@example.org\r\nBcc: eve@example.org',
    'ada@example.org\nSubject: x',
    'ada@example.org\r',
    'ada@example.org\0',
    'ada@example.org,eve@example.org',
    'ada@example.org;eve@example.org',
    'ada@example.org eve@example.org',
    'Ada <ada@example.org>',
    '<ada@example.org>',
    'friends:ada@example.org;',
    'ada(comment)@example.org',
    '"ada"@example.org',
    'ada@eve@example.org',
    '@example.org',
    'ada@',
    'ada',
    '',
    'ada@example.org\u2028',
    'ada\u200b@example.org',
    'ada@[127.0.0.1]',
    'ada\ud800@example.org',
  ])('the address %j', async (to) => {
    for (const ctx of [await newSender(), await database.newApp()]) {
      const issues = [{ path: ['to'], rule: 'format' }]
      expect(await refused(sendMail(ctx, { ...mail, to }))).toEqual({ code: 'input_invalid', issues })
    }
  })

  it.each(['a\r\nBcc: eve@example.org', 'a\nb', 'a\rb', 'a\0b', 'a\u2028b', 'a\tb', 'a\ud800'])(
    'the subject %j',
    async (subject) => {
      const issues = [{ path: ['subject'], rule: 'text' }]
      expect(await refused(sendMail(await newSender(), { ...mail, subject }))).toEqual({
        code: 'input_invalid',
        issues,
      })
    },
  )

  it('what is too long or empty, all of it at once', async () => {
    const input = { to: `${'a'.repeat(64)}@${'b'.repeat(190)}`, subject: 'x'.repeat(256), text: 'é'.repeat(32_769) }
    expect(await refused(sendMail(await newSender(), input))).toEqual({
      code: 'input_invalid',
      issues: [
        { path: ['to'], rule: 'too_long', limit: 254 },
        { path: ['subject'], rule: 'too_long', limit: 255 },
        { path: ['text'], rule: 'too_long', limit: 65_536 },
      ],
    })
    const empty = await refused(sendMail(await newSender(), { ...mail, subject: ' ', text: 'a\0' }))
    expect(empty).toMatchObject({ issues: [{ rule: 'blank' }, { path: ['text'], rule: 'text' }] })
  })

  it('the eleventh mail of an app to one person in an hour, in whatever spelling and however many at once', async () => {
    const at = new Date('2026-11-03T10:20:00Z')
    const ctx = { ...(await newSender()), now: at }
    const spellings = ['ada@example.org', 'ADA@example.org', 'ａda@example.org']
    const results = await Promise.all(
      Array.from({ length: 15 }, (_, n) => refused(sendMail(ctx, { ...mail, to: spellings[n % 3] ?? '' }))),
    )
    expect(results.filter((fault) => fault === undefined)).toHaveLength(10)
    expect(results.filter((fault) => fault !== undefined)).toEqual(
      Array(5).fill({ code: 'rate_limited', retryAfterMs: 40 * 60_000 }),
    )
    expect((await queued(ctx)).orders).toHaveLength(10)
    await sendMail(ctx, { ...mail, to: 'bob@example.org' })
    await sendMail({ ...(await newSender()), now: at }, mail)
    await sendMail({ ...ctx, now: new Date('2026-11-03T11:00:00Z') }, mail)
    const counts = await ctx.db.query<{ text: string }>('select to_jsonb(c)::text as text from mail_counts c', [])
    for (const hidden of plain) expect(JSON.stringify(counts)).not.toContain(hidden)
  })
})

describe('deliverMail', () => {
  const lines: { fields: object; message: string }[] = []
  const note = (fields: object, message: string) => void lines.push({ fields, message })
  const log: Log = { debug: note, info: note, warn: note, error: note }

  /** Queues a mail, delivers it as the worker does, and gives what the server was handed. */
  async function deliver(outcome: MailOutcome, ageMs = 0) {
    lines.length = 0
    const ctx = await newSender()
    await sendMail(ctx, mail)
    const [order] = (await queued(ctx)).orders as [MailOrder]
    const at = new Date(Date.parse(order.at) - ageMs)
    const sent: MailMessage[] = []
    const mailer = {
      async send(message: MailMessage) {
        sent.push(message)
        return outcome
      },
    }
    const mailSealer = createSealer(database.keys.mailKey)
    const failure = await deliverMail({ ...ctx, log, mailer, mailSealer }, { ...order, at: at.toISOString() }).then(
      () => undefined,
      (error: Error) => error.message,
    )
    expect(JSON.stringify([lines, failure])).not.toMatch(/ada@|example|It is|Your code/)
    return { order, sent, failure, at, appId: ctx.appId }
  }

  const hourMs = 3_600_000

  it('hands the mail over as it was written, with the key of mails alone', async () => {
    const { order, sent, failure, at } = await deliver({ kind: 'accepted' })
    expect(sent).toEqual([{ ...mail, id: order.id, at }])
    expect(failure).toBeUndefined()
    expect(lines).toEqual([])
    const wrong = createSealer(database.keys.webhooksKey)
    const never = { send: async () => ({ kind: 'accepted' }) as const }
    await expect(deliverMail({ ...database.system(), mailer: never, mailSealer: wrong }, order)).rejects.toThrow()
  })

  it('fails, to be tried again, while the mail is not taken, for three hours', async () => {
    const outcome = { kind: 'deferred', reason: 'RCPT TO was answered with 450' } as const
    expect((await deliver(outcome)).failure).toBe('The mail was not taken: RCPT TO was answered with 450')
    expect((await deliver(outcome, 2.9 * hourMs)).failure).toBeDefined()
    expect(lines).toEqual([])
    const { failure, order, appId } = await deliver(outcome, 3.1 * hourMs)
    expect(failure).toBeUndefined()
    expect(lines).toEqual([
      {
        fields: { appId, mailId: order.id, reason: outcome.reason },
        message: 'A mail was not taken in time and is dropped',
      },
    ])
  })

  it('drops what is refused for good at once, with a line in the log', async () => {
    const { failure, order, appId } = await deliver({ kind: 'refused', reason: 'RCPT TO was answered with 550' })
    expect(failure).toBeUndefined()
    expect(lines).toEqual([
      {
        fields: { appId, mailId: order.id, reason: 'RCPT TO was answered with 550' },
        message: 'A mail was refused for good and is dropped',
      },
    ])
  })
})

describe('forgetting', () => {
  it('removes mails of the outbox after 7 days, in parts, and counts of hours that are over', async () => {
    const ctx = await database.newApp()
    const at = (days: number) => new Date(ctx.now.getTime() - days * 86_400_000)
    for (const days of [0, 6.9, 7.1, 8, 9]) {
      await sendMail({ ...ctx, now: at(days) }, { ...mail, subject: `${days} days` })
      await ctx.db.query(
        `update outbox set created_at = $2 where app_id = $1 and id = (select max(id::text)::uuid from outbox where app_id = $1)`,
        [ctx.appId, at(days)],
      )
    }
    const other = await database.newApp()
    await sendMail(other, mail)
    await other.db.query('update outbox set created_at = $2 where app_id = $1', [other.appId, at(30)])
    expect(await forgetOldOutboxMails(ctx, ctx.appId, 2)).toBe(2)
    expect(await forgetOldOutboxMails(ctx, ctx.appId, 2)).toBe(1)
    expect(await forgetOldOutboxMails(ctx, ctx.appId, 2)).toBe(0)
    const { items } = await listOutbox(ctx, { limit: 10 })
    expect(items.map(({ subject }) => subject).toSorted()).toEqual(['0 days', '6.9 days'])
    expect((await listOutbox(other, { limit: 10 })).items).toHaveLength(1)
    expect(await forgetMailCounts(ctx, ctx.appId, 10)).toBe(4)
    expect(await forgetMailCounts(ctx, ctx.appId, 10)).toBe(0)
    expect(await ctx.db.query('select from mail_counts where app_id = $1', [ctx.appId])).toHaveLength(1)
  })
})
