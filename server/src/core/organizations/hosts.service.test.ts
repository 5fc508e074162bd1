import { describe, expect, it } from 'vitest'
import { useDatabase } from '../../../test/helpers/database.ts'
import type { Ctx } from '../context.ts'
import { newId } from '../ids.ts'
import { getApp, updateApp } from './organizations.service.ts'

const database = useDatabase()
const rounds = process.env.FACET_PROVE ? 200 : 20

const newHost = () => `${newId()}.example`
const hostsOf = async (ctx: Ctx) => (await getApp(ctx, ctx.appId)).hosts
const changesOf = ({ appId }: Ctx) =>
  database.db.query(`select data from events_pending where app_id = $1 and type = 'app.updated' order by position`, [
    appId,
  ])

describe('the hosts of an app', () => {
  it('are changed with an event that tells them whole, and without one when nothing changes', async () => {
    const ctx = await database.newApp()
    const [a, b] = [`a.${newHost()}`, `b.${newHost()}`]
    expect(await updateApp(ctx, ctx.appId, { hosts: [b, a.toUpperCase()] })).toMatchObject({ hosts: [a, b] })
    await updateApp(ctx, ctx.appId, { hosts: [a, b, `${a}.`], addHosts: [b] })
    await updateApp(ctx, ctx.appId, { removeHosts: [a] })
    expect(await hostsOf(ctx)).toEqual([b])
    expect(await changesOf(ctx)).toEqual([
      { data: { before: { hosts: [] }, after: { hosts: [a, b] } } },
      { data: { before: { hosts: [a, b] }, after: { hosts: [b] } } },
    ])
  })

  it('refuse what another app lists, name it, tell nothing of that app, and leave everything as it was', async () => {
    const [owner, other] = [await database.newApp('live'), await database.newApp()]
    const [taken, mine, free] = [newHost(), newHost(), newHost()]
    await updateApp(owner, owner.appId, { hosts: [taken] })
    await updateApp(other, other.appId, { hosts: [mine] })
    const refused = updateApp(other, other.appId, { name: 'Changed', hosts: [free, taken] })
    await expect(refused).rejects.toMatchObject({ fault: { code: 'host_taken', hosts: [taken] } })
    const error = await refused.catch((thrown) => thrown)
    expect(JSON.stringify(error.fault)).not.toContain(owner.appId)
    expect(await getApp(other, other.appId)).toMatchObject({ name: 'Test app', hosts: [mine] })
    expect(await hostsOf(owner)).toEqual([taken])
    expect(await changesOf(other)).toHaveLength(1)
  })

  it('are free again once their app lets them go', async () => {
    const [owner, other] = [await database.newApp(), await database.newApp()]
    const host = newHost()
    await updateApp(owner, owner.appId, { hosts: [host] })
    await updateApp(owner, owner.appId, { hosts: [] })
    await updateApp(other, other.appId, { hosts: [host] })
    expect(await hostsOf(other)).toEqual([host])
  })

  it("never are the installation's own, whoever asks", async () => {
    const ctx = { ...(await database.newApp()), publicUrl: 'https://profiles.example.com/base' }
    for (const host of ['profiles.example.com', 'PROFILES.example.com.', 'localhost', '127.0.0.1']) {
      const issues = [{ path: ['hosts', '0'], rule: 'reserved' }]
      await expect(updateApp(ctx, ctx.appId, { hosts: [host] })).rejects.toMatchObject({ fault: { issues } })
    }
    expect(await hostsOf(ctx)).toEqual([])
  })

  it('belong to one of two apps that want them at the same time, in whatever order they name them', async () => {
    for (let round = 0; round < rounds; round++) {
      const apps = [await database.newApp(), await database.newApp()] as const
      const [a, b, c] = [newHost(), newHost(), newHost()]
      const results = await Promise.allSettled([
        updateApp(apps[0], apps[0].appId, { hosts: [a, b, c] }),
        updateApp(apps[1], apps[1].appId, { hosts: [c, b, a] }),
      ])
      expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
      const reason = results.find((result) => result.status === 'rejected')?.reason
      expect(reason).toMatchObject({ fault: { code: 'host_taken', hosts: [a, b, c].sort() } })
      const lists = await Promise.all(apps.map(hostsOf))
      expect(lists.map(({ length }) => length).sort()).toEqual([0, 3])
    }
  })

  it('are each listed once when two apps exchange theirs at the same time', async () => {
    const exchange = async () => {
      const apps = [await database.newApp(), await database.newApp()] as const
      const hosts = [newHost(), newHost()] as const
      await updateApp(apps[0], apps[0].appId, { hosts: [hosts[0]] })
      await updateApp(apps[1], apps[1].appId, { hosts: [hosts[1]] })
      const results = await Promise.allSettled([
        updateApp(apps[0], apps[0].appId, { hosts: [hosts[1]] }),
        updateApp(apps[1], apps[1].appId, { hosts: [hosts[0]] }),
      ])
      for (const result of results) {
        if (result.status === 'rejected') expect(result.reason).toMatchObject({ fault: { code: 'host_taken' } })
      }
      const rows = await database.db.query<{ host: string }>(
        'select host from app_hosts where host = any($1::text[])',
        [hosts],
      )
      expect(new Set(rows.map(({ host }) => host)).size).toBe(rows.length)
      const listed = (await Promise.all(apps.map(hostsOf))).flat()
      expect(listed.sort()).toEqual(rows.map(({ host }) => host).sort())
    }
    // PostgreSQL takes a second to see that two wait for each other.
    await Promise.all(Array.from({ length: rounds }, exchange))
  })

  it('lose no change to another that was made at the same time', async () => {
    const ctx = await database.newApp()
    const hosts = Array.from({ length: 20 }, newHost)
    await Promise.all(hosts.map((host) => updateApp(ctx, ctx.appId, { addHosts: [host] })))
    expect(await hostsOf(ctx)).toEqual(hosts.toSorted())
    const told = (await changesOf(ctx)) as { data: { before: { hosts: string[] }; after: { hosts: string[] } } }[]
    expect(told.map(({ data }) => data.after.hosts.length)).toEqual(hosts.map((_, index) => index + 1))
    expect(told.map(({ data }) => data.before.hosts.length)).toEqual(hosts.map((_, index) => index))
  })
})
