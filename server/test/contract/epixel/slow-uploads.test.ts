import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { listenOnLoopback, useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { type Client, multipartOf, newClient, type Person } from './client.ts'
import { paths } from './fixtures/seed-002.ts'

const database = useDatabase()
const api = useApi(database)
let client: Client
let port: number
const sockets: Socket[] = []
beforeAll(async () => {
  client = await newClient(api, database)
  port = Number(new URL(await listenOnLoopback(api.server)).port)
})
afterAll(() => {
  for (const socket of sockets) socket.destroy()
})

/** An upload as the server has it, and what its client gets. */
interface Upload {
  readonly socket: Socket
  /** Whether somebody has begun to read its body. */
  isRead(): boolean
  /** The first line of the answer. */
  readonly answer: Promise<string>
}

/** Sends the head of an upload and as much of its body as is given; it arrives before this ends. */
async function begin(person: Person, { type, body }: ReturnType<typeof multipartOf>, sent = body): Promise<Upload> {
  const socket = connect(port, '127.0.0.1')
  sockets.push(socket)
  const arrived = once(api.server.server, 'request')
  socket.write(
    [
      `POST /api/v1${paths.uploadImage} HTTP/1.1`,
      'Host: localhost',
      `apikey: ${client.apiKey.key}`,
      `Authorization: Bearer ${person.access}`,
      `Content-Type: ${type}`,
      `Content-Length: ${body.length}`,
      '\r\n',
    ].join('\r\n'),
  )
  socket.write(sent)
  const answer = once(socket, 'data').then(([bytes]) => String(bytes).split('\r\n')[0] ?? '')
  answer.catch(() => {})
  const [request] = (await arrived) as [IncomingMessage]
  return { socket, isRead: () => request.readableFlowing !== null, answer }
}

it('two uploads of one person that come slowly keep their third waiting unread, and nobody else', async () => {
  const [slow, other] = [await client.person('slow.one'), await client.person('other.one')]
  const bytes = await sharp({ create: { width: 8, height: 8, channels: 3, background: 'teal' } })
    .png()
    .toBuffer()
  const form = multipartOf({ image: { bytes }, cropped_image: { bytes } })
  const part = form.body.subarray(0, 50)
  const [first, second] = [await begin(slow, form, part), await begin(slow, form, part)]
  await expect.poll(() => [first.isRead(), second.isRead()]).toEqual([true, true])

  // Refused as soon as it is read, without a picture to make: it would be answered long before the other person's.
  const third = await begin(slow, multipartOf({ image: 'none' }))
  let answered = false
  third.answer.then(() => {
    answered = true
  })
  const theirs = await begin(other, form)
  expect(await theirs.answer).toBe('HTTP/1.1 200 OK')
  expect([answered, third.isRead()]).toEqual([false, false])

  first.socket.destroy()
  expect(await third.answer).toBe('HTTP/1.1 400 Bad Request')
})
