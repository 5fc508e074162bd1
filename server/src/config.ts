import { resolve } from 'node:path'
import { unfitConnections } from './config/connections.ts'
import { type CustodyConfig, custodySettings } from './config/custody.ts'
import {
  apiBase,
  bucketName,
  databaseUrl,
  formed,
  httpUrl,
  integer,
  key,
  type MailSender,
  mailSender,
  oneOf,
  proxies,
  redisUrl,
  type Setting,
  smtpUrl,
  targets,
  visible,
  workers,
} from './config/values.ts'

/** The settings of one process, checked and frozen. */
export interface Config {
  readonly host: string
  readonly port: number
  /** How many processes serve HTTP. */
  readonly workers: number
  readonly dataDir: string
  /** Unset: the embedded PostgreSQL under the data folder. */
  readonly databaseUrl: string | undefined
  /** Of all processes that serve HTTP together. Unset: as many as `connectionsOfEach` says. */
  readonly databaseConnections: number | undefined
  /** Unset: each node counts for itself. */
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
  /** Of a file that a picture is made of. */
  readonly pictureMaxBytes: number
  /** Width times height of a picture that is sent. */
  readonly pictureMaxPixels: number
  readonly pictureTimeoutSeconds: number
  /** Native requests a minute for one API key on one node. */
  readonly rateLimitPerMinute: number
  /** The local targets of the webhooks of sandbox apps: `host:port`, the host as the URL standard writes it. */
  readonly webhookAllow: readonly string[]
  /** Days that events are kept. */
  readonly eventRetentionDays: number
  /** Unset: mails of sandbox apps are kept in an outbox, and live apps send none. May hold a password. */
  readonly smtpUrl: string | undefined
  /** There when `smtpUrl` is. */
  readonly mailFrom: MailSender | undefined
  /** The API prefix and version of the User Profile API's paths, as `/api/v1`. */
  readonly epixelBase: string
  /** Unset: files are kept in the data folder. */
  readonly s3Bucket: string | undefined
  readonly s3Region: string
  /** Without a trailing slash. Unset: that of AWS. */
  readonly s3Endpoint: string | undefined
  /** There when `s3Bucket` is, and so is its secret. */
  readonly s3AccessKeyId: string | undefined
  readonly s3SecretAccessKey: string | undefined
  readonly production: boolean
}

