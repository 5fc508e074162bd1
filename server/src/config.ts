import { isIP } from 'node:net'
import { resolve } from 'node:path'

/** The settings of one process, checked and frozen. */
export interface Config {
  readonly host: string
  readonly port: number
  readonly dataDir: string
  /** Unset: the embedded PostgreSQL under the data folder. */
  readonly databaseUrl: string | undefined
  readonly databaseConnections: number
  /** Unset: each process counts for itself. */
  readonly redisUrl: string | undefined
  /** Without a trailing slash. Unset: the bound address. */
  readonly publicUrl: string | undefined
  /** The peers whose X-Forwarded-For and -Proto are believed: addresses, and ranges as `10.0.0.0/8`. */
  readonly trustedProxies: readonly string[]
  readonly logLevel: LogLevel | undefined
  /** 32 bytes. Unset: the file master.key in the data folder. */
  readonly masterKey: Buffer | undefined
  readonly metricsPort: number | undefined
  readonly bodyLimitBytes: number
  /** Native requests a minute for one API key in one process. */
  readonly rateLimitPerMinute: number
  /** The local targets of the webhooks of sandbox apps: `host:port`, the host as the URL standard writes it. */
  readonly webhookAllow: readonly string[]
  /** Days that events are kept. */
  readonly eventRetentionDays: number
  /** Unset: mails of sandbox apps are kept in an outbox, and live apps send none. May hold a password. */
  readonly smtpUrl: string | undefined
  /** There when `smtpUrl` is. */
  readonly mailFrom: MailSender | undefined
  readonly production: boolean
}

/** Whom mails come from. */
export interface MailSender {
  /** Empty when none was given. */
  readonly name: string
  readonly address: string
}

/** What the HTTP server goes by. */
export type ServerConfig = Pick<
  Config,
  'bodyLimitBytes' | 'publicUrl' | 'trustedProxies' | 'metricsPort' | 'rateLimitPerMinute' | 'smtpUrl' | 'production'
>

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

/** Every mistake in the settings, one a line. */
export class ConfigError extends Error {
  readonly mistakes: readonly string[]

  constructor(mistakes: readonly string[]) {
    super(mistakes.join('\n'))
    this.name = 'ConfigError'
    this.mistakes = mistakes
  }
}

interface Setting<T> {
  /** The environment variable. */
  readonly name: string
  /** What holds when it is unset, in words. */
  readonly byDefault: string
  readonly about: string
  /** Gives the value, or throws an Error whose message completes "NAME must be …". */
  readonly read: (text: string | undefined) => T
}

