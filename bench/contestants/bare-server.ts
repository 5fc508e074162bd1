/**
 * The bare server: node:http and pg, the same statements on as many connections, and nothing else. No key check, no
 * validation, no log; what the rows hold is answered as it is. It shows what Facet costs over what it stands on, so it
 * takes the driver and the drawing of ids from Facet.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import pg from 'pg'
import { countSlots } from '../../server/src/core/count-slots.ts'
import { newId, newLongId, newNumber, newUid, timeOfId } from '../../server/src/core/ids.ts'
import type { Plan } from '../statements.ts'
import type { BareOrder } from './bare.ts'

type Query = (draw: Draw, client?: pg.PoolClient) => Promise<pg.QueryResult>
type Draw = Partial<Record<Plan['drawn'][number]['as'], unknown>>

function serve({ address, connections, plans }: BareOrder): void {
  const pool = new pg.Pool({ ...address, max: connections })
  // A slot of the count for each connection: two statements on the same one would wait for each other's commit.
  const slots = new WeakMap<pg.PoolClient, number>()
  let connected = 0
  pool.on('connect', (client) => slots.set(client, connected++ % countSlots))
  const prepare = (name: string, all: readonly Plan[]) => all.map((plan, i) => prepared(pool, `${name}${i}`, plan))
  const [create] = prepare('create', plans.create)
  const [get] = prepare('get', plans.get)
  const oumlaList = prepare('oumla', plans.oumlaList)
  const nativeList = prepare('native', plans.nativeList)
  if (create === undefined || get === undefined) throw new Error('A statement is missing')

  const answerCreate = async (request: IncomingMessage, response: ServerResponse) => {
    const { reference } = JSON.parse(await textOf(request)) as { reference: string }
    const client = await pool.connect()
    const draw = { ...newProfile(reference), slot: slots.get(client) }
    const { rows } = await create(draw, client).finally(() => client.release())
    send(response, rows.length === 1 ? 201 : 409, rows[0] ?? {})
  }

  const answerGet = async (reference: string, response: ServerResponse) => {
    const { rows } = await get({ reference })
    send(response, rows.length === 1 ? 200 : 404, rows[0] ?? {})
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = request.url ?? ''
    if (request.method === 'POST') return answerCreate(request, response)
    if (url.startsWith('/get/')) return answerGet(url.slice('/get/'.length), response)
    // Facet asks for the wallets of Oumla's list when it has the page; for its native list it asks both at once.
    if (url === '/list/oumla') return send(response, 200, await oneByOne(oumlaList))
    return send(response, 200, await Promise.all(nativeList.map(async (query) => (await query({})).rows)))
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: Error) => send(response, 500, { message: error.message }))
  })
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
  process.once('SIGTERM', () => {
    server.close(() => pool.end().then(() => process.exit(0)))
    server.closeAllConnections()
  })
}

/** A plan under a name of its own, so that each connection prepares it once. */
function prepared(pool: pg.Pool, name: string, { text, values, drawn }: Plan): Query {
  return (draw, client) => {
    const sent = [...values]
    for (const { index, as } of drawn) sent[index] = draw[as]
    return (client ?? pool).query({ name, text, values: sent })
  }
}

async function oneByOne(queries: readonly Query[]): Promise<unknown[]> {
  const answers: unknown[] = []
  for (const query of queries) answers.push((await query({})).rows)
  return answers
}

function newProfile(reference: string): Draw {
  const id = newId()
  const at = timeOfId(id)
  return { id, eventId: newId(), at, reference, uid: newUid(), longId: newLongId(at), number: newNumber() }
}

function textOf(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => {
      text += chunk
    })
    request.on('end', () => resolve(text))
    request.on('error', reject)
  })
}

function send(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body)
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
  response.end(text)
}

process.once('message', (order: BareOrder) => serve(order))
// The bench that would use us is gone.
process.on('disconnect', () => process.exit(0))
