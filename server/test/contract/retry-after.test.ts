import Fastify from 'fastify'
import { describe, expect, it } from 'vitest'
import { epixel } from '../../src/dialects/epixel/plugin.ts'
import { native } from '../../src/dialects/native/plugin.ts'
import { ocamba } from '../../src/dialects/ocamba/plugin.ts'
import { ona } from '../../src/dialects/ona/plugin.ts'
import { original } from '../../src/dialects/original/plugin.ts'
import { oumla } from '../../src/dialects/oumla/plugin.ts'
import type { Fault } from '../../src/http/faults.ts'

const faults: [fault: Fault, seconds: string][] = [
  [{ code: 'hashing_exhausted', retryAfterMs: 1_200 }, '2'],
  [{ code: 'hashing_exhausted', retryAfterMs: 0.4 }, '1'],
  [{ code: 'pictures_exhausted', retryAfterMs: 1_200 }, '2'],
  [{ code: 'database_unavailable' }, '1'],
  [{ code: 'files_unavailable' }, '1'],
]

describe.each([native, oumla, ocamba, epixel('/api/v1'), ona, original])('the dialect $name', (dialect) => {
  it.each(faults)('answers %o with 503 and Retry-After: %s', async (fault, seconds) => {
    const server = Fastify()
    server.get('/', (request, reply) => dialect.answerFault(fault, request, reply))
    const answer = await server.inject('/')
    expect(answer.statusCode).toBe(503)
    expect(answer.headers['retry-after']).toBe(seconds)
    await server.close()
  })
})