const settings: { readonly [K in keyof Config]: Setting<Config[K]> } = {
  host: {
    name: 'FACET_HOST',
    byDefault: '127.0.0.1',
    about: 'The address to listen on. `0.0.0.0` listens on every one; put TLS before it.',
    read: (text) => text ?? '127.0.0.1',
  },
  port: {
    name: 'FACET_PORT',
    byDefault: '4000',
    about: 'The port to listen on; `0` takes any free one.',
    read: (text) => integer(text ?? '4000', 0, 65_535),
  },
  dataDir: {
    name: 'FACET_DATA_DIR',
    byDefault: '`.facet` in the current folder',
    about: 'The folder for `sandbox.json`, `master.key` and the embedded PostgreSQL.',
    read: (text) => resolve(text ?? '.facet'),
  },
  databaseUrl: {
    name: 'DATABASE_URL',
    byDefault: 'the embedded PostgreSQL under the data folder',
    about:
      'A PostgreSQL 15 or newer with a UTF8 database, in which the user may make a schema (`grant create on database`), as `postgres://user:password@host:5432/database`.',
    read: (text) => (text === undefined ? undefined : databaseUrl(text)),
  },
  databaseConnections: {
    name: 'FACET_DATABASE_CONNECTIONS',
    byDefault: '16',
    about:
      'The most connections that the server opens for statements. It holds one more for notices, and its worker process opens up to 15 of its own.',
    read: (text) => integer(text ?? '16', 2, 1_000),
  },
  redisUrl: {
    name: 'REDIS_URL',
    byDefault: 'none: each process counts in its memory',
    about:
      'A Redis 6 or newer in which several nodes count the requests of an app together, as `redis://user:password@host:6379/0`; `rediss://` for TLS. While it is down each process counts for itself.',
    read: (text) => (text === undefined ? undefined : redisUrl(text)),
  },
  publicUrl: {
    name: 'FACET_PUBLIC_URL',
    byDefault: 'the bound address',
    about:
      'The address that clients use, as `https://profiles.example.com`: it stands in `sandbox.json` and in the lines of the start, links begin with it, its host leads to the default app, and `https` switches Strict-Transport-Security on.',
    read: (text) => (text === undefined ? undefined : httpUrl(text)),
  },
  trustedProxies: {
    name: 'FACET_TRUSTED_PROXIES',
    byDefault: 'none: the peer of a connection is the client',
    about:
      'The proxies before Facet, as `127.0.0.1,10.0.0.0/8`: from these peers alone X-Forwarded-For says who the client is, and X-Forwarded-Proto which scheme it used. They must set both. X-Forwarded-Host is never read: let them pass `Host` on.',
    read: (text) => Object.freeze(text === undefined ? [] : proxies(text)),
  },
  logLevel: {
    name: 'FACET_LOG_LEVEL',
    byDefault: '`info`; on a terminal `warn`',
    about: `One of ${logLevels.map((level) => `\`${level}\``).join(', ')}. Lines are JSON on standard output.`,
    read: (text) => (text === undefined ? undefined : oneOf(text, logLevels)),
  },
  masterKey: {
    name: 'FACET_MASTER_KEY',
    byDefault: 'the file `master.key` in the data folder, made at the first start',
    about:
      '32 random bytes in base64 or hex (`openssl rand -base64 32`): the key that seals secrets. Required in production with `DATABASE_URL`.',
    read: (text) => (text === undefined ? undefined : key(text)),
  },
  metricsPort: {
    name: 'FACET_METRICS_PORT',
    byDefault: 'none: `/metrics` on the main port, to loopback peers only; in production not at all',
    about: 'A port of its own for `/metrics`, on the same address.',
    read: (text) => (text === undefined ? undefined : integer(text, 0, 65_535)),
  },
  bodyLimitBytes: {
    name: 'FACET_BODY_LIMIT',
    byDefault: '1048576',
    about: 'The most bytes of a request body.',
    read: (text) => integer(text ?? '1048576', 1_024, 104_857_600),
  },
  rateLimitPerMinute: {
    name: 'FACET_RATE_LIMIT',
    byDefault: '600000',
    about: 'Requests a minute that one API key may make of the native API, counted in each process.',
    read: (text) => integer(text ?? '600000', 1, 1_000_000_000),
  },
  webhookAllow: {
    name: 'FACET_WEBHOOK_ALLOW',
    byDefault: 'none: webhooks reach public addresses only',
    about:
      'Local targets that the webhooks of sandbox apps may reach, over http too, as `localhost:3000,127.0.0.1:8080`. Live apps never reach them.',
    read: (text) => Object.freeze(text === undefined ? [] : targets(text)),
  },
  eventRetentionDays: {
    name: 'FACET_EVENT_RETENTION_DAYS',
    byDefault: '90',
    about: 'How many days events are kept, in the feed and for webhooks: 7 to 3650.',
    read: (text) => integer(text ?? '90', 7, 3_650),
  },
  smtpUrl: {
    name: 'SMTP_URL',
    byDefault: 'none: mails of sandbox apps are kept in their outbox for 7 days, and live apps cannot send any',
    about:
      'The mail server, as `smtps://user:password@mail.example.com:465` (TLS from the start) or `smtp://user:password@mail.example.com:587` (STARTTLS, required with a password unless the host is this machine). Needs `FACET_MAIL_FROM`.',
    read: (text) => (text === undefined ? undefined : smtpUrl(text)),
  },
  mailFrom: {
    name: 'FACET_MAIL_FROM',
    byDefault: 'none; required with `SMTP_URL`',
    about: 'Whom mails come from, as `noreply@example.com` or `Example <noreply@example.com>`.',
    read: (text) => (text === undefined ? undefined : mailSender(text)),
  },
  production: {
    name: 'NODE_ENV',
    byDefault: 'unset',
    about:
      '`production`: no sandbox is made at the first start, `FACET_MASTER_KEY` is required with `DATABASE_URL`, and `/metrics` is served on `FACET_METRICS_PORT` only.',
    read: (text) => text === 'production',
  },
}

