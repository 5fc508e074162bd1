import { describe, expect, it } from 'vitest'
import { createWalletNews } from './wallet-news.ts'

/** Notices that a test sends by hand. */
function newsByHand() {
  let send = (_profileIds: string) => {}
  let miss = () => {}
  const news = createWalletNews({
    listen: (_channel, handler) => {
      send = handler
    },
    onGap: (handler) => {
      miss = handler
    },
  })
  return { news, send: (profileIds: string) => send(profileIds), miss: () => miss() }
}

const never = 60_000

describe('the news of wallets', () => {
  it('end the waits for their profiles, also those that begin after they came, and no others', async () => {
    const { news, send } = newsByHand()
    const [mine, other] = [news.watch('app', 'a'), news.watch('app', 'b')]
    const waiting = mine?.next(never)
    send('x a y')
    await waiting
    send('a')
    await mine?.next(never)
    let woken = false
    other?.next(never).then(() => {
      woken = true
    })
    await new Promise(setImmediate)
    expect(woken).toBe(false)
    send('b')
  })

  it('end every wait when some may have been missed, and for good when the process stops', async () => {
    const { news, miss } = newsByHand()
    const watches = [news.watch('app', 'a'), news.watch('app', 'b')]
    const waits = watches.map((watch) => watch?.next(never))
    miss()
    await Promise.all(waits)
    expect(watches.map((watch) => watch?.ended)).toEqual([false, false])
    const last = watches.map((watch) => watch?.next(never))
    news.close()
    await Promise.all(last)
    await watches[0]?.next(never)
    expect(watches.map((watch) => watch?.ended)).toEqual([true, true])
    expect(news.watch('app', 'a')).toBeUndefined()
  })

  it('have room for a thousand who wait, 250 of them of one app, and again for each that goes', () => {
    const { news } = newsByHand()
    const apps = ['a', 'b', 'c', 'd']
    const watches = apps.flatMap((app) => Array.from({ length: 250 }, (_, i) => news.watch(app, String(i))))
    expect(watches.every((watch) => watch !== undefined)).toBe(true)
    expect(news.watch('e', 'p')).toBeUndefined()
    watches[0]?.end()
    expect(news.watch('b', 'p')).toBeUndefined()
    expect(news.watch('e', 'p')).toBeDefined()
    expect(news.watch('a', 'p')).toBeUndefined()
  })
})
