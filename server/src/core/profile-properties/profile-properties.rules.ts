import { DomainFault, type Issue } from '../errors.ts'
import { isStorable, lengthOf } from '../text.ts'
import type { ProfilePropertyInput, PropertyType } from './profile-properties.types.ts'

const limits = { label: 255, example: 255, description: 1_000, exportAlias: 255 } as const

/** Checks every text at once. Throws `input_invalid`. */
export function checkPropertyInput(input: ProfilePropertyInput): void {
  const issues: Issue[] = []
  for (const [field, limit] of Object.entries(limits)) {
    const text = input[field as keyof typeof limits] ?? ''
    if (!isStorable(text)) issues.push({ path: [field], rule: 'text' })
    else if (lengthOf(text) > limit) issues.push({ path: [field], rule: 'too_long', limit })
  }
  if (input.label.trim() === '') issues.push({ path: ['label'], rule: 'blank' })
  if (issues.length > 0) throw new DomainFault({ code: 'input_invalid', issues })
}

const instantForm = /^(\d{4}-\d\d-\d\d)[ T]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?$/

const fits: Record<PropertyType, (value: unknown) => boolean> = {
  text: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number' || (typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value)),
  boolean: (value) => typeof value === 'boolean' || ['0', '1', 'true', 'false', 0, 1].includes(value as string),
  date: (value) => typeof value === 'string' && isDay(value),
  datetime: (value) => typeof value === 'string' && isInstant(value),
}

/** Whether a value is of a type. Days and instants are texts; so may numbers and booleans be written. */
export function fitsType(type: PropertyType, value: unknown): boolean {
  return fits[type](value)
}

/** Whether the calendar has the day: the language makes 2 March of 30 February. */
function isDay(text: string): boolean {
  const day = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(day.getTime()) && day.toISOString().slice(0, 10) === text
}

function isInstant(text: string): boolean {
  const day = instantForm.exec(text)?.[1]
  return day !== undefined && isDay(day) && !Number.isNaN(Date.parse(text))
}

/**
 * The issues of attributes that are described and hold something else. Those that nobody described hold anything, and null
 * stands for none. `types` are by the attribute's name.
 */
export function checkValues(
  attributes: Readonly<Record<string, unknown>>,
  types: ReadonlyMap<string, PropertyType>,
): Issue[] {
  return Object.entries(attributes)
    .filter(([label, value]) => {
      const type = types.get(label)
      return type !== undefined && value !== null && !fitsType(type, value)
    })
    .map(([label]) => ({ path: ['attributes', label], rule: 'type' as const }))
}
