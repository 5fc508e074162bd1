import { type Issue, invalid } from '../errors.ts'

/** A change of the hosts of an app: all that there are to be, or single ones beside what is listed. */
export interface HostsChange {
  readonly hosts?: readonly string[] | undefined
  readonly addHosts?: readonly string[] | undefined
  readonly removeHosts?: readonly string[] | undefined
}

const mostHosts = 100
const longestHost = 253

/**
 * A host as it is stored and compared: as a URL has it (WHATWG URL, 3.5), so in lower case, in ASCII (IDNA), IPv4 as four
 * numbers and IPv6 in brackets, and without the dot of the root. Undefined for what is no host, or is more than that.
 */
export function toHost(text: string): string | undefined {
  // The parser alone would leave out tabs, decode %41, and take what stands before an @ for a user.
  if (text.length > 1_000 || !/^(?:\[[\da-f:.]+\]|[^\s\p{C}/\\?#@%:[\]]+)$/iu.test(text)) return undefined
  const host = URL.parse(`http://${text}`)?.hostname.replace(/\.$/, '') ?? ''
  const isHost = host.startsWith('[') || host.split('.').every((label) => /^[a-z\d_-]{1,63}$/.test(label))
  return isHost && host.length <= longestHost ? host : undefined
}

/** The host of the URL, in the form of `toHost`; undefined without a URL. */
export function hostOfUrl(url: string | undefined): string | undefined {
  const parsed = url === undefined ? null : URL.parse(url)
  return parsed === null ? undefined : toHost(parsed.hostname)
}

/** Whether a host, in the form of `toHost`, is this machine whoever asks (RFC 6761 section 6.3, RFC 6890). */
export function isLoopback(host: string): boolean {
  return /^(?:(?:.+\.)?localhost|127\.\d+\.\d+\.\d+|\[::1\]|\[::ffff:7f[\da-f]{2}:[\da-f]{1,4}\])$/.test(host)
}

/**
 * The hosts of an app after a change, sorted. Loopback and the installation's own host belong to the default app and are
 * never listed. Throws `input_invalid`.
 */
export function changeHosts(before: readonly string[], change: HostsChange, ownHost: string | undefined): string[] {
  const issues: Issue[] = []
  const read = (field: keyof HostsChange, judge: (host: string) => 'reserved' | 'unknown' | undefined): string[] =>
    (change[field] ?? []).flatMap((text, index) => {
      const host = toHost(text)
      const rule = host === undefined ? 'format' : judge(host)
      // Who names single hosts knows them by name, and not by their place.
      if (rule !== undefined) issues.push({ path: [field, field === 'hosts' ? String(index) : text], rule })
      return host ?? []
    })
  const listable = (host: string) => (isLoopback(host) || host === ownHost ? 'reserved' : undefined)
  const all = read('hosts', listable)
  const added = read('addHosts', listable)
  const removed = read('removeHosts', (host) => (before.includes(host) ? undefined : 'unknown'))
  const kept = (change.hosts === undefined ? before : all).filter((host) => !removed.includes(host))
  const after = [...new Set([...kept, ...added])].sort()
  if (after.length > mostHosts) issues.push({ path: ['hosts'], rule: 'too_long', limit: mostHosts })
  if (issues.length > 0) throw invalid(...issues)
  return after
}
