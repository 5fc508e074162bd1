import type { Spread } from './summary.ts'

/** How figures are written. */
export function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}

export function fixed(value: number | null, digits: number): string {
  return value === null ? '–' : value.toFixed(digits)
}

export function percent(share: number | null): string {
  return share === null ? '–' : `${Math.round(share * 100)} %`
}

/** A median with the least and the greatest behind it. */
export function spread(value: Spread | null, print: (value: number) => string): string {
  return value === null ? '–' : `${print(value.median)} (${print(value.min)} – ${print(value.max)})`
}

export function ratioText(value: Spread | null): string {
  return spread(value, (ratio) => ratio.toFixed(2))
}

export function megabytes(bytes: number | null): string {
  return bytes === null ? '–' : whole(bytes / 2 ** 20)
}