/** The settings in the order in which they are documented. */
export function describeSettings(): { name: string; byDefault: string; about: string }[] {
  return Object.values(settings).map(({ name, byDefault, about }) => ({ name, byDefault, about }))
}

/** Reads the settings; an empty variable counts as unset. Throws ConfigError that names every mistake. */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const mistakes: string[] = []
  const values: Record<string, unknown> = {}
  for (const [field, { name, read }] of Object.entries(settings)) {
    const text = env[name]
    try {
      values[field] = read(text === '' ? undefined : text)
    } catch (error) {
      mistakes.push(`${name} must be ${(error as Error).message}`)
    }
  }
  const config = values as unknown as Config
  if (mistakes.length === 0 && config.production && config.databaseUrl && !config.masterKey) {
    mistakes.push('FACET_MASTER_KEY must be set in production with DATABASE_URL: make one with openssl rand -base64 32')
  }
  if (mistakes.length === 0 && config.smtpUrl && !config.mailFrom) {
    mistakes.push('FACET_MAIL_FROM must be set with SMTP_URL: the address that mails come from')
  }
  if (mistakes.length > 0) throw new ConfigError(mistakes)
  return Object.freeze(config)
}

/** Variables that look like settings of Facet and are none: most likely mistyped. */
export function unknownSettings(env: NodeJS.ProcessEnv = process.env): string[] {
  const names = new Set(Object.values(settings).map((setting) => setting.name))
  return Object.keys(env).filter((name) => name.startsWith('FACET_') && !names.has(name))
}

/** The environment for the worker process, which seals nothing, counts nothing, and is not given what is for that. */
export function workerEnvironment(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const { [settings.masterKey.name]: _masterKey, [settings.redisUrl.name]: _redisUrl, ...rest } = env
  return rest
}

function integer(text: string, least: number, most: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (value >= least && value <= most) return value
  throw new Error(`a whole number from ${least} to ${most}, not ${JSON.stringify(text)}`)
}

function oneOf<const T extends string>(text: string, choices: readonly T[]): T {
  const choice = choices.find((candidate) => candidate === text)
  if (choice !== undefined) return choice
  throw new Error(`one of ${choices.join(', ')}, not ${JSON.stringify(text)}`)
}

/** Only the beginning is looked at: the driver also takes forms that are no URL, as `postgres:///db?host=/run/postgresql`. */
function databaseUrl(text: string): string {
  if (/^postgres(ql)?:\/\/\S+$/.test(text)) return text
  // The text may hold a password, so it is not repeated.
  throw new Error('a URL that begins with postgres:// or postgresql://')
}

