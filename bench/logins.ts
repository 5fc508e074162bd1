import { connectionsOfEach } from '../server/src/config/connections.ts'
import { readConfig } from '../server/src/config.ts'
import { spareCores } from '../server/src/infra/bounded-queue.ts'
import { hashParameters } from '../server/src/infra/passwords/passwords.ts'
import type { Cleanup } from './cleanup.ts'
import type { ProfileServerOrder } from './contestants/profile-server.ts'
import { type Options, partRounds } from './options.ts'
import { measureBesideReads, readP99, readsPerSecond, startProfileServer } from './profile-server.ts'
import { median } from './quantiles.ts'
import { rawRate } from './raw-rate.ts'
import { waitForQuiet } from './rounds.ts'
import type { Stage } from './stage.ts'
import { type Finding, nothingFound, verdict } from './verdict.ts'

/** What one round of the logins' part found. */
export interface LoginRound {
  readonly perSecond: number
  /** argon2 alone, as many hashes at once. */
  readonly rawPerSecond: number
  /** Of reads at a steady rate, on the process that would hash too. */
  readonly readP99Ms: number
  /** The same while logins keep every hash busy. */
  readonly besideP99Ms: number
}

const connections = 16
const wanted = { ofRaw: 0.8, p99Growth: 3 }

/** Measures logins through the core against argon2 alone, and reads of the same process with and without them. */
export async function measureLogins(
  stage: Stage,
  options: Options,
  say: (line: string) => void,
  cleanup: Cleanup,
): Promise<LoginRound[]> {
  const rounds = partRounds(options)
  const { seconds, patience } = options
  const measureMs = seconds * 1_000
  const order: ProfileServerOrder = {
    address: stage.database.address,
    connections: connectionsOfEach(readConfig({})),
  }
  const server = await startProfileServer('login-server.ts', order, cleanup)
  await readP99(server, measureMs)
  const found: LoginRound[] = []
  for (let round = 1; round <= rounds; round++) {
    await waitForQuiet(patience * 1_000)
    const rawPerSecond = await rawRate('raw-argon2.ts', measureMs, cleanup)
    const { alone, readP99Ms, beside, besideP99Ms } = await measureBesideReads(stage, server, connections, options)
    found.push({ perSecond: alone.perSecond, rawPerSecond, readP99Ms, besideP99Ms })
    say(
      `${round}/${rounds}  logins  ${alone.perSecond.toFixed(1)}/s  beside reads ${beside.perSecond.toFixed(1)}/s  raw argon2 ${rawPerSecond.toFixed(1)}/s  reads p99 ${readP99Ms.toFixed(1)} ms, beside logins ${besideP99Ms.toFixed(1)} ms`,
    )
  }
  return found
}

/** What is to be said of logins under the table. */
export function loginFinding(rounds: readonly LoginRound[]): Finding {
  if (rounds.length === 0) return nothingFound
  const of = (read: (round: LoginRound) => number) => median(rounds.map(read))
  const [perCore, ofRaw] = [of((r) => r.perSecond) / spareCores, of((r) => r.perSecond / r.rawPerSecond)]
  const growth = of((r) => r.besideP99Ms / r.readP99Ms)
  const { memoryCost, timeCost, parallelism } = hashParameters
  const reached = ofRaw >= wanted.ofRaw && growth <= wanted.p99Growth
  return {
    notes: [
      `Logins through the core: ${perCore.toFixed(1)} a second on each of ${spareCores} hashing core${spareCores === 1 ? '' : 's'} (argon2id, m=${memoryCost} KiB, t=${timeCost}, p=${parallelism}), ${ofRaw.toFixed(2)} × argon2 alone at that width.`,
      `Reads of the same process at ${readsPerSecond} a second: p99 ${of((r) => r.readP99Ms).toFixed(1)} ms, and ${of((r) => r.besideP99Ms).toFixed(1)} ms while logins keep every hash busy: ${growth.toFixed(1)} ×.`,
    ],
    verdicts: [
      verdict(
        'Logins beside reads',
        `${ofRaw.toFixed(2)} × argon2 alone, reads' p99 ${growth.toFixed(1)} ×`,
        `logins ${wanted.ofRaw} × argon2 alone, reads' p99 within ${wanted.p99Growth} ×`,
        reached,
      ),
    ],
  }
}
