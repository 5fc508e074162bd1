import type { FastifyRequest } from 'fastify'
import { describe, expect, it } from 'vitest'
import { DatabaseError } from '../core/db.ts'
import { DomainFault } from '../core/errors.ts'
import { faultOf, TransportError } from './faults.ts'

/** Gives the fault of an error, and what was logged for it. */
function judge(error: unknown): { fault: unknown; logged: [string, unknown][] } {
  const logged: [string, unknown][] = []
  const log = (level: string) => (fields: { err: unknown }) => logged.push([level, fields.err])
  const request = { log: { error: log('error'), warn: log('warn') } } as unknown as FastifyRequest
  return { fault: faultOf(error, request), logged }
}

function frameworkError(code: string, statusCode: number): Error {
  return Object.assign(new Error(code), { code, statusCode })
}

describe('faultOf', () => {
  it.each([
    ['an error', new Error('x')],
    ['a refused statement', new DatabaseError('x', '42601', undefined, undefined)],
    ['a failure of the framework', frameworkError('FST_ERR_REP_INVALID_PAYLOAD_TYPE', 500)],
    ['a status without a code of the framework', Object.assign(new Error('x'), { statusCode: 400 })],
    ['a text', 'x'],
    ['null', null],
    ['undefined', undefined],
  ])('takes what nobody foresaw for internal, and logs it as it was thrown: %s', (_, error) => {
    expect(judge(error)).toEqual({ fault: { code: 'internal' }, logged: [['error', error]] })
  })

  it('logs a database that could not be asked, with the cause, as a warning', () => {
    const error = new DomainFault({ code: 'database_unavailable' }, new Error('ECONNREFUSED'))
    expect(judge(error)).toEqual({ fault: error.fault, logged: [['warn', error]] })
  })

  it('logs nothing that is the client’s mistake', () => {
    const mistakes = [
      new DomainFault({ code: 'profile_not_found' }),
      new DomainFault({ code: 'identifier_taken', fields: ['email'] }, new Error('cause')),
      new TransportError({ code: 'body_malformed' }),
    ]
    for (const error of mistakes) expect(judge(error)).toEqual({ fault: error.fault, logged: [] })
  })

  it.each([
    ['FST_ERR_CTP_INVALID_MEDIA_TYPE', 415, 'media_type_unsupported'],
    ['FST_ERR_CTP_BODY_TOO_LARGE', 413, 'body_too_large'],
    ['FST_ERR_CTP_INVALID_CONTENT_LENGTH', 400, 'request_malformed'],
    ['FST_ERR_SOMETHING_NEW', 400, 'request_malformed'],
  ])('takes %s of the framework for the client’s mistake', (code, statusCode, meaning) => {
    expect(judge(frameworkError(code, statusCode))).toEqual({ fault: { code: meaning }, logged: [] })
  })

  it('names each broken field by the path to it', () => {
    const validation = [
      { keyword: 'required', instancePath: '', params: { missingProperty: 'name' } },
      { keyword: 'additionalProperties', instancePath: '/a~1b/0/c~0d', params: { additionalProperty: 'x/y' } },
      { keyword: 'maxItems', instancePath: '/list', params: { limit: 20 } },
      { keyword: 'enum', instancePath: '/mode', params: { allowedValues: ['a', 'b'] } },
      { keyword: 'somethingNew', instancePath: '/x', params: {} },
    ]
    expect(judge(Object.assign(new Error('x'), { validation, statusCode: 400 })).fault).toEqual({
      code: 'input_invalid',
      issues: [
        { path: ['name'], rule: 'required' },
        { path: ['a/b', '0', 'c~d', 'x/y'], rule: 'unknown' },
        { path: ['list'], rule: 'too_long', limit: 20 },
        { path: ['mode'], rule: 'choice', allowed: ['a', 'b'] },
        { path: ['x'], rule: 'format' },
      ],
    })
  })
})
