import { readConfig } from '../../config.ts'
import { openInstallation } from '../../infra/installation/installation.ts'
import { createLog } from '../../infra/log.ts'
import { untilStopSignal } from '../../infra/process/signals.ts'
import { type Flags, print } from '../terminal.ts'

/** `facet migrate`: what every start does first, alone. */
export async function migrateCommand(_words: string[], flags: Flags): Promise<void> {
  const config = readConfig()
  const log = createLog(config.logLevel ?? 'warn', 'stderr')
  const say = (line: string) => process.stderr.write(`${line}\n`)
  const applied = await untilStopSignal(async (signal) => {
    const installation = await openInstallation({ config, log, say, role: 'visitor', prepares: true, signal })
    await installation.close()
    return installation.applied
  })
  print(
    flags,
    { applied },
    applied.length === 0 ? ['The database is up to date'] : applied.map((name) => `Applied ${name}`),
  )
}
