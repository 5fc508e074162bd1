import type { ServerResponse } from 'node:http'
import type { FastifyRequest } from 'fastify'

/** What an answer to a fault may look at: all that is known of a request that is refused unread. */
export type Asked = Pick<FastifyRequest, 'id' | 'method' | 'originalUrl' | 'headers'> &
  Partial<Pick<FastifyRequest, 'routeOptions'>>

/** What an answer to a fault is made with; a FastifyReply is one. */
export interface Answer {
  header(name: string, value: string | number): Answer
  code(status: number): Answer
  type(contentType: string): Answer
  serializer(serialize: (body: unknown) => string): Answer
  send(body: unknown): Answer
}

/** An answer without the framework, for what is refused before it costs anything: sent by `send`, with these headers too. */
export function plainAnswer(response: ServerResponse, headers: Readonly<Record<string, string>>): Answer {
  const sent: (string | number)[] = Object.entries(headers).flat()
  let status = 200
  let text: (body: unknown) => string = JSON.stringify
  const answer: Answer = {
    header(name, value) {
      sent.push(name, value)
      return answer
    },
    code(given) {
      status = given
      return answer
    },
    type(contentType) {
      sent.push('content-type', contentType)
      return answer
    },
    serializer(serialize) {
      text = serialize
      return answer
    },
    send(body) {
      // A text goes out with its head in one write, which a buffer does not.
      const written = text(body)
      response.writeHead(status, [...sent, 'content-length', Buffer.byteLength(written)])
      response.end(written)
      return answer
    },
  }
  return answer
}
