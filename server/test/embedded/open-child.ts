/** A process of its own that opens the embedded PostgreSQL and tells what happens, one JSON object a line. */
import { createInterface } from 'node:readline'

const [modulePath = '', optionsJson = '{}'] = process.argv.slice(2)
const { openEmbeddedPostgres } = (await import(
  modulePath
)) as typeof import('../../src/infra/db/embedded/embedded-postgres.ts')

const tell = (line: unknown) => process.stdout.write(`${JSON.stringify(line)}\n`)

try {
  const opened = await openEmbeddedPostgres({
    ...JSON.parse(optionsJson),
    say: (line) => tell({ say: line }),
    onEvent: (event) => tell({ event }),
  })
  tell({ opened: { connection: opened.connection, clusterDir: opened.clusterDir } })
  for await (const line of createInterface({ input: process.stdin })) if (line === 'release') break
  await opened.release()
  tell({ released: true })
  process.exit(0)
} catch (error) {
  tell({ error: error instanceof Error ? `${error.name}: ${error.message}` : String(error) })
  process.exit(1)
}
