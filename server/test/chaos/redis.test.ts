import { describe, expect, it } from 'vitest'
import { cleanUpProcesses, freePort, runCli, sandboxOf, startedFolder, startFacet } from '../helpers/facet-process.ts'
import { useRedis } from '../helpers/redis-server.ts'

cleanUpProcesses()
const redis = useRedis({ password: 'correct-horse' })

interface Finding {
  readonly what: string
  readonly ok: boolean
  readonly mend?: string
}

/** What `facet doctor` finds of Redis, and everything that it said. */
async function examine(url: string, dataDir: string) {
  const { code, stdout, stderr } = await runCli(['doctor', '--json'], { FACET_DATA_DIR: dataDir, REDIS_URL: url })
  const findings: Finding[] = JSON.parse(stdout).findings
  return { code, found: findings.filter(({ what }) => what.includes('REDIS_URL')), said: stdout + stderr }
}

describe('REDIS_URL', () => {
  it('that leads nowhere keeps no server from its work, is logged once, and is what doctor finds', async () => {
    const dataDir = await startedFolder()
    const nowhere = `redis://:hunter2@127.0.0.1:${await freePort()}`
    const facet = startFacet({ FACET_DATA_DIR: dataDir, FACET_PORT: '0', FACET_LOG_LEVEL: 'warn', REDIS_URL: nowhere })
    const url = await facet.ready()
    const { secret } = sandboxOf(dataDir)
    const headers = { authorization: `Bearer ${secret}` }
    expect((await fetch(`${url}/facet/v1/profiles`, { headers })).status).toBe(200)
    const doctor = await examine(nowhere, dataDir)
    expect(doctor.code).toBe(1)
    expect(doctor.found).toEqual([
      {
        what: 'The Redis of REDIS_URL does not answer',
        ok: false,
        mend: expect.stringMatching(/^connect ECONNREFUSED .*each node counts requests for itself$/),
      },
    ])
    expect((await facet.end('SIGTERM')).code).toBe(0)
    const { stdout, stderr } = facet.output
    expect(stdout.match(/Redis cannot be used/g)).toHaveLength(1)
    expect(stdout + stderr + doctor.said).not.toContain('hunter2')
  }, 60_000)

  it('that answers is found well by doctor, and lets a server start and stop', async () => {
    const dataDir = await startedFolder()
    const env = { FACET_DATA_DIR: dataDir, FACET_PORT: '0', FACET_LOG_LEVEL: 'warn', REDIS_URL: redis.url }
    const facet = startFacet(env)
    await facet.ready()
    expect(await examine(redis.url, dataDir)).toMatchObject({
      code: 0,
      found: [{ what: 'The Redis of REDIS_URL answers', ok: true }],
    })
    expect((await facet.end('SIGTERM')).code).toBe(0)
    expect(facet.output.stdout).not.toContain('Redis')
  }, 60_000)
})
