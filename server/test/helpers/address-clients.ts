import { Agent, request } from 'node:http'
import { json } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'

/** Somebody for whom addresses are generated. */
export interface AddressOwner {
  readonly reference: string
  /** The network's alias. */
  readonly network: string
  /** Whether each request is sent under an Idempotency-Key, so that it happens once however often it is sent. */
  readonly keyed: boolean
}

/** An address that a request was answered with. */
export interface Acknowledged {
  readonly owner: AddressOwner
  readonly id: string
  readonly address: string
}

/** Clients that generate addresses until told to stop, through every fault, and send again what was not answered with 201. */
export interface AddressClients {
  readonly acknowledged: readonly Acknowledged[]
  /** Answers by status; 0 for no answer. */
  readonly answers: ReadonlyMap<number, number>
  /** Resolves once `count` more requests were answered with 201. */
  progress(count: number): Promise<void>
  stop(): Promise<void>
}

export interface AddressClientsOptions {
  /** Of the servers, which the clients are spread over; who gets no answer of one asks the next. */
  readonly urls: readonly string[]
  readonly secret: string
  /** As many requests are under way at a time, each over a connection of its own. */
  readonly connections: number
  /** Whose address the next request is for. */
  readonly nextOwner: () => AddressOwner
}

const paths = ['/oumla/api/v1/addresses/generate', '/oumla/api/v2/addresses/generate'] as const
const timeoutMs = 40_000

/** Makes the wallets of all owners, each asked for by several at once, and starts the clients. */
export async function startAddressClients(
  owners: readonly AddressOwner[],
  { urls, secret, connections, nextOwner }: AddressClientsOptions,
): Promise<AddressClients> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const acknowledged: Acknowledged[] = []
  const answers = new Map<number, number>()
  let stopped = false
  let news = Promise.withResolvers<void>()

  /** Sends the request until it is answered with 201. */
  async function generate(owner: AddressOwner, path: string, server: number): Promise<void> {
    const key = owner.keyed ? crypto.randomUUID() : undefined
    for (let at = server; ; at++) {
      const { status, data } = await send(agent, `${urls[at % urls.length]}${path}`, secret, { owner, key })
      answers.set(status, (answers.get(status) ?? 0) + 1)
      if (status === 201 && data !== undefined) {
        acknowledged.push({ owner, ...data })
        news.resolve()
        news = Promise.withResolvers()
        return
      }
      // A server that is down is not asked in a loop without a breath.
      await wait(5)
    }
  }

  async function work(client: number): Promise<void> {
    for (let n = 0; !stopped; n++) await generate(nextOwner(), paths[n % 2] ?? '', client)
  }

  const atOnce = urls.flatMap((_, server) => owners.map((owner) => generate(owner, paths[1], server)))
  await Promise.all(atOnce)
  const working = Promise.all(Array.from({ length: connections }, (_, client) => work(client)))
  return {
    acknowledged,
    answers,
    async progress(more) {
      const goal = acknowledged.length + more
      while (acknowledged.length < goal) await news.promise
    },
    async stop() {
      stopped = true
      await working
      agent.destroy()
    },
  }
}

interface Answer {
  readonly status: number
  readonly data?: { readonly id: string; readonly address: string } | undefined
}

function send(
  agent: Agent,
  url: string,
  secret: string,
  { owner: { reference, network }, key }: { readonly owner: AddressOwner; readonly key: string | undefined },
): Promise<Answer> {
  const { promise, resolve } = Promise.withResolvers<Answer>()
  const none = () => resolve({ status: 0 })
  const headers = {
    ...{ 'x-api-key': secret, 'x-sdk-version': '1.0.0', 'content-type': 'application/json' },
    ...(key === undefined ? {} : { 'idempotency-key': key }),
  }
  const outgoing = request(url, { method: 'POST', agent, headers, timeout: timeoutMs }, (response) => {
    json(response).then((body) => resolve({ status: response.statusCode ?? 0, ...(body as object) }), none)
  })
  outgoing.on('error', none)
  outgoing.on('timeout', () => outgoing.destroy())
  outgoing.end(JSON.stringify({ reference, network, clientShare: 'a share' }))
  return promise
}
