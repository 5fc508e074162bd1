import { describe, expect, it } from 'vitest'
import {
  cleanUpProcesses,
  freePort,
  postmasterOf,
  sandboxOf,
  startedFolder,
  startFacet,
} from '../helpers/facet-process.ts'
import { listReferences, startWriters, type Writers } from '../helpers/writers.ts'

cleanUpProcesses()

const kills = process.env.FACET_PROVE ? 20 : 3
const timeoutMs = 20_000 + kills * 15_000

async function settings(): Promise<Record<string, string>> {
  return { FACET_DATA_DIR: await startedFolder(), FACET_PORT: String(await freePort()), FACET_LOG_LEVEL: 'error' }
}

/** The answers, with their counts, that are not of these statuses. */
function unexpected(writers: Writers, statuses: readonly number[]): [status: number, count: number][] {
  return [...writers.answers].filter(([status]) => !statuses.includes(status))
}

describe('kill -9 during writes', () => {
  it(
    `of the server, ${kills} times: nothing acknowledged is lost, and the next start needs no hand`,
    async () => {
      const env = await settings()
      let facet = startFacet(env)
      const url = await facet.ready()
      const { secret } = sandboxOf(env.FACET_DATA_DIR ?? '')
      const writers = startWriters(url, secret, 8)
      for (let kill = 0; kill < kills; kill++) {
        await writers.progress(50)
        await facet.end('SIGKILL')
        facet = startFacet(env)
        await facet.ready()
      }
      await writers.progress(50)
      await writers.stop()
      const { references, total } = await listReferences(url, secret)
      expect([...writers.acknowledged].filter((reference) => !references.has(reference))).toEqual([])
      expect(total).toBe(references.size)
      // 0 while nobody listens. No 503: the server listens only once its database answers.
      expect(unexpected(writers, [0, 201])).toEqual([])
    },
    timeoutMs,
  )

  it(
    `of its PostgreSQL, ${kills} times: nothing acknowledged is lost, and the server goes on by itself`,
    async () => {
      const env = await settings()
      const dataDir = env.FACET_DATA_DIR ?? ''
      const facet = startFacet(env)
      const url = await facet.ready()
      const { secret } = sandboxOf(dataDir)
      const writers = startWriters(url, secret, 8)
      for (let kill = 0; kill < kills; kill++) {
        await writers.progress(50)
        process.kill(postmasterOf(dataDir), 'SIGKILL')
      }
      await writers.progress(50)
      await writers.stop()
      const { references, total } = await listReferences(url, secret)
      expect([...writers.acknowledged].filter((reference) => !references.has(reference))).toEqual([])
      expect(total).toBe(references.size)
      // The server lives: it answers every request in time, and while the database is away it says so.
      expect(unexpected(writers, [201, 503])).toEqual([])
    },
    timeoutMs,
  )

  it(
    'of both at once: the next start brings everything back',
    async () => {
      const env = await settings()
      const dataDir = env.FACET_DATA_DIR ?? ''
      let facet = startFacet(env)
      const url = await facet.ready()
      const { secret } = sandboxOf(dataDir)
      const writers = startWriters(url, secret, 8)
      await writers.progress(100)
      process.kill(postmasterOf(dataDir), 'SIGKILL')
      await facet.end('SIGKILL')
      facet = startFacet(env)
      await facet.ready()
      await writers.progress(20)
      await writers.stop()
      const { references } = await listReferences(url, secret)
      expect([...writers.acknowledged].filter((reference) => !references.has(reference))).toEqual([])
      // 503 is for the moment in which only the database was dead.
      expect(unexpected(writers, [0, 201, 503])).toEqual([])
    },
    timeoutMs,
  )
})

describe('a write under an Idempotency-Key', () => {
  it(
    'repeated after the server was killed happened once, and is answered as the first time',
    async () => {
      const env = await settings()
      let facet = startFacet(env)
      const url = await facet.ready()
      const { secret } = sandboxOf(env.FACET_DATA_DIR ?? '')
      const post = async (n: number): Promise<{ status: number; body: string }> => {
        const response = await fetch(`${url}/facet/v1/profiles`, {
          method: 'POST',
          headers: {
            authorization: `Bearer ${secret}`,
            'content-type': 'application/json',
            'idempotency-key': `key-${n}`,
          },
          body: JSON.stringify({ reference: `ref-${n}` }),
        })
        return { status: response.status, body: await response.text() }
      }
      const answered = new Map<number, string>()
      const asked = new Set<number>()
      for (let round = 0; round < kills; round++) {
        const batch = Array.from({ length: 200 }, (_, i) => round * 200 + i)
        let killed: Promise<unknown> | undefined
        await Promise.all(
          batch.map(async (n) => {
            asked.add(n)
            const answer = await post(n).catch(() => undefined)
            // The database lives on: either the answer is the profile or there is none.
            expect([201, undefined]).toContain(answer?.status)
            if (answer?.status === 201) answered.set(n, answer.body)
            // In the midst of the batch: some are answered, some are committed and not answered, some neither.
            if (answer?.status === 201 && killed === undefined && answered.size % 200 > 20)
              killed = facet.end('SIGKILL')
          }),
        )
        await killed
        facet = startFacet(env)
        await facet.ready()
      }
      for (const n of asked) {
        const answer = await post(n)
        expect(answer.status).toBe(201)
        if (answered.has(n)) expect(answer.body).toBe(answered.get(n))
      }
      expect((await listReferences(url, secret)).total).toBe(asked.size)
      expect(answered.size).toBeLessThan(asked.size)
    },
    timeoutMs,
  )
})
