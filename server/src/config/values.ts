import { isIP } from 'node:net'
import { availableParallelism } from 'node:os'
import { mostWorkersEmbedded } from './connections.ts'

// How the texts of settings are read. Each function gives the value, or throws an Error whose message completes "NAME must be …".

/** One setting. */
export interface Setting<T> {
  /** The environment variable. */
  readonly name: string
  /** What holds when it is unset, in words. */
  readonly byDefault: string
  readonly about: string
  /** Gives the value, or throws an Error whose message completes "NAME must be …". */
  readonly read: (text: string | undefined) => T
}

/** Whom mails come from. */
export interface MailSender {
  /** Empty when none was given. */
  readonly name: string
  readonly address: string
}

/** As AWS has it: in anything else its client could see more than a name. */
export const bucketName = /^[a-z\d][a-z\d.-]{1,61}[a-z\d]$/
export const visible = /^[\x21-\x7e]+$/

export function integer(text: string, least: number, most: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (value >= least && value <= most) return value
  throw new Error(`a whole number from ${least} to ${most}, not ${JSON.stringify(text)}`)
}

/** How many processes: a number, or as many as the machine lets run at once and the embedded PostgreSQL has room for. */
export function workers(text: string, cores = availableParallelism()): number {
  if (text === 'auto') return Math.min(cores, mostWorkersEmbedded)
  if (/^[1-9]\d?$/.test(text)) return Number(text)
  throw new Error(`auto or a whole number from 1 to 99, not ${JSON.stringify(text)}`)
}

export function oneOf<const T extends string>(text: string, choices: readonly T[]): T {
  const choice = choices.find((candidate) => candidate === text)
  if (choice !== undefined) return choice
  throw new Error(`one of ${choices.join(', ')}, not ${JSON.stringify(text)}`)
}

/** Only the beginning is looked at: the driver also takes forms that are no URL, as `postgres:///db?host=/run/postgresql`. */
export function databaseUrl(text: string): string {
  if (/^postgres(ql)?:\/\/\S+$/.test(text)) return text
  // The text may hold a password, so it is not repeated.
  throw new Error('a URL that begins with postgres:// or postgresql://')
}

/** Nothing but the address: the driver would take what stands behind a `?` for its options. */
export function redisUrl(text: string): string {
  const url = /^rediss?:\/\//.test(text) ? URL.parse(text) : null
  const isWhole = url !== null && url.hostname !== '' && /^(\/\d*)?$/.test(url.pathname) && !/[?#\s]/.test(text)
  if (isWhole && isDecodable(url.username) && isDecodable(url.password)) return text
  // The text may hold a password, so it is not repeated.
  throw new Error('a URL that begins with redis:// or rediss:// and ends with the host, its port or a database number')
}

/** What follows the port could change how certificates are judged, so nothing may. */
export function smtpUrl(text: string): string {
  const url = /^smtps?:\/\//.test(text) && !/[?#\s]/.test(text) ? URL.parse(text) : null
  const isWhole = url !== null && url.hostname !== '' && /^\/?$/.test(url.pathname)
  const hasBoth = url !== null && (url.username === '') === (url.password === '')
  if (isWhole && hasBoth && isDecodable(url.username) && isDecodable(url.password)) return text
  // The text may hold a password, so it is not repeated.
  throw new Error(
    'a URL that begins with smtp:// or smtps:// and ends with the host or its port, with a user and a password or neither',
  )
}

export function mailSender(text: string): MailSender {
  const [, name = '', bracketed, bare] = /^(?:([^\p{C}<>"@,;]*)<([^<>]*)>|([^<>]*))$/u.exec(text.trim()) ?? []
  const address = bracketed ?? bare ?? ''
  if (/^[\w!#$%&'*+/=?^`{|}~.-]{1,64}@[a-z\d](?:[a-z\d.-]{0,251}[a-z\d])?$/i.test(address)) {
    return Object.freeze({ name: name.trim(), address })
  }
  throw new Error(`an address, or a name and an address as Example <noreply@example.com>, not ${JSON.stringify(text)}`)
}

export function formed(text: string, form: RegExp, words: string): string {
  if (form.test(text)) return text
  // The text may be secret, so it is not repeated.
  throw new Error(words)
}

function isDecodable(text: string): boolean {
  try {
    return decodeURIComponent(text) !== undefined
  } catch {
    return false
  }
}

export function httpUrl(text: string): string {
  const url = /^https?:\/\/[^\s?#@]+$/.test(text) ? URL.parse(text) : null
  if (url !== null) return url.href.replace(/\/+$/, '')
  throw new Error('a URL that begins with http:// or https://, without a user, a query or a fragment')
}

/** The address of what is told secrets: nobody on the way may read them. */
export function confidentialUrl(text: string): string {
  const url = httpUrl(text)
  const { protocol, hostname } = new URL(url)
  if (protocol === 'https:' || /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)) return url
  throw new Error('a URL that begins with https://, or with http:// and names this machine, as http://127.0.0.1:8080')
}

/** What other paths of the server begin with. */
const takenSteps = new Set([
  'facet',
  'oumla',
  'ocamba',
  'epixel',
  'ona',
  'original',
  'pictures',
  'console',
  'v1',
  'healthz',
  'readyz',
])

export function apiBase(text: string): string {
  const steps = text.replace(/^\/|\/$/g, '').split('/')
  const fits = steps.length === 2 && steps.every((step) => /^[A-Za-z0-9][\w.-]{0,63}$/.test(step))
  if (fits && !takenSteps.has(steps[0] ?? '')) return `/${steps.join('/')}`
  throw new Error(`a prefix and a version, as api/v1, that no other path begins with, not ${JSON.stringify(text)}`)
}

/** A range of every address is none: it would believe whoever speaks. */
export function proxies(text: string): string[] {
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
export function targets(text: string): string[] {
  const found = text.split(',').map((part) => {
    const [, host, port = ''] = /^(\[[\da-f:.]+\]|[^\s:/?#@[\]\\%*]+):(\d{1,5})$/i.exec(part.trim()) ?? []
    const url = host === undefined ? null : URL.parse(`http://${host}`)
    if (url !== null && Number(port) >= 1 && Number(port) <= 65_535) return `${url.hostname}:${Number(port)}`
    throw new Error(`host:port, several separated by commas, not ${JSON.stringify(part)}`)
  })
  return [...new Set(found)]
}

export function key(text: string): Buffer {
  const bytes = parseMasterKey(text)
  if (bytes === undefined) throw new Error('32 bytes in base64 or hex: make one with openssl rand -base64 32')
  return bytes
}

/** Several keys, the first one first. One that is there twice is most likely a mistake. */
export function keys(text: string): Buffer[] {
  const found = text.split(',').map((part) => parseMasterKey(part.trim()))
  const several = found.filter((bytes) => bytes !== undefined)
  const isTwice = several.some((bytes, index) => several.slice(0, index).some((other) => other.equals(bytes)))
  if (several.length === found.length && !isTwice) return several
  // The text is secret, so it is not repeated.
  throw new Error('32 bytes in base64 or hex, several different ones separated by commas')
}

/** The 32 bytes of a master key in base64 or hex. The decoder alone would skip what it cannot read, and cut a key short. */
export function parseMasterKey(text: string): Buffer | undefined {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex')
  return /^[A-Za-z0-9+/_-]{43}=?$/.test(text) ? Buffer.from(text, 'base64') : undefined
}
