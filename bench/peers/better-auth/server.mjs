import { createServer } from 'node:http'
import { fromNodeHeaders } from 'better-auth/node'
import { auth } from './auth.mjs'

/** As the documents have it for servers that answer with a whole text, which costs less than the stream of `toNodeHandler`. */
async function answer(request, response) {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  const { status, headers, text } = await handle(request, Buffer.concat(chunks))
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(text) })
  response.end(text)
}

async function handle({ url, method, headers }, body) {
  const answered = await auth.handler(
    new Request(new URL(url, auth.options.baseURL), {
      method,
      headers: fromNodeHeaders(headers),
      ...(body.length > 0 ? { body } : {}),
    }),
  )
  return { status: answered.status, headers: Object.fromEntries(answered.headers), text: await answered.text() }
}

createServer((request, response) => {
  answer(request, response).catch((error) => {
    process.stderr.write(`${error.stack}\n`)
    response.writeHead(500).end()
  })
}).listen(Number(new URL(auth.options.baseURL).port), '127.0.0.1')
