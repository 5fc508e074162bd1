import { ConfigError } from '../../config.ts'
import { StartError } from '../installation/start-error.ts'

/** Runs a command to its end; a mistake that an operator can mend is told in lines of its own. */
export async function runOrExplain(command: () => Promise<void>): Promise<void> {
  try {
    await command()
  } catch (error) {
    if (!(error instanceof StartError || error instanceof ConfigError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exit(1)
  }
}
