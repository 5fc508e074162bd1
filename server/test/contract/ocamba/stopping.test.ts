import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { expect, it, vi } from 'vitest'
import { buildApp } from '../../../src/app.ts'
import { issueApiKey } from '../../../src/core/api-keys/api-keys.service.ts'
import { quietPorts, steadyNotices, testConfig } from '../../helpers/api.ts'
import { quietLog, useDatabase } from '../../helpers/database.ts'
import { errors } from './client.ts'

const database = useDatabase()

it('A server that is stopping answers the request in flight, and the one behind it with 503 in this dialect’s shape', async () => {
  const ctx = await database.newApp()
  const apiKey = await issueApiKey(ctx, ctx.appId, { name: 'Key', scopes: ['profiles:write'], expiresAt: null })
  const { db, keys } = database
  const app = await buildApp({ config: testConfig, db, keys, notices: steadyNotices, ...quietPorts, log: quietLog })
  await app.server.listen({ host: '127.0.0.1', port: 0 })
  const socket = connect((app.server.server.address() as AddressInfo).port, '127.0.0.1')
  let received = ''
  socket.setEncoding('utf8').on('data', (text) => {
    received += text
  })
  const send = (body: string) =>
    socket.write(
      `POST /v1/hood/profiles HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${apiKey.secret}\r\n` +
        `content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    )
  const waiting = 'select 1 from pg_locks where not granted and relation = $1::regclass'

  let closing: Promise<void> | undefined
  await db.transaction(async (tx) => {
    await tx.query('lock table profiles in share mode', [])
    send('{"email":"in-flight@example.com"}')
    await vi.waitUntil(async () => (await db.query(waiting, ['profiles'])).length > 0, { timeout: 10_000 })
    closing = app.close(5_000)
    send('{"email":"late@example.com"}')
  })
  await once(socket, 'close')
  await closing
  const [first, second = ''] = received.split(/(?=HTTP\/1\.1 )/)
  expect(first).toMatch(/^HTTP\/1\.1 201 Created\r\n/)
  expect(second).toMatch(/^HTTP\/1\.1 503 Service Unavailable\r\n/)
  expect(second).toMatch(/\r\ncontent-type: application\/json\r\n/)
  const traceId = /\r\nx-request-id: (\S+)\r\n/.exec(second)?.[1]
  const { status, title, message } = errors.unavailable
  expect(JSON.parse(second.split('\r\n\r\n')[1] ?? '')).toEqual({ code: status, title, message, trace_id: traceId })
})
