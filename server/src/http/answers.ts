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
  const sent: Record<string, string | number> = { ...headers }
  let status = 200
  let text: (body: unknown) => string = JSON.stringify
  const answer: Answer = {
    header(name, value) {
      sent[name] = value
      return answer
    },
    code(given) {
      status = given
      return answer
    },
    type(contentType) {
      sent['content-type'] = contentType
      return answer
    },
    serializer(serialize) {
      text = serialize
      return answer
    },
    send(body) {
      const bytes = Buffer.from(text(body))
      response.writeHead(status, { ...sent, 'content-length': bytes.length })
      response.end(bytes)
      return answer
    },
  }
  return answer
}
