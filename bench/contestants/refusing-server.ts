/** Says no to whatever comes, and nothing else: what node:http takes for a refusal on this machine, be it of whomever. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const body = '{"message":"Too many requests at once"}'
const headers = { 'content-type': 'application/json', 'content-length': body.length, 'retry-after': '1' }

const server = createServer((_, response) => {
  response.writeHead(503, headers)
  response.end(body)
})
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
// The bench has seen enough, or is gone.
process.on('disconnect', () => process.exit(0))
