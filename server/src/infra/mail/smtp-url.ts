/** Where a mail server is, and how it is spoken to. */
export interface SmtpTarget {
  readonly host: string
  readonly port: number
  /** TLS from the start; otherwise STARTTLS. */
  readonly secure: boolean
  /** STARTTLS or nothing: a password is not shown to whoever listens, nor to one who keeps STARTTLS from us. */
  readonly requireTLS: boolean
  readonly auth?: { readonly user: string; readonly pass: string }
}

/** Takes a URL apart that the settings let pass. */
export function readSmtpUrl(text: string): SmtpTarget {
  const url = new URL(text)
  const secure = url.protocol === 'smtps:'
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const port = url.port === '' ? (secure ? 465 : 587) : Number(url.port)
  if (url.username === '') return { host, port, secure, requireTLS: false }
  const auth = { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) }
  return { host, port, secure, requireTLS: !secure && !isThisMachine(host), auth }
}

function isThisMachine(host: string): boolean {
  return /^(?:localhost|::1|127(?:\.\d{1,3}){3})$/i.test(host)
}
