import { isIP } from 'node:net'
import type { Outbound, OutboundMessage } from '../../core/ports.ts'
import { isPublicAddress } from './address-rules.ts'

export type Mode = OutboundMessage['mode']
export type Refusal = NonNullable<ReturnType<Outbound['refusal']>>

/** RFC 1035, section 2.3.4. */
const longestHost = 253

/** A URL that may be tried. */
export interface Target {
  /** Scheme, host and port, normalised by the URL standard: `127.1` has become `127.0.0.1`. */
  readonly origin: string
  /** With the query, without the fragment. */
  readonly path: string
  readonly host: string
  readonly mode: Mode
  /** A local target of the settings: the one kind whose addresses are not looked at. */
  readonly allowed: boolean
}

/**
 * Reads a URL as far as that goes without a look-up. `allow` has `host:port` as the URL standard writes them; it holds
 * for sandbox apps alone.
 */
export function readTarget(text: string, mode: Mode, allow: ReadonlySet<string>): Target | Refusal {
  const url = URL.parse(text)
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) return 'malformed'
  if (url.hostname.length > longestHost) return 'malformed'
  if (url.username !== '' || url.password !== '') return 'credentials'
  if (mode === 'live' && url.protocol !== 'https:') return 'not_https'
  const port = url.port || (url.protocol === 'https:' ? '443' : '80')
  const allowed = mode === 'sandbox' && allow.has(`${url.hostname}:${port}`)
  if (!allowed && isLocal(url.hostname)) return 'address'
  return { origin: url.origin, path: url.pathname + url.search, host: url.hostname, mode, allowed }
}

/** An address in the place of a name never reaches the look-up, so it is judged here. */
function isLocal(hostname: string): boolean {
  const address = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
  if (isIP(address) !== 0) return !isPublicAddress(address)
  // Always this machine (RFC 6761, section 6.3): whoever types it is told so at once.
  return /(?:^|\.)localhost\.?$/.test(hostname)
}
