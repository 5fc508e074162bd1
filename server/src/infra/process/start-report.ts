import { ConfigError } from '../../config.ts'
import { StartError } from '../installation/start-error.ts'

/** What a child process tells first: that it is ready, or in lines for an operator why it never will be. */
export type StartReport = { readonly ready: true } | { readonly refused: string }

/** Tells the process that keeps this one. Resolves once it is said, also when nobody is left to hear it. */
export function tell(message: object): Promise<void> {
  return new Promise((told) => process.send?.(message, undefined, undefined, () => told()))
}

/** What an operator has to mend is told to the process that keeps this one, which ends at its own start and tries again later on. */
export async function orTellRefusal<T>(opening: Promise<T>): Promise<T> {
  try {
    return await opening
  } catch (error) {
    if (!(error instanceof StartError || error instanceof ConfigError)) throw error
    await tell({ refused: error.message })
    process.exit(1)
  }
}
