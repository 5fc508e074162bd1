import type { AddressInfo, Server } from 'node:net'
import { StartError } from '../installation/start-error.ts'

interface Place {
  readonly host: string
  readonly port: number
  /** Lets other processes listen there too, which say so as well. */
  readonly reusePort?: boolean
}

/** What can listen: a server of Fastify. */
export interface Listening {
  readonly server: Server
  listen(options: Place): Promise<string>
}

/** Listens, and gives the address as a URL. Throws StartError that names the setting to change. */
export async function listen(
  target: Listening,
  host: string,
  port: number,
  portName: string,
  reusePort = false,
): Promise<string> {
  try {
    await target.listen({ host, port, reusePort })
  } catch (error) {
    throw asStartError(error as NodeJS.ErrnoException, host, port, portName)
  }
  const { port: bound } = target.server.address() as AddressInfo
  return addressOf(host, bound)
}

/** The URL by which this machine reaches a server that listens on the host and port. */
export function addressOf(host: string, port: number): string {
  return `http://${reachable(host)}:${port}`
}

/** Where this machine reaches a server that listens on the host. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return host.includes(':') ? `[${host}]` : host
}

function asStartError(error: NodeJS.ErrnoException, host: string, port: number, portName: string): Error {
  if (error.code === 'EADDRINUSE') {
    return new StartError(
      `${portName}: port ${port} is taken on ${host}; stop the other program, or set ${portName}`,
      error,
    )
  }
  if (error.code === 'EACCES') {
    return new StartError(
      `${portName}: this user may not listen on port ${port}; set ${portName} to one above 1023`,
      error,
    )
  }
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND') {
    return new StartError(`FACET_HOST: ${host} is no address of this machine`, error)
  }
  return error
}