/** What the HTTP server goes by. */
export type ServerConfig = Pick<
  Config,
  | 'bodyLimitBytes'
  | 'pictureMaxBytes'
  | 'pictureMaxPixels'
  | 'pictureTimeoutSeconds'
  | 'publicUrl'
  | 'trustedProxies'
  | 'metricsPort'
  | 'rateLimitPerMinute'
  | 'workers'
  | 'smtpUrl'
  | 'epixelBase'
  | 'production'
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
  workers: {
    name: 'FACET_WORKERS',
    byDefault: '1',
    about:
      'How many processes serve HTTP on the port, `auto` for as many as there are cores, 25 at most: the embedded PostgreSQL has connections for no more. With several, one more keeps them and is all that there may be only one of; see [operations.md](operations.md#more-cores).',
    read: (text) => workers(text ?? '1'),
  },
  dataDir: {
    name: 'FACET_DATA_DIR',
    byDefault: '`.facet` in the current folder',
    about: 'The folder for `sandbox.json`, `master.key`, `custody.key`, files and the embedded PostgreSQL.',
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
    byDefault: '16, or 4 for each of `FACET_WORKERS` if that is more and the embedded PostgreSQL has room',
    about:
      'The most connections that the server opens for statements, in all processes that serve HTTP together: at least 2 in each, and with the embedded PostgreSQL at most 75 together with `FACET_WORKERS`. Each holds one more for notices, and the process that works on jobs opens up to 15 of its own.',
    read: (text) => (text === undefined ? undefined : integer(text, 2, 1_000)),
  },
  redisUrl: {
    name: 'REDIS_URL',
    byDefault: 'none: each node counts in its memory',
    about:
      'A Redis 6 or newer in which several nodes count the requests of an app together, as `redis://user:password@host:6379/0`; `rediss://` for TLS. While it is down each node counts for itself.',
    read: (text) => (text === undefined ? undefined : redisUrl(text)),
  },
  publicUrl: {
    name: 'FACET_PUBLIC_URL',
    byDefault: 'the bound address',
    about:
      'The address that clients use, as `https://profiles.example.com`: it stands in `sandbox.json` and in the lines of the start, links begin with it, its host leads to the default app, pages from there alone may sign operators in, and `https` switches Strict-Transport-Security and Secure cookies on.',
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
  pictureMaxBytes: {
    name: 'FACET_PICTURE_MAX_BYTES',
    byDefault: '10485760',
    about: 'The most bytes of a file that is sent as a picture.',
    read: (text) => integer(text ?? '10485760', 1_024, 104_857_600),
  },
  pictureMaxPixels: {
    name: 'FACET_PICTURE_MAX_PIXELS',
    byDefault: '50000000',
    about:
      'The most pixels, width times height, of a picture that is sent. Making the sizes of one of 50 megapixels takes a few seconds and 0.7 GB of memory, of an AVIF 1.2 GB.',
    read: (text) => integer(text ?? '50000000', 1, 268_402_689),
  },
  pictureTimeoutSeconds: {
    name: 'FACET_PICTURE_TIMEOUT',
    byDefault: '10',
    about:
      'How many seconds making one picture in all its sizes may take, from 1 to 60. One that takes longer is refused.',
    read: (text) => integer(text ?? '10', 1, 60),
  },
  rateLimitPerMinute: {
    name: 'FACET_RATE_LIMIT',
    byDefault: '600000',
    about: 'Requests a minute that one API key may make of the native API, counted on each node.',
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
  epixelBase: {
    name: 'FACET_EPIXEL_BASE',
    byDefault: '`api/v1`',
    about:
      'The API prefix and the version that stand before the paths of the Epixel dialect, as its clients are set up with them.',
    read: (text) => apiBase(text ?? 'api/v1'),
  },
  s3Bucket: {
    name: 'S3_BUCKET',
    byDefault: 'none: files are kept in the folder `files` of the data folder',
    about:
      'The bucket in which files are kept, such as the pictures of profiles, in an object store that speaks S3. It must be there. Several nodes need one, or one folder `files` that they share. Needs `S3_ACCESS_KEY_ID` and `S3_SECRET_ACCESS_KEY`.',
    read: (text) => (text === undefined ? undefined : formed(text, bucketName, '3 to 63 of a-z, 0-9, - and .')),
  },
  s3Region: {
    name: 'S3_REGION',
    byDefault: 'us-east-1',
    about: 'The region of the bucket.',
    read: (text) => formed(text ?? 'us-east-1', /^[a-z\d-]{1,63}$/i, 'letters, digits and -'),
  },
  s3Endpoint: {
    name: 'S3_ENDPOINT',
    byDefault: 'that of AWS in the region',
    about:
      'The address of an object store other than AWS, as `https://storage.example.com`; the bucket is named in the path.',
    read: (text) => (text === undefined ? undefined : httpUrl(text)),
  },
  s3AccessKeyId: {
    name: 'S3_ACCESS_KEY_ID',
    byDefault: 'none; required with `S3_BUCKET`',
    about: 'The id of the access key, which may list the bucket and put, get and delete its objects.',
    read: (text) => (text === undefined ? undefined : formed(text, visible, 'ASCII characters without spaces')),
  },
  s3SecretAccessKey: {
    name: 'S3_SECRET_ACCESS_KEY',
    byDefault: 'none; required with `S3_BUCKET`',
    about: 'The secret of the access key.',
    read: (text) => (text === undefined ? undefined : formed(text, visible, 'ASCII characters without spaces')),
  },
  production: {
    name: 'NODE_ENV',
    byDefault: 'unset',
    about:
      '`production`: no sandbox is made at the first start, which prints a link for the first operator instead, `FACET_MASTER_KEY` and one of `FACET_CUSTODY_KMS_KEY` and `FACET_CUSTODY_KEY` are required with `DATABASE_URL`, and `/metrics` is served on `FACET_METRICS_PORT` only.',
    read: (text) => text === 'production',
  },
}

/** The settings in the order in which they are documented. */
export function describeSettings(): { name: string; byDefault: string; about: string }[] {
  return allSettings().map(({ name, byDefault, about }) => ({ name, byDefault, about }))
}

function allSettings(): Setting<unknown>[] {
  return [...Object.values(settings), ...Object.values(custodySettings)]
}

/** Reads the settings; an empty variable counts as unset. Throws ConfigError that names every mistake. */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  return readAll<Config>(settings, env, missingFrom)
}

