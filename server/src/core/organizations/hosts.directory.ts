import type { Db } from '../db.ts'
import { createMemory } from '../memory.ts'
import type { Notices } from '../ports.ts'
import { selectAppByHost, selectDefaultApp } from './hosts.queries.ts'
import { hostOfUrl, isLoopback } from './hosts.rules.ts'
import { appsChannel } from './organizations.queries.ts'
import type { AppIdentity } from './organizations.types.ts'

/**
 * The apps that this process has found by host, so that a request without an API key costs no look-up. A change of hosts,
 * of the default app or of an app's settings holds within a second (docs/adr/0007).
 */
export interface HostDirectory {
  /**
   * The app of a host in the form of `toHost`: the default app for loopback and for the installation's own host, else the
   * one that lists it.
   */
  find(host: string): Promise<AppIdentity | undefined>
}

/** Makes the directory of one process. `publicUrl` names the installation's own host. */
export function createHostDirectory(db: Db, notices: Notices, publicUrl: string | undefined): HostDirectory {
  const apps = createMemory<AppIdentity>({ db, notices }, { [appsChannel]: ({ appId }) => appId })
  const ownHost = hostOfUrl(publicUrl)
  return {
    find(host) {
      // No host is empty, so the default app has a name of its own.
      if (isLoopback(host) || host === ownHost) return apps.recall('', () => selectDefaultApp({ db }))
      return apps.recall(host, () => selectAppByHost({ db }, host))
    },
  }
}
