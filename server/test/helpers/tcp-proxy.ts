import { once } from 'node:events'
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import type { DatabaseAddress } from '../../src/infra/db/pool.ts'

/** A way to the database on which faults can be made. */
export interface DatabaseProxy {
  /** The database's address, through the proxy. */
  readonly address: DatabaseAddress
  /** From now on no byte passes and no end is told: the connections are half open. */
  freeze(): void
  /** Bytes pass again, on new connections. */
  thaw(): void
  /** Ends every connection at once. */
  cut(): void
  close(): Promise<void>
}

/** Opens a loopback port that leads to the database. */
export async function openDatabaseProxy(address: DatabaseAddress): Promise<DatabaseProxy> {
  const pairs = new Set<[Socket, Socket]>()
  let frozen = false
  const server = createServer((near) => {
    const far = createConnection(targetOf(address))
    const pair: [Socket, Socket] = [near, far]
    pairs.add(pair)
    for (const [from, to] of [pair, [far, near]] as const) {
      from.on('data', (bytes) => frozen || to.write(bytes))
      from.on('error', () => {})
      from.on('close', () => {
        if (frozen) return
        pairs.delete(pair)
        to.destroy()
      })
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const cut = () => {
    for (const pair of pairs) for (const socket of pair) socket.destroy()
    pairs.clear()
  }
  return {
    address: through(address, (server.address() as AddressInfo).port),
    freeze: () => {
      frozen = true
    },
    thaw: () => {
      cut()
      frozen = false
    },
    cut,
    async close() {
      cut()
      server.close()
      await once(server, 'close')
    },
  }
}

function targetOf(address: DatabaseAddress): { path: string } | { host: string; port: number } {
  if ('connectionString' in address) {
    const { hostname, port } = new URL(address.connectionString)
    return { host: hostname, port: Number(port || 5432) }
  }
  return address.host.startsWith('/')
    ? { path: join(address.host, `.s.PGSQL.${address.port}`) }
    : { host: address.host, port: address.port }
}

function through(address: DatabaseAddress, port: number): DatabaseAddress {
  if (!('connectionString' in address)) return { ...address, host: '127.0.0.1', port }
  const url = new URL(address.connectionString)
  url.host = `127.0.0.1:${port}`
  return { connectionString: url.href }
}
