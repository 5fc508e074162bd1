import { setTimeout as wait } from 'node:timers/promises'

/** Writers that post profiles until told to stop, through every fault, and remember what they were told. */
export interface Writers {
  /** References that were answered with 201. */
  readonly acknowledged: Set<string>
  /** Answers by status; 0 for no answer. */
  readonly answers: Map<number, number>
  /** Resolves once `count` more profiles were acknowledged. */
  progress(count: number): Promise<void>
  stop(): Promise<void>
}

/** Starts writers on Oumla's create. */
export function startWriters(url: string, secret: string, count: number): Writers {
  const acknowledged = new Set<string>()
  const answers = new Map<number, number>()
  let stopped = false
  let news = Promise.withResolvers<void>()

  async function write(worker: number): Promise<void> {
    for (let n = 0; !stopped; n++) {
      const reference = `${worker}-${n}`
      const status = await post(url, secret, reference)
      answers.set(status, (answers.get(status) ?? 0) + 1)
      if (status === 201) {
        acknowledged.add(reference)
        news.resolve()
        news = Promise.withResolvers()
      } else {
        // A server that is down is not asked in a loop without a breath.
        await wait(5)
      }
    }
  }

  const work = Promise.all(Array.from({ length: count }, (_, worker) => write(worker)))
  return {
    acknowledged,
    answers,
    async progress(more) {
      const goal = acknowledged.size + more
      while (acknowledged.size < goal) await news.promise
    },
    async stop() {
      stopped = true
      await work
    },
  }
}

async function post(url: string, secret: string, reference: string): Promise<number> {
  try {
    const response = await fetch(`${url}/api/v1/profiles`, {
      method: 'POST',
      headers: { 'x-api-key': secret, 'content-type': 'application/json' },
      body: JSON.stringify({ reference, type: 'User' }),
      signal: AbortSignal.timeout(20_000),
    })
    await response.arrayBuffer()
    return response.status
  } catch {
    return 0
  }
}

/** Every reference that the list shows, page by page, and the total that each page tells. */
export async function listReferences(url: string, secret: string): Promise<{ references: Set<string>; total: number }> {
  const references = new Set<string>()
  let total = 0
  for (let skip = 0; ; skip += 100) {
    const response = await fetch(`${url}/api/v1/profiles?skip=${skip}&take=100`, { headers: { 'x-api-key': secret } })
    const page = (await response.json()) as { profiles: { reference: string }[]; totalElements: number }
    total = page.totalElements
    for (const { reference } of page.profiles) references.add(reference)
    if (page.profiles.length < 100) return { references, total }
  }
}
