import { EventEmitter, once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import Fastify, { type FastifyReply } from 'fastify'
import { expect, it } from 'vitest'
import { createBoundedQueue } from '../infra/bounded-queue.ts'
import { createUploadPlaces } from './upload-places.ts'

const newQueue = (width: number, longest: number) =>
  createBoundedQueue({ width, longest, fault: 'pictures_exhausted', guessedMs: 1 })
const newPlaces = (width: number, longest: number) => createUploadPlaces(newQueue(width, longest), () => newQueue(2, 2))

function newReply() {
  const raw = Object.assign(new EventEmitter(), { closed: false, socket: new EventEmitter() })
  return { raw, reply: { raw } as unknown as FastifyReply }
}

/** So many requests that ask for a place, one after the other, and which of them have one. */
function ask(count: number, bounds: readonly [width: number, longest: number]) {
  const places = newPlaces(...bounds)
  const held: number[] = []
  const replies = Array.from({ length: count }, newReply)
  const all = replies.map(({ reply }, i) => places.hold(reply, `person ${i}`).then(() => held.push(i)))
  return { replies, held, all }
}

it('a place is kept until the answer is out or its connection gone, and goes to who waits longest', async () => {
  const { replies, held, all } = ask(5, [2, 10])
  await turn()
  expect(held).toEqual([0, 1])
  replies[1]?.raw.emit('finish')
  await turn()
  expect(held).toEqual([0, 1, 2])
  // Told twice, as answers are that end and whose connection ends after.
  replies[1]?.raw.emit('close')
  replies[0]?.raw.socket.emit('close')
  await turn()
  expect(held).toEqual([0, 1, 2, 3])
  replies[2]?.raw.emit('close')
  await Promise.all(all)
  expect(held).toEqual([0, 1, 2, 3, 4])
  for (const { raw } of replies.slice(0, 3))
    expect([raw.listenerCount('finish'), raw.listenerCount('close')]).toEqual([0, 0])
})

it('a place is refused at once where as many wait as may', async () => {
  const { all } = ask(3, [1, 1])
  await expect(all[2]).rejects.toMatchObject({ fault: { code: 'pictures_exhausted' } })
})

it('one person has two places, waits behind themselves, and is refused there, while others are served', async () => {
  const places = newPlaces(10, 10)
  const held: string[] = []
  const [replies, others] = [Array.from({ length: 5 }, newReply), newReply()]
  const all = replies.map(({ reply }, i) => places.hold(reply, 'ada').then(() => held.push(`ada ${i}`)))
  const other = places.hold(others.reply, 'bob').then(() => held.push('bob'))
  await expect(all[4]).rejects.toMatchObject({ fault: { code: 'pictures_exhausted' } })
  await other
  expect(held).toEqual(['ada 0', 'ada 1', 'bob'])
  replies[0]?.raw.emit('close')
  await all[2]
  expect(held).toEqual(['ada 0', 'ada 1', 'bob', 'ada 2'])
})

it('a place is given back by a client that leaves, whether it has one or waits for it', async () => {
  const places = newPlaces(1, 10)
  const server = Fastify()
  const came = new EventEmitter()
  server.post('/', { onRequest: (_request, reply) => places.hold(reply, 'ada') }, () => {
    came.emit('held')
    return new Promise(() => {})
  })
  server.post('/next', { onRequest: (_request, reply) => places.hold(reply, 'bob') }, async () => 'served')
  const url = await server.listen({ host: '127.0.0.1', port: 0 })
  const begin = async (): Promise<Socket> => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    await once(socket, 'connect')
    const arrived = once(server.server, 'request')
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n')
    await arrived
    return socket
  }
  const held = once(came, 'held')
  const holder = await begin()
  await held
  const waiter = await begin()
  const next = fetch(`${url}/next`, { method: 'POST' })
  waiter.destroy()
  holder.destroy()
  expect(await (await next).text()).toBe('served')
  server.server.closeAllConnections()
  await server.close()
})
