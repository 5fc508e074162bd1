/** Something that is wanted, and whether it was reached. */
export interface Verdict {
  readonly text: string
  readonly reached: boolean
}

export function verdict(what: string, found: string, wanted: string, reached: boolean): Verdict {
  return { text: `${what}: ${found}; wanted ${wanted}`, reached }
}

export function lineOf({ text, reached }: Verdict): string {
  return `${text}: ${reached ? 'reached' : 'NOT reached'}.`
}
