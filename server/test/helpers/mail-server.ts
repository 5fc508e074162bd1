import { once } from 'node:events'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'

/** One mail that a server took, or refused after it had read it. */
export interface ReceivedMail {
  readonly from: string
  readonly to: readonly string[]
  /** As it came, with its line ends as `\n`. */
  readonly raw: string
  /** By their names in lower case, unfolded and not decoded. */
  readonly headers: Readonly<Record<string, string>>
  /** Decoded, without the line end that closes it. */
  readonly text: string
  /** Whether it came over TLS. */
  readonly secure: boolean
}

/** A real SMTP server on loopback. */
export interface MailServer {
  readonly port: number
  /** The mails that were taken. */
  readonly received: readonly ReceivedMail[]
  /** How many mails were offered, whatever became of them. */
  readonly offered: number
  /** How many connections were made. */
  readonly connections: number
  /** Resolves once `predicate` holds; looked at with every mail. */
  until(predicate: () => boolean): Promise<void>
  close(): Promise<void>
}

/** An answer of a server other than 250, after the whole mail or to its recipient. */
export class SmtpAnswer extends Error {
  readonly responseCode: number

  constructor(responseCode: number, message = 'No') {
    super(message)
    this.responseCode = responseCode
  }
}

export interface MailServerOptions extends Pick<SMTPServerOptions, 'secure' | 'key' | 'cert'> {
  /** Any free one. */
  readonly port?: number
  /** Asked for by the server when given. */
  readonly password?: string
  /** Whether STARTTLS is offered; it is not unless a certificate is given. */
  readonly startTls?: boolean
  /** Called with each mail; what it throws or rejects with is the answer. */
  readonly onMail?: (mail: ReceivedMail) => void | Promise<void>
  /** Called with each recipient; what it throws is the answer. */
  readonly onRecipient?: (address: string) => void
}

/** Opens a mail server. */
export async function openMailServer(options: MailServerOptions = {}): Promise<MailServer> {
  const { port = 0, password, onMail, onRecipient, startTls = options.cert !== undefined, secure = false } = options
  const received: ReceivedMail[] = []
  const watchers = new Set<() => void>()
  let offered = 0
  let connections = 0
  const server = new SMTPServer({
    ...(options.cert === undefined ? {} : { cert: options.cert, key: options.key }),
    secure,
    authOptional: password === undefined,
    allowInsecureAuth: true,
    disabledCommands: startTls ? [] : ['STARTTLS'],
    disableReverseLookup: true,
    closeTimeout: 100,
    onConnect(_session, callback) {
      connections++
      callback()
    },
    onAuth: (auth, _session, callback) =>
      auth.password === password ? callback(null, { user: auth.username }) : callback(new SmtpAnswer(535)),
    onRcptTo({ address }, _session, callback) {
      try {
        onRecipient?.(address)
        callback()
      } catch (error) {
        callback(error as Error)
      }
    },
    async onData(stream, session, callback) {
      try {
        const parts: Buffer[] = []
        for await (const part of stream) parts.push(part as Buffer)
        const { mailFrom, rcptTo } = session.envelope
        const mail = toMail(Buffer.concat(parts).toString('latin1'), {
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          secure: session.secure,
        })
        offered++
        for (const watcher of watchers) watcher()
        await onMail?.(mail)
        received.push(mail)
        callback()
      } catch (error) {
        callback(error as Error)
      }
      for (const watcher of watchers) watcher()
    },
  })
  // A client that goes away in the midst is what some tests are about.
  server.on('error', () => {})
  const listening = server.listen(port, '127.0.0.1')
  await once(listening, 'listening')
  const address = listening.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    received,
    get offered() {
      return offered
    },
    get connections() {
      return connections
    },
    until(predicate) {
      return new Promise((resolve) => {
        const look = () => {
          if (!predicate()) return
          watchers.delete(look)
          resolve()
        }
        watchers.add(look)
        look()
      })
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

function toMail(source: string, envelope: Pick<ReceivedMail, 'from' | 'to' | 'secure'>): ReceivedMail {
  const raw = source.replaceAll('\r\n', '\n')
  const end = raw.indexOf('\n\n')
  const lines = raw
    .slice(0, end)
    .replace(/\n[ \t]+/g, ' ')
    .split('\n')
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
    }),
  )
  const body = decodeBody(raw.slice(end + 2), headers['content-transfer-encoding'])
  return { ...envelope, raw, headers, text: body.replace(/\n$/, '') }
}

function decodeBody(body: string, encoding = '7bit'): string {
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString().replaceAll('\r\n', '\n')
  if (encoding !== 'quoted-printable') return Buffer.from(body, 'latin1').toString()
  const bytes = body
    .replace(/=\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString()
}

/** Decodes the encoded words of a header (RFC 2047). */
export function decodeWords(header: string): string {
  const joined = header.replace(/\?=\s+=\?/g, '?==?')
  return joined.replace(/=\?utf-8\?([bq])\?(.*?)\?=/gi, (_, encoding: string, word: string) =>
    encoding.toLowerCase() === 'b'
      ? Buffer.from(word, 'base64').toString()
      : decodeBody(word.replaceAll('_', ' '), 'quoted-printable'),
  )
}
