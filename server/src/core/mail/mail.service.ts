import { type Ctx, type JobCtx, requireScope, type SystemCtx } from '../context.ts'
import { DomainFault, invalid } from '../errors.ts'
import { isUuid, newId, timeOfId } from '../ids.ts'
import { type CursorPage, packCursor, unpackCursor } from '../pagination.ts'
import { inTx } from '../transactions.ts'
import {
  countMail,
  deleteMailCounts,
  deleteOutboxRows,
  insertOutboxRow,
  type OutboxRow,
  selectOutbox,
  selectOutboxRow,
} from './mail.queries.ts'
import { checkMail, countedAddress, hourOf, mostMailsPerHour, outboxDays, restOfHourMs } from './mail.rules.ts'
import type { MailInput, OutboxMail } from './mail.types.ts'
import { queueMail } from './mail-delivery.service.ts'

const outboxPurpose = 'outbox.mail'
const order = 'outbox'
const dayMs = 86_400_000

/**
 * Writes a mail in the caller's transaction: it is sent if that commits, and only then. The worker process sends it soon
 * after, more than once at the worst; without a mail server it is put into the outbox of a sandbox app, at once. Throws
 * `mail_unavailable` in a live app without a mail server, `input_invalid`, and `rate_limited` when the app has sent 10
 * mails to the address within this hour of the clock, or the `sender`, the profile whose person chose the address, 10 to any. A `notice` is not counted, so that nobody can keep it from its
 * reader: what it tells of is bounded by itself.
 */
export async function sendMail(
  ctx: Ctx,
  input: MailInput,
  { sender, notice = false }: { readonly sender?: string; readonly notice?: boolean } = {},
): Promise<void> {
  if (!ctx.sendsMail && ctx.appMode !== 'sandbox') throw new DomainFault({ code: 'mail_unavailable' })
  checkMail(input)
  const mail: MailInput = { to: input.to, subject: input.subject, text: input.text }
  await inTx(ctx, async (tx) => {
    if (!notice) await count(tx, countedAddress(mail.to))
    if (sender !== undefined) await count(tx, `profile ${sender}`)
    if (tx.sendsMail) await queueMail(tx, mail)
    else await putIntoOutbox(tx, mail)
  })
}

/** Who mails of the installation itself are from, where those of apps have the app's id. */
const installationId = '00000000-0000-0000-0000-000000000000'
const forgottenCounts = 100

/**
 * Writes a mail that is of no app in the caller's transaction; whether a mail server is set up is the caller's to know. Throws
 * `input_invalid`, and `rate_limited` when 10 such mails went to the address within this hour of the clock.
 */
export async function sendInstallationMail(ctx: SystemCtx & Pick<Ctx, 'jobs'>, mail: MailInput): Promise<void> {
  checkMail(mail)
  await inTx(ctx, async (tx) => {
    const from = { ...tx, appId: installationId }
    await forgetMailCounts(tx, installationId, forgottenCounts)
    await count(from, countedAddress(mail.to))
    await queueMail(from, mail)
  })
}

/** Whom a mail is from and to is counted in one way: no address has the form of a sender. */
async function count(tx: SystemCtx & Pick<Ctx, 'appId'>, who: string): Promise<void> {
  const recipient = tx.keys.hash('mail_counts.recipient', `${tx.appId} ${who}`)
  const counted = await countMail(tx, tx.appId, { recipient, hour: hourOf(tx.now), most: mostMailsPerHour })
  if (!counted) throw new DomainFault({ code: 'rate_limited', retryAfterMs: restOfHourMs(tx.now) })
}

async function putIntoOutbox(tx: Ctx, mail: MailInput): Promise<void> {
  const id = newId()
  const sealed = tx.keys.seal(outboxPurpose, `${tx.appId} ${id}`, Buffer.from(JSON.stringify(mail)))
  await insertOutboxRow(tx, tx.appId, { id, sealed, createdAt: timeOfId(id) })
}

/**
 * One page of the mails that a sandbox app wrote while there was no mail server, the newest first. `limit` is 1 to 200. Throws
 * `outbox_not_found` in a live app, which has none, and `input_invalid` for a bad cursor.
 */
export async function listOutbox(
  ctx: Ctx,
  { cursor, limit }: { readonly cursor?: string | undefined; readonly limit: number },
): Promise<CursorPage<OutboxMail>> {
  requireScope(ctx, 'outbox:read')
  if (ctx.appMode !== 'sandbox') throw new DomainFault({ code: 'outbox_not_found' })
  const before = cursor === undefined ? undefined : positionOf(cursor)
  const rows = await selectOutbox(ctx, ctx.appId, { before, limit: limit + 1 })
  const shown = rows.slice(0, limit)
  const end = rows.length > limit ? shown.at(-1) : undefined
  return {
    items: shown.map((row) => opened(ctx, row)),
    nextCursor: end === undefined ? null : packCursor([order, end.id]),
    total: null,
  }
}

/** One mail of the outbox. Throws `outbox_mail_not_found`. */
export async function getOutboxMail(ctx: Ctx, id: string): Promise<OutboxMail> {
  requireScope(ctx, 'outbox:read')
  const row = isUuid(id) ? await selectOutboxRow(ctx, ctx.appId, id) : undefined
  if (row === undefined) throw new DomainFault({ code: 'outbox_mail_not_found' })
  return opened(ctx, row)
}

/** Removes at most `limit` mails of the app's outbox that are past keeping; gives how many went. */
export function forgetOldOutboxMails(ctx: JobCtx, appId: string, limit: number): Promise<number> {
  return deleteOutboxRows(ctx, appId, new Date(ctx.now.getTime() - outboxDays * dayMs), limit)
}

/** Removes at most `limit` counts of the app's mails of hours that are over; gives how many went. */
export function forgetMailCounts(ctx: JobCtx, appId: string, limit: number): Promise<number> {
  return deleteMailCounts(ctx, appId, hourOf(ctx.now), limit)
}

function opened(ctx: Ctx, { id, sealed, createdAt }: OutboxRow): OutboxMail {
  const mail: MailInput = JSON.parse(ctx.keys.open(outboxPurpose, `${ctx.appId} ${id}`, sealed).toString())
  return { ...mail, id, createdAt }
}

function positionOf(cursor: string): string {
  const [, id = ''] = unpackCursor(cursor, order, 2)
  if (!isUuid(id)) throw invalid({ path: ['cursor'], rule: 'format' })
  return id
}
