import { once } from 'node:events'
import { existsSync, readdirSync, readlinkSync } from 'node:fs'
import { mkdtemp, rm, truncate } from 'node:fs/promises'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import Fastify, { type FastifyInstance } from 'fastify'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { FileContent, Files } from '../core/ports.ts'
import { createLocalFiles } from '../infra/files/local-files.ts'
import { pictureRoutes } from './pictures.ts'

const steps = `0193e5a0-0000-7000-8000-000000000000/${'d'.repeat(43)}/crop.webp`
const path = `/pictures/${steps}`
const mebibyte = 1_048_576
/** Many times what the system keeps of it between two sockets of this machine. */
const size = 20 * mebibyte
const readers = 50

let server: FastifyInstance
let logged: string
let folder: string
const sockets: Socket[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'facet-pictures-'))
})
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  server.server.closeAllConnections()
  await server.close()
  await rm(folder, { recursive: true, force: true })
})

/** Serves pictures on a port; gives the URL of one. */
async function serve(files: Pick<Files, 'get'>): Promise<string> {
  logged = ''
  const write = (line: string) => {
    logged += line
  }
  server = Fastify({ logger: { level: 'warn', stream: { write } } })
  // As the whole server does, which lets a route set its own over it.
  server.addHook('onRequest', async (_request, reply) => void reply.header('cache-control', 'no-store'))
  pictureRoutes(server, files as Files)
  return (await server.listen({ host: '127.0.0.1', port: 0 })) + path
}

/** Files with the one that the path leads to, large and of nothing but holes. */
async function largeFile(): Promise<Files> {
  const files = createLocalFiles(folder)
  await files.put(path.slice(1), Buffer.alloc(1))
  await truncate(join(folder, path), size)
  return files
}

/** A reader who asks for the picture and reads nothing of what comes. */
function ask(): Socket {
  const socket = connect((server.server.address() as AddressInfo).port, '127.0.0.1')
  sockets.push(socket)
  socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`)
  return socket
}

/** Readers whose answers have begun, once the server has no room for more of any. */
async function openReaders(): Promise<readonly Socket[]> {
  const served: Socket[] = []
  server.server.on('connection', (socket: Socket) => served.push(socket))
  const asked = Array.from({ length: readers }, ask)
  await Promise.all(asked.map((socket) => once(socket, 'readable')))
  await vi.waitFor(() => expect(served.filter((socket) => socket.writableNeedDrain)).toHaveLength(readers))
  return asked
}

/** How many files of the folder this process has open. */
function openHandles(): number {
  return readdirSync('/proc/self/fd').filter((name) => {
    try {
      return readlinkSync(`/proc/self/fd/${name}`).startsWith(folder)
    } catch {
      // The one by which the list was read.
      return false
    }
  }).length
}

const tellsOfHandles = existsSync('/proc/self/fd')

/** A file of 2,000 bytes of which there is what is given, and then an error. */
function brokenFile(...pieces: readonly Buffer[]): FileContent {
  async function* read() {
    yield* pieces
    throw new Error('The disk is gone')
  }
  return { size: 2_000, stream: Readable.from(read()) }
}

describe('a picture', () => {
  it('comes whole, with its length, as often as it is asked for over one connection', async () => {
    const url = await serve(await largeFile())
    for (let n = 0; n < 2; n++) {
      const answer = await fetch(url)
      expect([answer.status, answer.headers.get('content-length')]).toEqual([200, String(size)])
      expect((await answer.arrayBuffer()).byteLength).toBe(size)
    }
  })

  it('takes no memory for readers who take nothing of it', async () => {
    await serve(await largeFile())
    const before = process.memoryUsage.rss()
    await openReaders()
    expect((process.memoryUsage.rss() - before) / mebibyte).toBeLessThan((readers * size) / mebibyte / 5)
  })

  it.skipIf(!tellsOfHandles)('is closed when its readers go away', async () => {
    await serve(await largeFile())
    const asked = await openReaders()
    expect(openHandles()).toBe(readers)
    for (const reader of asked) reader.destroy()
    await vi.waitFor(() => expect(openHandles()).toBe(0))
  })

  it.skipIf(!tellsOfHandles)('is closed after it was read, and after its head was asked for', async () => {
    const files = createLocalFiles(folder)
    // Small: the garbage of large ones would be collected, and with it a handle that was left.
    await files.put(path.slice(1), Buffer.alloc(1_000))
    const url = await serve(files)
    await (await fetch(url)).arrayBuffer()
    await fetch(url, { method: 'HEAD' })
    await vi.waitFor(() => expect(openHandles()).toBe(0))
  })

  it('is not read when its head alone is asked for', async () => {
    const read = vi.fn()
    const stream = new Readable({ read })
    const url = await serve({ get: async () => ({ size: 2_000, stream }) })
    const answer = await fetch(url, { method: 'HEAD' })
    expect([answer.status, answer.headers.get('content-length'), await answer.text()]).toEqual([200, '2000', ''])
    expect([stream.destroyed, read.mock.calls]).toEqual([true, []])
  })

  it('is closed when its reader left before it was found', async () => {
    const [asked, found] = [Promise.withResolvers<void>(), Promise.withResolvers<FileContent>()]
    await serve({
      get() {
        asked.resolve()
        return found.promise
      },
    })
    const connected = once(server.server, 'connection')
    const reader = ask()
    const [served] = (await connected) as [Socket]
    await asked.promise
    reader.destroy()
    await once(served, 'close')
    const stream = new Readable({ read() {} })
    found.resolve({ size: 2_000, stream })
    await once(stream, 'close')
    expect(logged).toBe('')
  })

  it.each([
    ['in its middle', [Buffer.alloc(1_000)]],
    ['at its first byte', []],
  ])('that breaks off %s ends the connection', async (_where, pieces) => {
    const url = await serve({ get: async () => brokenFile(...pieces) })
    await expect(fetch(url).then((answer) => answer.arrayBuffer())).rejects.toThrow(/fetch failed|terminated/)
    expect(logged).toContain('The disk is gone')
  })
})
