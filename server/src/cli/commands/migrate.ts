import { readConfig } from '../../config.ts'
import { openInstallation } from '../../infra/installation/installation.ts'
import { createLog } from '../../infra/log.ts'
import { type Flags, print } from '../terminal.ts'

/** `facet migrate`: what every start does first, alone. */
export async function migrateCommand(_words: string[], flags: Flags): Promise<void> {
  const config = readConfig()
  const log = createLog(config.logLevel ?? 'warn')
  const say = (line: string) => process.stderr.write(`${line}\n`)
  const installation = await openInstallation({ config, log, say, role: 'visitor', prepares: true })
  await installation.close()
  const { applied } = installation
  print(
    flags,
    { applied },
    applied.length === 0 ? ['The database is up to date'] : applied.map((name) => `Applied ${name}`),
  )
}
