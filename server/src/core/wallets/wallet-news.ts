import { createBell } from '../bell.ts'
import type { Notices } from '../ports.ts'
import type { WalletNews, WalletWatch } from './wallets.types.ts'
import { walletsChannel } from './workflows.queries.ts'

/** As many may wait on one node as hold a connection each without harm; those of one app leave room for others. */
const most = { watches: 1_000, watchesOfApp: 250 }

interface Waiting {
  readonly appId: string
  readonly profileId: string
  readonly ring: () => void
}

/**
 * Makes the news of one of so many processes of a node. Notices are hints: who waits looks by itself now and then as well.
 */
export function createWalletNews(notices: Pick<Notices, 'listen' | 'onGap'>, processes = 1): WalletNews {
  const [mostWatches, mostOfApp] = [Math.ceil(most.watches / processes), Math.ceil(most.watchesOfApp / processes)]
  const watches = new Map<WalletWatch, Waiting>()
  const countOf = (appId: string) => [...watches.values()].filter((each) => each.appId === appId).length
  let closed = false

  function ringAll(): void {
    for (const { ring } of watches.values()) ring()
  }
  notices.listen(walletsChannel, (payload) => {
    const told = new Set(payload.split(' '))
    for (const { profileId, ring } of watches.values()) if (told.has(profileId)) ring()
  })
  notices.onGap(ringAll)

  return {
    watch(appId, profileId) {
      if (closed || watches.size >= mostWatches || countOf(appId) >= mostOfApp) return undefined
      const { ring, wait } = createBell()
      const watch: WalletWatch = {
        next: (timeoutMs) => (closed ? Promise.resolve() : wait(timeoutMs)),
        get ended() {
          return closed
        },
        end: () => void watches.delete(watch),
      }
      watches.set(watch, { appId, profileId, ring })
      return watch
    },
    close() {
      closed = true
      ringAll()
    },
  }
}
