import { createTransport, type NodemailerError } from 'nodemailer'
import type { MailSender } from '../../config/values.ts'
import type { Mailer, MailMessage, MailOutcome } from '../../core/ports.ts'
import { readSmtpUrl } from './smtp-url.ts'

export interface SmtpSettings {
  readonly url: string
  readonly from: MailSender
}

export interface MailerOptions {
  /** 60 s for the whole of a mail. */
  readonly timeoutMs?: number
  /** The certificates (PEM) to trust, in place of the usual ones. */
  readonly ca?: string
}

export interface OpenMailer extends Mailer {
  /** Gives mails under way the time to end, then breaks them off: they are deferred. */
  close(timeoutMs: number): Promise<void>
}

const connections = 2
const connectMs = 10_000
const silenceMs = 30_000
const idleMs = 30_000
const verifyMs = 15_000

/** Speaks SMTP to the mail server of the settings, over connections that are kept. Without settings every mail is deferred. */
export function createMailer(settings: SmtpSettings | undefined, options: MailerOptions = {}): OpenMailer {
  if (settings === undefined) {
    return { send: async () => ({ kind: 'deferred', reason: 'SMTP_URL is not set' }), close: async () => {} }
  }
  const { timeoutMs = 60_000, ca } = options
  const { name, address } = settings.from
  const transport = openTransport(settings.url, ca)
  const closing = new AbortController()
  const underWay = new Set<Promise<MailOutcome>>()

  async function attempt({ id, to, subject, text, at }: MailMessage): Promise<MailOutcome> {
    try {
      await transport.sendMail({
        from: { name, address },
        to: { name: '', address: to },
        envelope: { from: address, to: [to] },
        subject,
        text,
        date: at,
        messageId: `<${id}@${address.slice(address.lastIndexOf('@') + 1)}>`,
        // RFC 3834: nobody's holiday notice answers it.
        headers: { 'Auto-Submitted': 'auto-generated' },
        disableFileAccess: true,
        disableUrlAccess: true,
        signal: AbortSignal.any([closing.signal, AbortSignal.timeout(timeoutMs)]),
      })
      return { kind: 'accepted' }
    } catch (error) {
      return outcomeOf(error as NodemailerError)
    }
  }

  return {
    async send(message) {
      const outcome = attempt(message)
      underWay.add(outcome)
      await outcome
      underWay.delete(outcome)
      return outcome
    },
    async close(graceMs) {
      const timer = setTimeout(() => closing.abort(), graceMs)
      await Promise.all(underWay)
      clearTimeout(timer)
      transport.close()
    },
  }
}

/** Why mail cannot be sent over the server, in words that repeat no secret; undefined when it answers and lets us in. */
export async function findSmtpTrouble(
  url: string,
  { ca }: Pick<MailerOptions, 'ca'> = {},
): Promise<string | undefined> {
  const transport = openTransport(url, ca)
  const late = new Promise<string>((resolve) => {
    setTimeout(() => resolve('It did not answer in time'), verifyMs).unref()
  })
  const verified = transport.verify().then(
    () => undefined,
    (error: NodemailerError) => reasonOf(error),
  )
  try {
    return await Promise.race([verified, late])
  } finally {
    transport.close({ force: true })
  }
}

function openTransport(url: string, ca: string | undefined) {
  return createTransport({
    ...readSmtpUrl(url),
    pool: true,
    maxConnections: connections,
    // A kept connection that the server has closed meanwhile is found out only by using it.
    maxRequeues: 1,
    idleTimeout: idleMs,
    connectionTimeout: connectMs,
    greetingTimeout: connectMs,
    dnsTimeout: connectMs,
    socketTimeout: silenceMs,
    tls: { minVersion: 'TLSv1.2', rejectUnauthorized: true, ...(ca === undefined ? {} : { ca }) },
  })
}

/** What was said of this mail, its people or its content. Anything else is trouble of the server or of the way there. */
const aboutTheMail: ReadonlySet<string | undefined> = new Set(['EENVELOPE', 'EMESSAGE'])

function outcomeOf(error: NodemailerError): MailOutcome {
  // Without an answer it was the client that found that the server takes no such address, or no mail so large.
  const forGood = error.permanent ?? error.responseCode === undefined
  return { kind: aboutTheMail.has(error.code) && forGood ? 'refused' : 'deferred', reason: reasonOf(error) }
}

/** Servers repeat addresses in what they answer, and so does the client in what it says of them: of those only the codes. */
function reasonOf(error: NodemailerError): string {
  if (error.response !== undefined) {
    return `${error.command ?? 'It'} was answered with ${error.responseCode ?? 'what is not SMTP'}`
  }
  return aboutTheMail.has(error.code) ? `The mail cannot be sent to this server (${error.code})` : error.message
}
