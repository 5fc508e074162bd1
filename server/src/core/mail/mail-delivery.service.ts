import type { Ctx, JobCtx } from '../context.ts'
import { newId, timeOfId } from '../ids.ts'
import type { Mailer, Sealer } from '../ports.ts'
import { isGivenUp } from './mail.rules.ts'
import type { MailInput, MailOrder } from './mail.types.ts'

/** The job that sends what was put into the queue. */
export const mailTask = 'send_mail'

/** Mails of one app keep their order. As many mails are under way at a time as there are lanes, so that other jobs have room. */
const lanes = 2
const purpose = 'send_mail.mail'

/** What sending needs beside what every job has. */
export interface MailJobCtx extends JobCtx {
  readonly mailer: Mailer
  /** Opens mail that waits to be sent. */
  readonly mailSealer: Sealer
}

/** A mail that may be taken later: the queue tries it again. */
class MailDeferred extends Error {
  constructor(reason: string) {
    super(`The mail was not taken: ${reason}`)
    this.name = 'MailDeferred'
  }
}

/** Puts a mail into the queue with the caller's transaction. It waits there sealed, since it may hold a code. */
export async function queueMail(tx: Pick<Ctx, 'db' | 'appId' | 'keys' | 'jobs'>, mail: MailInput): Promise<void> {
  const { appId } = tx
  const id = newId()
  const sealed = tx.keys.mail.seal(purpose, `${appId} ${id}`, Buffer.from(JSON.stringify(mail))).toString('base64')
  const payload: MailOrder = { appId, id, at: timeOfId(id).toISOString(), sealed }
  await tx.jobs.enqueue(tx.db, { task: mailTask, queue: `${mailTask} ${laneOf(appId)}`, payload })
}

/**
 * Sends a mail of the queue once. Throws when it was not taken and may be taken later. One that is refused for good, or was not
 * taken for three hours, is dropped, and the log says so without its address.
 */
export async function deliverMail(ctx: MailJobCtx, { appId, id, at, sealed }: MailOrder): Promise<void> {
  const writtenAt = new Date(at)
  const plain = ctx.mailSealer.open(purpose, `${appId} ${id}`, Buffer.from(sealed, 'base64'))
  const mail: MailInput = JSON.parse(plain.toString())
  const outcome = await ctx.mailer.send({ ...mail, id, at: writtenAt })
  if (outcome.kind === 'accepted') return
  const fields = { appId, mailId: id, reason: outcome.reason }
  if (outcome.kind === 'refused') ctx.log.warn(fields, 'A mail was refused for good and is dropped')
  else if (isGivenUp(writtenAt, new Date())) ctx.log.warn(fields, 'A mail was not taken in time and is dropped')
  else throw new MailDeferred(outcome.reason)
}

function laneOf(appId: string): number {
  return Number.parseInt(appId.slice(-2), 16) % lanes
}
