import { describe, expect, it } from 'vitest'
import { createEventParser, type StreamBlock } from './event-source.ts'

const bytesOf = (text: string) => new TextEncoder().encode(text)

/** What a stream says that comes in these parts. */
function parse(...parts: (string | Uint8Array)[]): StreamBlock[] {
  const parser = createEventParser()
  return parts.flatMap((part) => parser.push(typeof part === 'string' ? bytesOf(part) : part))
}

const dataOf = (...parts: (string | Uint8Array)[]) => parse(...parts).map(({ data }) => data)

describe('an event stream', () => {
  it('gives each event with its type, its data and the id to resume from', () => {
    expect(parse('event: add\ndata: 1\nid: 7\n\ndata: 2\n\n')).toEqual([
      { lastEventId: '7', type: 'add', data: '1' },
      { lastEventId: '7', type: 'message', data: '2' },
    ])
  })

  it('reads the same, wherever the bytes are cut, whichever line ends it uses', () => {
    const lines = ['\uFEFF: hi', 'id: 1', 'data: Zoë 🦊', 'data: y', '', ': heartbeat', '', 'id: 2', 'data: z', '', '']
    const expected = [
      { lastEventId: '1', type: 'message', data: 'Zoë 🦊\ny' },
      { lastEventId: '1', type: 'message', data: undefined },
      { lastEventId: '2', type: 'message', data: 'z' },
    ]
    for (const end of ['\n', '\r', '\r\n']) {
      const bytes = bytesOf(lines.join(end))
      expect(parse(bytes)).toEqual(expected)
      expect(parse(...[...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(expected)
      for (let cut = 1; cut < bytes.length; cut++) {
        expect(parse(bytes.subarray(0, cut), bytes.subarray(cut))).toEqual(expected)
      }
    }
  })

  it('takes one space behind the colon away and no more, and takes a line without a colon for an empty field', () => {
    expect(dataOf('data:x\n\ndata: x\n\ndata:  x\n\ndata: a:b\n\n')).toEqual(['x', 'x', ' x', 'a:b'])
    expect(dataOf('data\n\ndata\ndata\n\ndata:\n\n')).toEqual(['', '\n', ''])
  })

  it('an id without data moves the place to resume from, and is no event', () => {
    expect(parse('id: 41\n\n')).toEqual([{ lastEventId: '41', type: 'message', data: undefined }])
    expect(parse('id: 41\n\nid\ndata: x\n\n').at(-1)?.lastEventId).toBe('')
    expect(parse('id: 41\n\nid: 4\u00002\ndata: x\n\n').at(-1)?.lastEventId).toBe('41')
  })

  it('resumes from where the connection before was until it says another place', () => {
    expect(createEventParser('12').push(bytesOf(': heartbeat\n\n'))).toMatchObject([{ lastEventId: '12' }])
  })

  it('what is incomplete counts for nothing', () => {
    expect(parse('id: 1\ndata: x\n\nid: 2\ndata: y\n')).toEqual([{ lastEventId: '1', type: 'message', data: 'x' }])
  })

  it('the type of an event without data is not the next one\u2019s', () => {
    expect(parse('event: add\n\ndata: x\n\n').at(-1)).toEqual({ lastEventId: '', type: 'message', data: 'x' })
  })

  it('passes over comments, unknown fields and names in another case', () => {
    expect(dataOf(':data: no\nDATA: no\n data: no\nother: no\ndata: yes\n\n')).toEqual(['yes'])
  })

  it('tells how long to wait before coming back, if that is digits only', () => {
    const parser = createEventParser()
    expect(parser.retryMs).toBeUndefined()
    parser.push(bytesOf('retry: 2000\n'))
    parser.push(bytesOf('retry: 1s\nretry:\nretry: -1\n'))
    expect(parser.retryMs).toBe(2_000)
  })
})
