import { open, stat } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { importPasswordLines } from '../password-lines.ts'
import { appIdOf, type Flags, inInstallation, print, UsageError } from '../terminal.ts'

/** `facet passwords import FILE|-`: gives profiles the passwords that they have elsewhere. Exits with 1 when it refused a line. */
export async function passwordsCommand([action, file, ...words]: string[], flags: Flags): Promise<void> {
  if (action !== 'import') throw new UsageError('Say facet passwords import FILE')
  if (file === undefined || words.length > 0) throw new UsageError('Name one file: facet passwords import FILE, or -')
  const input = file === '-' ? process.stdin : await readable(file)
  const report = await inInstallation(async (ctx) => {
    const appId = await appIdOf(ctx, flags)
    const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })
    return importPasswordLines(ctx, appId, lines, ({ line, reason }) => {
      process.stderr.write(`line ${line}: ${reason}\n`)
    })
  })
  const { imported, kept, refused } = report
  print(flags, report, [`Imported ${imported}, kept ${kept} that were set here since, refused ${refused.length}`])
  if (refused.length > 0) process.exitCode = 1
}

async function readable(file: string): Promise<Readable> {
  try {
    if ((await stat(file)).isDirectory()) throw new UsageError(`${file} is a folder`)
    return (await open(file)).createReadStream()
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError(`${file} cannot be read (${(error as NodeJS.ErrnoException).code})`)
  }
}
