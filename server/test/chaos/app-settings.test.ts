import { describe, expect, it } from 'vitest'
import { cleanUpProcesses, newFolder, runCli, sandboxOf, startFacet } from '../helpers/facet-process.ts'

cleanUpProcesses()

describe('facet apps update', () => {
  it('changes the name and the limits of an app beside a running server, and says what it refuses', async () => {
    const dataDir = newFolder()
    const env = { FACET_DATA_DIR: dataDir, FACET_PORT: '0', FACET_LOG_LEVEL: 'error' }
    const url = await startFacet(env).ready()
    const { appId, secret } = sandboxOf(dataDir)
    const shown = async () => {
      const answer = await fetch(`${url}/facet/v1/apps/${appId}`, { headers: { authorization: `Bearer ${secret}` } })
      return answer.json()
    }
    const limits = ['--per-second', '50', '--per-minute', '3000', '--parallel', '20']
    const changed = await runCli(['apps', 'update', appId, '--name', 'Shop', ...limits, '--json'], env)
    expect(JSON.parse(changed.stdout)).toMatchObject({
      id: appId,
      name: 'Shop',
      settings: { limits: { perSecond: 50, perMinute: 3_000, parallel: 20 } },
    })
    expect(await shown()).toEqual(JSON.parse(changed.stdout))
    const reset = await runCli(['apps', 'update', appId, '--per-minute', 'default'], env)
    expect(reset).toMatchObject({ code: 0, stdout: expect.stringContaining('50 requests a second and 150 a minute') })
    expect(await shown()).toMatchObject({ name: 'Shop', settings: { limits: { perSecond: 50, perMinute: 150 } } })

    const refused = async (...args: string[]) => {
      const { code, stderr } = await runCli(['apps', 'update', ...args], env)
      expect(code).toBe(2)
      return stderr
    }
    expect(await refused(appId, '--per-second', '0')).toBe('settings.limits.perSecond: range\n')
    expect(await refused('01900000-0000-7000-8000-000000000000', '--name', 'x')).toBe('app_not_found\n')
    expect(await refused('nonsense', '--name', 'x')).toBe('app_not_found\n')
  }, 60_000)

  it('answers a line that it does not understand with its mistake, and ends with 2', async () => {
    const lines = [
      ['update'],
      ['update', 'id'],
      ['update', 'id', '--parallel', 'many'],
      ['update', 'id', '--mode', 'live'],
    ]
    for (const args of lines) {
      const { code, stderr } = await runCli(['apps', ...args], { FACET_DATA_DIR: newFolder() })
      expect({ args, code }).toEqual({ args, code: 2 })
      expect(stderr).toContain('See facet --help')
    }
  })
})
