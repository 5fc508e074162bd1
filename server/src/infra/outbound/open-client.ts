import type { LookupAddress, LookupAllOptions } from 'node:dns'
import type { LookupFunction, Socket } from 'node:net'
import { buildConnector, Client } from 'undici'
import { isPublicAddress } from './address-rules.ts'
import { asConnectFailure, Failure } from './failure.ts'
import type { Target } from './target.ts'

/** `lookup` of node:dns, asked for all addresses. */
export type Lookup = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void

/** Makes a client of one connection; it connects when it is first used. `end` also breaks an attempt off. */
export type OpenClient = (target: Target) => { client: Client; end: () => Promise<void> }

export interface ClientSettings {
  readonly lookup: Lookup
  readonly keepAliveMs: number
  readonly ca?: readonly string[]
}

const maxHeaderBytes = 16 * 1024

/** Clients of HTTP/1.1 whose sockets look names up by `lookup`, and connect to public addresses only. */
export function createClientOpener({ lookup, keepAliveMs, ca }: ClientSettings): OpenClient {
  const tls = ca === undefined ? {} : { ca: [...ca] }
  // The time for an attempt is the message's own, so none is set here. `rejectUnauthorized` is said aloud because a
  // variable of the environment can change its default.
  const common = { ...tls, allowH2: false, timeout: 0, rejectUnauthorized: true } as const
  const anywhere = connector({ ...common, lookup: judged(lookup, () => true) })
  const publicOnly = connector({ ...common, lookup: judged(lookup, isPublicAddress) })

  return ({ origin, host, allowed }) => {
    const connect = allowed ? anywhere : publicOnly
    let socket: Socket | undefined
    const client = new Client(origin, {
      allowH2: false,
      pipelining: 1,
      keepAliveTimeout: keepAliveMs,
      keepAliveMaxTimeout: keepAliveMs,
      maxHeaderSize: maxHeaderBytes,
      // Each message has a timer of its own.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect(options, callback) {
        let reached = false
        socket = connect(options, (error, opened) => {
          if (error === null) callback(null, opened)
          else callback(asConnectFailure(error, host, reached), null)
        })
        socket.once('connect', () => {
          reached = true
        })
      },
    })
    return {
      client,
      async end() {
        const ended = client.destroy()
        socket?.destroy()
        await ended
      },
    }
  }
}

/** The connector gives its socket at once; its types do not say so. */
function connector(options: buildConnector.BuildOptions) {
  return buildConnector(options) as (options: buildConnector.Options, callback: buildConnector.Callback) => Socket
}

/**
 * The look-up of a socket, so that the addresses that are judged are those that it connects to. One address that is
 * not right refuses the whole name: whoever owns a name with such an address means no good.
 */
function judged(lookup: Lookup, isRight: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      const [first] = addresses ?? []
      if (error !== null || first === undefined) {
        callback(new Failure('unresolved', `The name ${hostname} could not be resolved`), '')
      } else if (!addresses.every(({ address }) => isRight(address))) {
        callback(new Failure('refused', `The address of ${hostname} is not public`), '')
      } else if (options.all) callback(null, addresses)
      else callback(null, first.address, first.family)
    })
  }
}
