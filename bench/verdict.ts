/** Something that is wanted, and whether it was reached. */
export interface Verdict {
  readonly text: string
  readonly outcome: 'reached' | 'NOT reached' | 'NOT judged'
  /** Without it the run is not sound: its figures are not to be shown. */
  readonly decidesSoundness: boolean
}

/** Of a goal. */
export function verdict(what: string, found: string, wanted: string, reached: boolean): Verdict {
  const outcome = reached ? 'reached' : 'NOT reached'
  return { text: `${what}: ${found}; wanted ${wanted}`, outcome, decidesSoundness: false }
}

/** Of what every run must have none of: lost rows, and requests that failed. */
export function verdictOfSoundness(what: string, found: string, wanted: string, reached: boolean): Verdict {
  return { ...verdict(what, found, wanted, reached), decidesSoundness: true }
}

/** Where what is needed was not to be had. It counts as not reached. */
export function notJudged(what: string, why: string): Verdict {
  return { text: `${what}: ${why}`, outcome: 'NOT judged', decidesSoundness: false }
}

export function lineOf({ text, outcome }: Verdict): string {
  return `${text}: ${outcome}.`
}

/** Whether nothing says that the run is not sound. */
export function isSound(verdicts: readonly Verdict[]): boolean {
  return verdicts.every(({ outcome, decidesSoundness }) => outcome === 'reached' || !decidesSoundness)
}

/** What a part has to say: its figures in sentences, and whether they are what is wanted. */
export interface Finding {
  readonly notes: readonly string[]
  readonly verdicts: readonly Verdict[]
}

/** Of a part that was not measured. */
export const nothingFound: Finding = { notes: [], verdicts: [] }
