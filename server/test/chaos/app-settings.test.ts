import { describe, expect, it } from 'vitest'
import { cleanUpProcesses, newFolder, runCli, sandboxOf, startedFolder, startFacet } from '../helpers/facet-process.ts'

cleanUpProcesses()

describe('facet apps update', () => {
  it('changes the name and the limits of an app beside a running server, and says what it refuses', async () => {
    const dataDir = await startedFolder()
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

  it('changes what people may do by themselves, the hosts and the default app beside a running server', async () => {
    const dataDir = await startedFolder()
    const env = { FACET_DATA_DIR: dataDir, FACET_PORT: '0', FACET_LOG_LEVEL: 'error' }
    const settings = { ...env, FACET_PUBLIC_URL: 'http://profiles.example.com:4000' }
    await startFacet(settings).ready()
    const { appId } = sandboxOf(dataDir)
    const update = (...args: string[]) => runCli(['apps', 'update', ...args], settings)
    const defaults = async () => {
      const { stdout } = await runCli(['apps', 'list', '--json'], settings)
      return JSON.parse(stdout)
        .filter((app: { default: boolean }) => app.default)
        .map(({ id }: { id: string }) => id)
    }
    expect(await defaults()).toEqual([appId])
    const made = await runCli(['apps', 'create', 'Shop', '--mode', 'live', '--json'], settings)
    const { id } = JSON.parse(made.stdout)

    const opened = await update(
      id,
      '--self-service',
      'on',
      '--registration',
      'on',
      '--strict',
      'off',
      '--changes-per-day',
      '3',
      '--json',
    )
    const open = { enabled: true, registration: true, strict: false, changesPerDay: 3 }
    expect(JSON.parse(opened.stdout).settings.selfService).toEqual(open)
    const shut = await update(id, '--registration', 'off', '--strict', 'default')
    expect(shut.stdout).toContain(
      'Self-service is on, registration off, strict on\nA person may change their own profile 3 times',
    )

    const chosen = ['--networks', 'BTC, ETH', '--wallets-with-profile', 'BTC', '--default-evm-network', 'ETH']
    const onNetworks = await update(id, ...chosen, '--json')
    const wallets = { networks: ['BTC', 'ETH'], withProfile: ['BTC'], defaultEvmNetwork: 'ETH' }
    expect(JSON.parse(onNetworks.stdout).settings).toMatchObject({ selfService: { enabled: true }, wallets })
    const reset = ['--networks', 'default', '--wallets-with-profile', 'none', '--default-evm-network', 'default']
    expect((await update(id, ...reset)).stdout).toContain(
      'Its networks: BTC, ETH, POLYGON; with every new profile: none\nThe network of clients that can name none: POLYGON\n',
    )

    await update(id, '--add-host', 'Shop.example.com', '--add-host', 'old.example.com')
    const moved = await update(id, '--add-host', 'new.example.com', '--remove-host', 'old.example.com', '--default')
    expect(moved.stdout).toContain('Its hosts: new.example.com, shop.example.com\n')
    expect(moved.stdout).toContain('Loopback and FACET_PUBLIC_URL lead to it\n')
    expect(await defaults()).toEqual([id])
    const list = await runCli(['apps', 'list'], settings)
    expect(list.stdout).toMatch(new RegExp(`^${id} .* yes .*Shop$`, 'm'))

    const refused = async (...args: string[]) => {
      const { code, stderr } = await update(...args)
      expect(code).toBe(2)
      return stderr
    }
    expect(await refused(appId, '--networks', 'tBTC,BTC')).toBe(
      'settings.wallets.networks: choice of tBTC, tETH, AMOY, SANDBOX\n',
    )
    expect(await refused(appId, '--default-evm-network', 'tBTC')).toBe(
      'settings.wallets.defaultEvmNetwork: choice of tETH, AMOY, SANDBOX\n',
    )
    expect(await refused(appId, '--add-host', 'shop.example.com')).toBe('host_taken: shop.example.com\n')
    expect(await refused(appId, '--add-host', 'a b')).toBe('addHosts.a b: format\n')
    expect(await refused(appId, '--add-host', 'profiles.example.com')).toBe('addHosts.profiles.example.com: reserved\n')
    expect(await refused(appId, '--remove-host', 'x.example.com')).toBe('removeHosts.x.example.com: unknown\n')
    expect(await refused('01900000-0000-7000-8000-000000000000', '--default')).toBe('app_not_found\n')
    expect(await defaults()).toEqual([id])
  }, 120_000)

  it('answers a line that it does not understand with its mistake, and ends with 2', async () => {
    const lines = [
      ['update'],
      ['update', 'id'],
      ['update', 'id', '--parallel', 'many'],
      ['update', 'id', '--json'],
      ['update', 'id', '--self-service', 'yes'],
      ['update', 'id', '--strict'],
      ['update', 'id', '--networks'],
      ['list', '--networks', 'BTC'],
      ['list', '--default'],
      ['update', 'id', '--mode', 'live'],
    ]
    for (const args of lines) {
      const { code, stderr } = await runCli(['apps', ...args], { FACET_DATA_DIR: newFolder() })
      expect({ args, code }).toEqual({ args, code: 2 })
      expect(stderr).toContain('See facet --help')
    }
  })
})
