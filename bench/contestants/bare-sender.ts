/** Posts one body again and again with undici and nothing else: as fast as this machine sends and receives at all. */
import { Client } from 'undici'

export interface BareSending {
  readonly host: string
  readonly body: string
  readonly count: number
  readonly inFlight: number
}

process.once('message', async ({ host, body, count, inFlight }: BareSending) => {
  let left = count
  const headers = { 'content-type': 'application/json' }
  const send = async () => {
    const client = new Client(`http://${host}`)
    while (left-- > 0) {
      const answer = await client.request({ method: 'POST', path: '/', headers, body })
      await answer.body.dump()
    }
    await client.close()
  }
  await Promise.all(Array.from({ length: inFlight }, send))
  process.disconnect()
})
