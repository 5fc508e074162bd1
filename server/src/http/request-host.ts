import type { FastifyRequest } from 'fastify'
import { toHost } from '../core/organizations/hosts.rules.ts'

/** Where a client says that it sent its request to. Its word alone: a client writes whatever it likes. */
export interface RequestHost {
  /** In the form of `toHost`. */
  readonly host: string
  /** `:8080`, or empty. */
  readonly port: string
}

/**
 * What the header `Host` says, and no header of a proxy. Undefined unless there is exactly one, of a host and maybe a port
 * and nothing else (RFC 9110 section 7.2).
 */
export function hostOf(request: FastifyRequest): RequestHost | undefined {
  // The parsed headers hold the first of several, and do not say so.
  const { rawHeaders } = request.raw
  const values = rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === 'host')
  const [, name, port] = /^(\[[\da-f:.]+\]|[\w.-]+)(?::(\d{1,5}))?$/i.exec(values[0] ?? '') ?? []
  const host = name === undefined ? undefined : toHost(name)
  const isPort = port === undefined || (Number(port) >= 1 && Number(port) <= 65_535)
  if (values.length !== 1 || host === undefined || !isPort) return undefined
  return { host, port: port === undefined ? '' : `:${Number(port)}` }
}
