import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { describe, expect, it, vi } from 'vitest'
import { buildApp } from '../../../src/app.ts'
import { issueApiKey } from '../../../src/core/api-keys/api-keys.service.ts'
import { openNotices } from '../../../src/infra/db/notices.ts'
import { quietPorts, testConfig } from '../../helpers/api.ts'
import { quietLog, useDatabase } from '../../helpers/database.ts'

const database = useDatabase()

describe('a server that is stopping', () => {
  it('answers the request in flight, and one behind it on the same connection with 503 in the shape of its dialect', async () => {
    const ctx = await database.newApp()
    const apiKey = await issueApiKey(ctx, ctx.appId, { name: 'Key', scopes: ['profiles:write'], expiresAt: null })
    const notices = openNotices(database.address, quietLog)
    const { db, keys } = database
    const app = await buildApp({ config: testConfig, db, keys, notices, ...quietPorts, log: quietLog })
    await app.server.listen({ host: '127.0.0.1', port: 0 })
    const socket = connect((app.server.server.address() as AddressInfo).port, '127.0.0.1')
    let received = ''
    socket.setEncoding('utf8').on('data', (text) => {
      received += text
    })
    const head = `POST /api/v1/profiles HTTP/1.1\r\nhost: x\r\nx-api-key: ${apiKey.secret}\r\ncontent-type: application/json\r\n`
    const send = (body: string) => socket.write(`${head}content-length: ${body.length}\r\n\r\n${body}`)
    const waiting = 'select 1 from pg_locks where not granted and relation = $1::regclass'

    let closing: Promise<void> | undefined
    await database.db.transaction(async (tx) => {
      await tx.query('lock table profiles in share mode', [])
      send('{"reference":"in-flight","type":"User"}')
      await vi.waitUntil(async () => (await database.db.query(waiting, ['profiles'])).length > 0, { timeout: 10_000 })
      closing = app.close(5_000)
      send('{"reference":"late","type":"User"}')
    })
    await once(socket, 'close')
    await closing
    await notices.close()
    const answers = received.split(/(?=HTTP\/1\.1 )/)
    expect(answers[0]).toMatch(/^HTTP\/1\.1 201 Created\r\n/)
    expect(answers[1]).toMatch(/^HTTP\/1\.1 503 Service Unavailable\r\n/)
    expect(answers[1]).toMatch(/\r\nx-request-id: /)
    expect(answers[1]?.split('\r\n\r\n')[1]).toBe('{"message":"Service Unavailable","errors":[]}')
  })
})
