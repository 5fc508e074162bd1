import type { FastifyRequest } from 'fastify'
import { hostOfUrl, isLoopback } from '../core/organizations/hosts.rules.ts'
import type { Services } from './dialect.ts'
import { hostOf, type RequestHost } from './request-host.ts'

/**
 * What the links in an answer begin with, as `https://shop.example.com` (docs/adr/0016). It is the request's own host
 * and port only where the app lists that host, and for loopback; else `FACET_PUBLIC_URL`, which may have a path, or without that
 * the address at which the request came in. No slash at the end. `sent`: for whoever has read it already.
 */
export async function originOf(
  services: Pick<Services, 'hosts' | 'publicUrl'>,
  request: FastifyRequest,
  appId: string,
  sent = hostOf(request),
): Promise<string> {
  return sent !== undefined && (await isOfApp(services, sent, appId))
    ? originAt(request, sent)
    : mailOrigin(services, request)
}

/** What the links in an answer begin with for a client that names a host of the app on the same connection. */
export function originAt(request: FastifyRequest, { host, port }: RequestHost): string {
  return new URL(`${schemeOf(request)}://${host}${port}`).origin
}

/** What the links in a mail begin with: never the request's own host, which anybody can choose for somebody else. */
export function mailOrigin({ publicUrl }: Pick<Services, 'publicUrl'>, request: FastifyRequest): string {
  return publicUrl ?? boundOrigin(request)
}

/** Where the console is, for an answer to whoever asks: they know what they called this server. */
export function consoleOrigin({ publicUrl }: Pick<Services, 'publicUrl'>, request: FastifyRequest): string {
  return publicUrl ?? sentOrigin(request) ?? boundOrigin(request)
}

/** The address at which the request says it came in: what a page of this server has for its own. Undefined when it says none. */
export function sentOrigin(request: FastifyRequest): string | undefined {
  const sent = hostOf(request)
  return sent && originAt(request, sent)
}

async function isOfApp(
  { hosts, publicUrl }: Pick<Services, 'hosts' | 'publicUrl'>,
  { host }: RequestHost,
  appId: string,
): Promise<boolean> {
  if (isLoopback(host)) return true
  // It leads to the default app, which does not list it: the settings know its scheme and port better.
  if (host === hostOfUrl(publicUrl)) return false
  return (await hosts.find(host))?.appId === appId
}

/** The connection's scheme, or the one that a trusted proxy names. */
function schemeOf(request: FastifyRequest): 'http' | 'https' {
  return request.protocol.toLowerCase() === 'https' ? 'https' : 'http'
}

function boundOrigin({ socket }: FastifyRequest): string {
  const { localAddress = '127.0.0.1', localPort = 80 } = socket
  const address = localAddress.replace(/^::ffff:(?=\d+\.)/, '')
  return new URL(`http://${address.includes(':') ? `[${address}]` : address}:${localPort}`).origin
}