/**
 * Reads the settings of the custody key, which are secret to all but the worker process and an operator's commands: nobody else calls
 * this. Throws ConfigError that names every mistake.
 */
export function readCustodyConfig(env: NodeJS.ProcessEnv = process.env): CustodyConfig {
  return readAll<CustodyConfig>(custodySettings, env)
}

function readAll<C>(
  from: { readonly [K in keyof C]: Setting<C[K]> },
  env: NodeJS.ProcessEnv,
  missing: (given: C, env: NodeJS.ProcessEnv) => readonly string[] = () => [],
): C {
  const mistakes: string[] = []
  const values: Record<string, unknown> = {}
  for (const [field, { name, read }] of Object.entries<Setting<unknown>>(from)) {
    const text = env[name]
    try {
      values[field] = read(text === '' ? undefined : text)
    } catch (error) {
      mistakes.push(`${name} must be ${(error as Error).message}`)
    }
  }
  if (mistakes.length === 0) mistakes.push(...missing(values as C, env))
  if (mistakes.length > 0) throw new ConfigError(mistakes)
  return Object.freeze(values as C)
}

/** What must be set because of another setting, and is not. */
function missingFrom(given: Config, env: NodeJS.ProcessEnv): string[] {
  const found: string[] = []
  if (given.production && given.databaseUrl && !given.masterKey) {
    found.push('FACET_MASTER_KEY must be set in production with DATABASE_URL: make one with openssl rand -base64 32')
  }
  // Only whether one is there: the key is read by others.
  const { kmsKey, keys } = custodySettings
  if (given.production && given.databaseUrl && !env[kmsKey.name] && !env[keys.name]) {
    found.push(
      'FACET_CUSTODY_KMS_KEY or FACET_CUSTODY_KEY must be set in production with DATABASE_URL: name a key of AWS KMS, or make one with openssl rand -base64 32',
    )
  }
  found.push(...unfitConnections(given))
  if (given.smtpUrl && !given.mailFrom) {
    found.push('FACET_MAIL_FROM must be set with SMTP_URL: the address that mails come from')
  }
  if (given.s3Bucket && !given.s3AccessKeyId) {
    found.push('S3_ACCESS_KEY_ID must be set with S3_BUCKET: the id of a key that may use the bucket')
  }
  if (given.s3Bucket && !given.s3SecretAccessKey) {
    found.push('S3_SECRET_ACCESS_KEY must be set with S3_BUCKET: the secret of the key that may use the bucket')
  }
  return found
}

/** Variables that look like settings of Facet and are none: most likely mistyped. */
export function unknownSettings(env: NodeJS.ProcessEnv = process.env): string[] {
  const names = new Set(allSettings().map((setting) => setting.name))
  return Object.keys(env).filter((name) => name.startsWith('FACET_') && !names.has(name))
}

/**
 * Reads the settings of one of several processes that serve HTTP. What must be set because of another setting was looked at by the process
 * that keeps it, which also keeps some from it. Throws ConfigError that names every mistake.
 */
export function readApiConfig(env: NodeJS.ProcessEnv = process.env): Config {
  return readAll<Config>(settings, env)
}

/**
 * What differs in the environment of such a process; undefined is left out. It is told the master key, never opens the custody key, and
 * sends no mail itself: of the mail server it knows that there is one.
 */
export function apiEnvironment(env: NodeJS.ProcessEnv = process.env): Readonly<Record<string, string | undefined>> {
  const custody = Object.values(custodySettings).map(({ name }) => name)
  // The SDK of AWS takes these for the custody key alone: an object store has settings of its own.
  const ofAws = Object.keys(env).filter((name) => name.startsWith('AWS_'))
  const kept = [settings.masterKey.name, ...custody, ...ofAws].map((name) => [name, undefined])
  const { smtpUrl } = settings
  const mailServer = env[smtpUrl.name]
  return { ...Object.fromEntries(kept), ...(mailServer && { [smtpUrl.name]: withoutUser(mailServer) }) }
}

function withoutUser(text: string): string {
  const url = new URL(text)
  url.username = ''
  url.password = ''
  return url.href
}

/** The environment for the worker process, which seals nothing, counts nothing, and is not given what is for that. */
export function workerEnvironment(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const { [settings.masterKey.name]: _masterKey, [settings.redisUrl.name]: _redisUrl, ...rest } = env
  return rest
}
