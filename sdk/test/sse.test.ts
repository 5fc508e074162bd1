import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSseParser, type Dispatch } from '../src/sse.ts'

function parse(parts: readonly string[], id = ''): Dispatch[] {
  const parser = createSseParser(id)
  return parts.flatMap((part) => parser.push(part))
}
const events = (text: string, id?: string) =>
  parse([text], id)
    .filter(({ data }) => data !== undefined)
    .map((event) => ({ id: event.id, data: event.data }))

describe('a stream of Server-Sent Events (HTML, 9.2.6)', () => {
  it.each([
    [
      'the standard: lines of data are joined',
      'data: YHOO\ndata: +2\ndata: 10\n\n',
      [{ id: '', data: 'YHOO\n+2\n10' }],
    ],
    [
      'the standard: an id stays until another, and an empty one takes it away',
      ': test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n',
      [
        { id: '1', data: 'first event' },
        { id: '', data: 'second event' },
        { id: '', data: ' third event' },
      ],
    ],
    [
      'the standard: data may be empty, and what has no empty line behind it is no event',
      'data\n\ndata\ndata\n\ndata:',
      [
        { id: '', data: '' },
        { id: '', data: '\n' },
      ],
    ],
    [
      'the standard: one space behind the colon is no part of the value',
      'data:test\n\ndata: test\n\n',
      [
        { id: '', data: 'test' },
        { id: '', data: 'test' },
      ],
    ],
    [
      'fields that are not known, and comments, are passed over',
      ':data: x\nevent: y\nnone: z\ndata: 1\n\n',
      [{ id: '', data: '1' }],
    ],
    [
      'an id with NUL is passed over',
      'id: 1\ndata: a\n\nid: 2\0\ndata: b\n\n',
      [
        { id: '1', data: 'a' },
        { id: '1', data: 'b' },
      ],
    ],
    ['a colon within a value belongs to it', 'data: {"a":1}\n\n', [{ id: '', data: '{"a":1}' }]],
  ])('%s', (_title, text, expected) => {
    expect(events(text)).toEqual(expected)
    expect(events(text.replaceAll('\n', '\r'))).toEqual(expected)
    expect(events(text.replaceAll('\n', '\r\n'))).toEqual(expected)
  })

  it('goes on with the id from before it, and an id without data counts too', () => {
    expect(events('data: a\n\n', '7')).toEqual([{ id: '7', data: 'a' }])
    expect(parse(['id: 8\n\n', 'data: b\n\n'], '7')).toMatchObject([
      { id: '8', data: undefined },
      { id: '8', data: 'b' },
    ])
  })

  it('tells how long to wait, when that is a number', () => {
    expect(parse(['retry: 2000\n\n', 'retry: 3s\ndata: a\n\n']).map(({ retryMs }) => retryMs)).toEqual([2_000, 2_000])
  })

  it('is the same however it is cut', () => {
    const piece = fc.constantFrom(
      'data: a',
      'data',
      'id: 1',
      'id',
      ':',
      'retry: 5',
      'x',
      '\n',
      '\r',
      '\r\n',
      '\n\n',
      '\r\r',
    )
    fc.assert(
      fc.property(fc.array(piece), fc.infiniteStream(fc.nat({ max: 4 })), (pieces, sizes) => {
        const text = pieces.join('')
        const parts: string[] = []
        for (let at = 0; at < text.length; ) {
          const size = sizes.next().value
          parts.push(text.slice(at, at + size))
          at += size
        }
        expect(parse(parts)).toEqual(parse([text]))
      }),
    )
  })
})
