import { readFileSync } from 'node:fs'
import { describe, expect, it, vi } from 'vitest'
import { childrenOf, cleanUpProcesses, newFolder, runCli, sandboxOf, startFacet } from '../helpers/facet-process.ts'

cleanUpProcesses()

describe('the worker of facet start', () => {
  it('does an import within moments, and after a kill in the midst of one both that and the next', async () => {
    const dataDir = newFolder()
    const env = { FACET_DATA_DIR: dataDir, FACET_PORT: '0', FACET_LOG_LEVEL: 'error' }
    const facet = startFacet(env)
    const url = await facet.ready()
    const { appId, secret } = sandboxOf(dataDir)
    await runCli(['apps', 'update', appId, '--per-second', '1000', '--per-minute', '100000'], env)
    const ask = async (path: string, body?: object) => {
      const headers = { authorization: `Bearer ${secret}`, 'content-type': 'application/json' }
      const answer = await fetch(url + path, { method: body ? 'POST' : 'GET', headers, body: JSON.stringify(body) })
      return (await answer.json()) as { longId: string; items: { custom_properties: object }[] }
    }
    const make = async (attributes: object) => (await ask('/facet/v1/profiles', { attributes })).longId
    const importing = (ids: string[], properties: object) =>
      ask('/v1/hood/profiles/import', { profiles: ids.map((id) => ({ id, custom_properties: properties })) })
    const expectSoon = (id: string, properties: object, timeout: number) =>
      vi.waitFor(
        async () => {
          const { items } = await ask(`/v1/hood/profiles/${id}?fields=custom_properties`)
          expect(items[0]?.custom_properties).toEqual(properties)
        },
        { timeout, interval: 100 },
      )

    const ids = await Promise.all(Array.from({ length: 500 }, () => make({ kept: true })))
    const [first = '', last = ''] = [ids[0], ids.at(-1)]
    expect(await importing([last], { plan: 'silver' })).toEqual({ queued: 1 })
    await expectSoon(last, { kept: true, plan: 'silver' }, 5_000)

    await importing(ids, { plan: 'gold' })
    await expectSoon(first, { kept: true, plan: 'gold' }, 5_000)
    const worker = childrenOf(facet.pid).find((pid) => isWorker(pid))
    process.kill(worker ?? 0, 'SIGKILL')
    expect(await ask(`/v1/hood/profiles/${last}?fields=custom_properties`)).toMatchObject({
      items: [{ custom_properties: { plan: 'silver' } }],
    })
    await importing([last], { next: true })
    await expectSoon(last, { kept: true, plan: 'gold', next: true }, 30_000)
  }, 90_000)
})

function isWorker(pid: number): boolean {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes('worker')
}