/** Nothing but the address: the driver would take what stands behind a `?` for its options. */
function redisUrl(text: string): string {
  const url = /^rediss?:\/\//.test(text) ? URL.parse(text) : null
  const isWhole = url !== null && url.hostname !== '' && /^(\/\d*)?$/.test(url.pathname) && !/[?#\s]/.test(text)
  if (isWhole && isDecodable(url.username) && isDecodable(url.password)) return text
  // The text may hold a password, so it is not repeated.
  throw new Error('a URL that begins with redis:// or rediss:// and ends with the host, its port or a database number')
}

/** What follows the port could change how certificates are judged, so nothing may. */
function smtpUrl(text: string): string {
  const url = /^smtps?:\/\//.test(text) && !/[?#\s]/.test(text) ? URL.parse(text) : null
  const isWhole = url !== null && url.hostname !== '' && /^\/?$/.test(url.pathname)
  const hasBoth = url !== null && (url.username === '') === (url.password === '')
  if (isWhole && hasBoth && isDecodable(url.username) && isDecodable(url.password)) return text
  // The text may hold a password, so it is not repeated.
  throw new Error(
    'a URL that begins with smtp:// or smtps:// and ends with the host or its port, with a user and a password or neither',
  )
}

function mailSender(text: string): MailSender {
  const [, name = '', bracketed, bare] = /^(?:([^\p{C}<>"@,;]*)<([^<>]*)>|([^<>]*))$/u.exec(text.trim()) ?? []
  const address = bracketed ?? bare ?? ''
  if (/^[\w!#$%&'*+/=?^`{|}~.-]{1,64}@[a-z\d](?:[a-z\d.-]{0,251}[a-z\d])?$/i.test(address)) {
    return Object.freeze({ name: name.trim(), address })
  }
  throw new Error(`an address, or a name and an address as Example <noreply@example.com>, not ${JSON.stringify(text)}`)
}

function isDecodable(text: string): boolean {
  try {
    return decodeURIComponent(text) !== undefined
  } catch {
    return false
  }
}

function httpUrl(text: string): string {
  const url = /^https?:\/\/[^\s?#@]+$/.test(text) ? URL.parse(text) : null
  if (url !== null) return url.href.replace(/\/+$/, '')
  throw new Error('a URL that begins with http:// or https://, without a user, a query or a fragment')
}

/** A range of every address is none: it would believe whoever speaks. */
function proxies(text: string): string[] {
  return text.split(',').map((part) => {
    const [, address = '', bits] = /^([^/%]+)(?:\/(\d{1,3}))?$/.exec(part.trim()) ?? []
    const family = address.toLowerCase().startsWith('::ffff:') ? 0 : isIP(address)
    const most = family === 4 ? 32 : 128
    const fits = bits === undefined || (Number(bits) >= 1 && Number(bits) <= most)
    if (family !== 0 && fits) return part.trim()
    throw new Error(`addresses and ranges as 10.0.0.0/8, several separated by commas, not ${JSON.stringify(part)}`)
  })
}

/** The host is compared with that of a URL, so it is written as in one: `127.1` has become `127.0.0.1`. */
function targets(text: string): string[] {
  const found = text.split(',').map((part) => {
    const [, host, port = ''] = /^(\[[\da-f:.]+\]|[^\s:/?#@[\]\\%*]+):(\d{1,5})$/i.exec(part.trim()) ?? []
    const url = host === undefined ? null : URL.parse(`http://${host}`)
    if (url !== null && Number(port) >= 1 && Number(port) <= 65_535) return `${url.hostname}:${Number(port)}`
    throw new Error(`host:port, several separated by commas, not ${JSON.stringify(part)}`)
  })
  return [...new Set(found)]
}

function key(text: string): Buffer {
  const bytes = parseMasterKey(text)
  if (bytes === undefined) throw new Error('32 bytes in base64 or hex: make one with openssl rand -base64 32')
  return bytes
}

/** The 32 bytes of a master key in base64 or hex. The decoder alone would skip what it cannot read, and cut a key short. */
export function parseMasterKey(text: string): Buffer | undefined {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex')
  return /^[A-Za-z0-9+/_-]{43}=?$/.test(text) ? Buffer.from(text, 'base64') : undefined
}
