import pg from 'pg'
import { walletsChannel } from '../server/src/core/wallets/workflows.queries.ts'
import { owners, prepareAddresses, walletNetwork } from './addresses.ts'
import { askByTheClock } from './by-the-clock.ts'
import type { Cleanup } from './cleanup.ts'
import type { Request } from './load-connection.ts'
import { type Options, partRounds } from './options.ts'
import { median, quantile } from './quantiles.ts'
import { rawRate } from './raw-rate.ts'
import { newReference } from './references.ts'
import { waitForQuiet } from './rounds.ts'
import type { Stage } from './stage.ts'
import { type Finding, nothingFound, verdict } from './verdict.ts'

/** What one round of the wallets' part found. */
export interface WalletRound {
  readonly addressesPerSecond: number
  /** Addresses that one process derives when it does nothing else. */
  readonly rawPerSecond: number
  /** From when a profile is asked for to the commit of its wallet, at a steady rate. */
  readonly readyP50Ms: number
  readonly readyP99Ms: number
}

const profilesPerSecond = 200
const readySeconds = 5
const readyConnections = 64
const warmupMs = 1_000
const patienceMs = 60_000
const wanted = { ofRaw: 0.5, readyP99Ms: 300 }

/** Measures addresses through HTTP against derivation alone, and how soon a new profile has its wallet. */
export async function measureWallets(
  stage: Stage,
  options: Options,
  say: (line: string) => void,
  cleanup: Cleanup,
): Promise<WalletRound[]> {
  const rounds = partRounds(options)
  const { seconds, patience, connections } = options
  const quiet = () => waitForQuiet(patience * 1_000)
  const networkId = await walletNetwork(stage.facet)
  const ask = await prepareAddresses(stage.facet, networkId)
  await readyTimes(stage, networkId, 1)
  const found: WalletRound[] = []
  for (let round = 1; round <= rounds; round++) {
    await quiet()
    const rawPerSecond = await rawRate('raw-derivation.ts', seconds * 1_000, cleanup)
    await quiet()
    const { host, port } = stage.facet
    const pace = { connections, seededRows: owners, warmupMs, measureMs: seconds * 1_000 }
    const measured = await stage.load.measure({ host, port, ...ask, ...pace })
    if (measured.firstError !== undefined) throw new Error(`A request failed: ${measured.firstError}`)
    await quiet()
    const times = await readyTimes(stage, networkId, readySeconds)
    const [readyP50Ms, readyP99Ms] = [quantile(times, 0.5), quantile(times, 0.99)]
    found.push({ addressesPerSecond: measured.perSecond, rawPerSecond, readyP50Ms, readyP99Ms })
    say(
      `${round}/${rounds}  wallets  ${Math.round(measured.perSecond)} addresses/s  raw derivation ${Math.round(rawPerSecond)}/s  profile to wallet p50 ${readyP50Ms.toFixed(1)} ms  p99 ${readyP99Ms.toFixed(1)} ms`,
    )
  }
  return found
}

/** What is to be said of wallets under the table. */
export function walletFinding(rounds: readonly WalletRound[]): Finding {
  if (rounds.length === 0) return nothingFound
  const of = (read: (round: WalletRound) => number) => median(rounds.map(read))
  const [ofRaw, p99Ms] = [of((r) => r.addressesPerSecond / r.rawPerSecond), of((r) => r.readyP99Ms)]
  const reached = ofRaw >= wanted.ofRaw && p99Ms <= wanted.readyP99Ms
  return {
    notes: [
      `Addresses of ${owners} wallets through HTTP: ${Math.round(of((r) => r.addressesPerSecond))} a second, ${ofRaw.toFixed(2)} × what one process derives when it does nothing else (${Math.round(of((r) => r.rawPerSecond))} a second).`,
      `A profile and its wallet, asked for one after the other at ${profilesPerSecond} profiles a second, from then until the wallet is committed: p50 ${of((r) => r.readyP50Ms).toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms.`,
    ],
    verdicts: [
      verdict(
        'Wallets',
        `addresses ${ofRaw.toFixed(2)} × derivation alone, a wallet in ${p99Ms.toFixed(1)} ms (p99)`,
        `addresses ${wanted.ofRaw} × derivation alone, a wallet in ${wanted.readyP99Ms} ms (p99)`,
        reached,
      ),
    ],
  }
}

/**
 * Makes profiles by the clock, and asks for a wallet for each. How long it took from when a profile was due to the notice that its wallet is
 * committed; the least first.
 */
async function readyTimes(stage: Stage, networkId: string, seconds: number): Promise<number[]> {
  const count = profilesPerSecond * seconds
  const pace = { perSecond: profilesPerSecond, count, connections: readyConnections, status: 201 }
  const begunAt = new Map<string, number>()
  const readyAt = await heardWallets(stage, count, async () => {
    await askByTheClock(stage.facet, pace, (dueAt) => {
      const reference = newReference()
      begunAt.set(reference, dueAt)
      return storyOf(stage, networkId, reference)
    })
  })
  const ids = await stage.core.profileIds([...begunAt.keys()])
  const times = [...begunAt].map(([reference, at]) => (readyAt.get(ids.get(reference) ?? '') ?? Number.NaN) - at)
  return times.sort((a, b) => a - b)
}

/** When each wallet was told of, by the id of its profile, once as many were as are expected. */
async function heardWallets(stage: Stage, count: number, act: () => Promise<void>): Promise<Map<string, number>> {
  const heard = new Map<string, number>()
  const all = Promise.withResolvers<void>()
  const late = setTimeout(() => all.reject(new Error(`${heard.size} of ${count} wallets were made`)), patienceMs)
  const client = new pg.Client({ ...stage.database.address })
  client.on('notification', ({ payload = '' }) => {
    for (const id of payload.split(' ')) heard.set(id, performance.now())
    if (heard.size >= count) all.resolve()
  })
  await client.connect()
  try {
    await client.query(`listen ${walletsChannel}`)
    await act()
    await all.promise
  } finally {
    clearTimeout(late)
    await client.end()
  }
  return heard
}

/** The two requests of one profile. */
function storyOf({ facet }: Stage, networkId: string, reference: string): Request[] {
  const head = (path: string) =>
    [
      `POST /api/v1/${path} HTTP/1.1`,
      `host: ${facet.host}`,
      `x-api-key: ${facet.secret}`,
      'x-sdk-version: 2.0.0',
      'content-type: application/json',
      '',
    ].join('\r\n')
  return [
    { head: head('profiles'), body: `{"reference":"${reference}","type":"User"}` },
    { head: head('wallets/generate'), body: `{"reference":"${reference}","networkId":"${networkId}"}` },
  ]
}
