import type { SystemCtx } from '../core/context.ts'
import { importPasswordHash } from '../core/credentials/credentials.service.ts'
import { DomainFault } from '../core/errors.ts'
import type { ProfileKey } from '../core/profiles/profiles.types.ts'

/** What became of the lines of an import. */
export interface ImportReport {
  imported: number
  /** Lines whose person has set a password here since. */
  kept: number
  readonly refused: RefusedLine[]
}

/** A line, counted from 1, and why nothing came of it. It repeats nothing of the line, which holds a secret. */
interface RefusedLine {
  readonly line: number
  readonly reason: string
}

class LineError extends Error {}

const keys = ['username', 'email', 'reference', 'id'] as const satisfies readonly ProfileKey['by'][]

/**
 * Imports password hashes from JSON lines: `{"username": …, "hash": …}`, or another of the keys in the place of the username. Good
 * lines are done whatever the others hold; empty ones are passed over.
 */
export async function importPasswordLines(
  ctx: SystemCtx,
  appId: string,
  lines: AsyncIterable<string>,
  onRefused: (refused: RefusedLine) => void,
): Promise<ImportReport> {
  const report: ImportReport = { imported: 0, kept: 0, refused: [] }
  let line = 0
  for await (const text of lines) {
    line++
    if (text.trim() === '') continue
    try {
      const { key, hash } = readLine(text)
      report[await importPasswordHash({ ...ctx, appId, now: new Date() }, key, hash)]++
    } catch (error) {
      const refused = { line, reason: reasonOf(error) }
      report.refused.push(refused)
      onRefused(refused)
    }
  }
  return report
}

function readLine(text: string): { key: ProfileKey; hash: string } {
  const { hash, ...rest } = parse(text)
  const [[by, value] = [], ...others] = Object.entries(rest)
  const known = keys.find((key) => key === by)
  if (known === undefined || typeof value !== 'string' || others.length > 0) {
    throw new LineError(`name the profile by one of ${keys.join(', ')}, as a text`)
  }
  if (typeof hash !== 'string') throw new LineError('hash must be a text')
  return { key: { by: known, value }, hash }
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  } catch {
    // JSON's own message repeats a piece of the line.
  }
  throw new LineError('it is not a JSON object')
}

function reasonOf(error: unknown): string {
  if (error instanceof LineError) return error.message
  if (!(error instanceof DomainFault)) throw error
  if (error.fault.code === 'profile_not_found') return 'there is no such profile in this app'
  if (error.fault.code === 'input_invalid') return 'the hash has no form that is known, or costs too much to verify'
  throw error
}
