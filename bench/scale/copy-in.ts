import { once } from 'node:events'
import type { Writable } from 'node:stream'
import type pg from 'pg'

/** What of the driver's own connection COPY needs. */
interface Connection {
  readonly stream: Writable
  query(text: string): void
  sendCopyFromChunk(chunk: Buffer): void
  endCopyFrom(): void
}

/**
 * COPY ... FROM STDIN in its text format, over the client's connection (PostgreSQL, Message Flow, COPY Operations). Throws what PostgreSQL
 * says when it does not take the rows.
 */
export async function copyIn(client: pg.Client, into: string, texts: Iterable<string>): Promise<void> {
  const done = Promise.withResolvers<void>()
  let failed = false
  const fail = (error: Error) => {
    failed = true
    done.reject(error)
  }
  const send = async (connection: Connection) => {
    for (const text of texts) {
      if (failed) return
      connection.sendCopyFromChunk(Buffer.from(text))
      if (connection.stream.writableNeedDrain) await once(connection.stream, 'drain')
    }
    connection.endCopyFrom()
  }
  client.query({
    submit: (connection: unknown) => (connection as Connection).query(`copy ${into} from stdin`),
    handleCopyInResponse: (connection: Connection) => void send(connection).catch(fail),
    handleCommandComplete() {},
    handleError: fail,
    handleReadyForQuery: () => done.resolve(),
  })
  await done.promise
}
