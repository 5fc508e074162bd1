import Fastify from 'fastify'
import { describe, expect, it } from 'vitest'
import { faultOf } from './faults.ts'
import { isFormFile, useMultipartBodies } from './multipart-body.ts'
import { useStrictJson } from './strict-json.ts'

const server = Fastify({ bodyLimit: 6_000 })
useStrictJson(server)
useMultipartBodies(server, { maxFileBytes: 100 })
server.setErrorHandler((error, request, reply) => reply.code(400).send({ code: faultOf(error, request).code }))
const files = ['a', 'f', 'empty', 'unchosen', 'exact', 'large', '']
server.post('/', { config: { form: { files, maxBytes: 6_000 } } }, async ({ body, bodyHash }) => {
  const fields = Object.entries(body as object).map(([name, value]) => [
    name,
    isFormFile(value) ? { file: value.bytes?.toString('latin1') ?? null } : value,
  ])
  return { fields, hash: bodyHash?.toString('hex') ?? null }
})

interface Part {
  readonly name: string
  readonly text: string | Buffer
  readonly more?: string
}

function formOf(parts: readonly Part[], boundary = 'b'): Buffer {
  const bytes = parts.flatMap(({ name, text, more = '' }) => [
    Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n`),
    Buffer.from(text as string),
    Buffer.from('\r\n'),
  ])
  return Buffer.concat([...bytes, Buffer.from(`--${boundary}--\r\n`)])
}

async function send(payload: string | Buffer, headers: Record<string, string> = {}) {
  const answer = await server.inject({
    method: 'POST',
    url: '/',
    headers: { 'content-type': 'multipart/form-data; boundary=b', ...headers },
    payload,
  })
  return answer.json<{ fields: unknown; hash: string; code: string }>()
}

const file = (name: string, text: string | Buffer, filename = 'f') => ({ name, text, more: `; filename="${filename}"` })

describe('a multipart body', () => {
  it('is its texts and files, of a name that comes again the last; what a file is called plays no role', async () => {
    const { fields } = await send(
      formOf([
        { name: 'a', text: 'first' },
        file('a', 'second'),
        { name: 'ü', text: 'Žluťoučký 🐎' },
        { name: 'a', text: '' },
        file('f', Buffer.from([0, 255, 13, 10]), '../../etc/passwd'),
        file('empty', '', 'chosen.jpg'),
        file('unchosen', '', ''),
        { name: 'typed', text: 'x', more: '\r\nContent-Type: application/json' },
      ]),
    )
    expect(fields).toEqual([
      ['a', ''],
      ['ü', 'Žluťoučký 🐎'],
      ['f', { file: '\0\u00ff\r\n' }],
      ['empty', { file: '' }],
      ['typed', 'x'],
    ])
  })

  it('has names that mean something to the language, and no prototype', async () => {
    const { fields } = await send(
      formOf([
        { name: '__proto__', text: 'x' },
        { name: 'constructor', text: 'y' },
      ]),
    )
    expect(fields).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ])
  })

  it('is empty where nothing is sent between its boundaries', async () => {
    expect((await send('--b--\r\n')).fields).toEqual([])
    expect((await send('')).fields).toEqual([])
  })

  it('has nothing of a file that its route does not name, but that there was one', async () => {
    const { fields } = await send(formOf([file('other', 'x'), { name: 'a', text: 'b' }]))
    expect(fields).toEqual([
      ['other', { file: null }],
      ['a', 'b'],
    ])
  })

  it('has nothing of a file that is larger than files may be', async () => {
    const { fields } = await send(
      formOf([file('exact', 'x'.repeat(100)), file('large', 'x'.repeat(101)), { name: 'a', text: 'b' }]),
    )
    expect(fields).toEqual([
      ['exact', { file: 'x'.repeat(100) }],
      ['large', { file: null }],
      ['a', 'b'],
    ])
  })

  it.each([
    ['is cut short', formOf([{ name: 'a', text: 'b' }]).subarray(0, -8)],
    ['is cut short in a file', formOf([file('a', 'b'.repeat(50))]).subarray(0, -30)],
    ['is nothing of the kind', 'a=b'],
    ['holds a text that is no UTF-8', formOf([{ name: 'a', text: Buffer.from([0xff, 0xfe]) }])],
  ])('is refused when it %s', async (_, payload) => {
    expect((await send(payload)).code).toBe('body_malformed')
  })

  it('is refused with more fields than any form has', async () => {
    const parts = (count: number) => formOf(Array.from({ length: count }, () => ({ name: 'a', text: '' })))
    expect((await send(parts(100))).fields).toEqual([['a', '']])
    expect((await send(parts(101))).code).toBe('body_malformed')
  })

  it('is refused without a boundary', async () => {
    expect((await send(formOf([]), { 'content-type': 'multipart/form-data' })).code).toBe('body_malformed')
  })

  it('is refused as a whole past the most bytes of its route, also when its length is not told', async () => {
    const large = formOf(Array.from({ length: 9 }, (_, i) => ({ name: `f${i}`, text: 'x'.repeat(700) })))
    expect(large.length).toBeGreaterThan(6_000)
    expect((await send(large)).code).toBe('body_too_large')
  })

  it('has a hash of what it says under an Idempotency-Key, whatever its boundary', async () => {
    const parts = [{ name: 'a', text: 'b' }, file('f', 'x')]
    const key = { 'idempotency-key': 'k' }
    const other = { ...key, 'content-type': 'multipart/form-data; boundary=other' }
    const { hash } = await send(formOf(parts), key)
    expect(hash).toMatch(/^[\da-f]{64}$/)
    expect((await send(formOf(parts, 'other'), other)).hash).toBe(hash)
    for (const changed of [
      [...parts].reverse(),
      // Other bytes of the same length.
      [{ name: 'a', text: 'b' }, file('f', 'y')],
      [{ name: 'a', text: 'c' }, file('f', 'x')],
      [{ name: 'a', text: 'bf' }, file('', 'x')],
      [
        { name: 'a', text: 'b' },
        { name: 'f', text: 'x' },
      ],
    ]) {
      expect((await send(formOf(changed), key)).hash).not.toBe(hash)
    }
    expect((await send(formOf(parts))).hash).toBeNull()
  })
})

it('no JSON makes what is taken for a file', async () => {
  const json = { 'content-type': 'application/json' }
  const { fields } = await send(JSON.stringify({ a: { bytes: 'x' } }), json)
  expect(fields).toEqual([['a', { bytes: 'x' }]])
})
