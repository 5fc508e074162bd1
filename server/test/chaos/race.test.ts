import { Agent, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { cleanUpProcesses, sandboxOf, startedFolder, startFacet } from '../helpers/facet-process.ts'

cleanUpProcesses()

const clients = 200
const rounds = process.env.FACET_PROVE ? 200 : 20

function post(url: string, agent: Agent, secret: string, reference: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const headers = { 'x-api-key': secret, 'content-type': 'application/json' }
    const outgoing = request(`${url}/api/v1/profiles`, { method: 'POST', agent, headers }, async (response) => {
      resolve({ status: response.statusCode ?? 0, body: await text(response) })
    })
    outgoing.on('error', reject)
    outgoing.end(JSON.stringify({ reference, type: 'User' }))
  })
}

describe(`${clients} clients that post one reference at once, ${rounds} rounds`, () => {
  it(
    'exactly one gets 201 each round, all others the duplicate answer, and none a 5xx',
    async () => {
      const dataDir = await startedFolder()
      const url = await startFacet({ FACET_DATA_DIR: dataDir, FACET_PORT: '0', FACET_LOG_LEVEL: 'error' }).ready()
      const { secret } = sandboxOf(dataDir)
      const agent = new Agent({ keepAlive: true, maxSockets: clients })
      for (let round = 0; round < rounds; round++) {
        const reference = `race-${round}`
        const answers = await Promise.all(Array.from({ length: clients }, () => post(url, agent, secret, reference)))
        const made = answers.filter(({ status }) => status === 201)
        const others = answers.filter(({ status }) => status !== 201)
        expect(made).toHaveLength(1)
        expect(new Set(others.map(({ status }) => status))).toEqual(new Set([404]))
        expect(new Set(others.map(({ body }) => body)).size).toBe(1)
      }
      agent.destroy()
    },
    60_000 + rounds * 2_000,
  )
})
