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

const dayForm = /^\d{4}-\d\d-\d\d$/

/** A value is null or of its property's type. Days and instants are texts; so may numbers and booleans be written. */
const fits: Record<PropertyType, (value: unknown) => boolean> = {
  text: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number' || (typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value)),
  boolean: (value) => typeof value === 'boolean' || ['0', '1', 'true', 'false', 0, 1].includes(value as string),
  date: (value) => typeof value === 'string' && dayForm.test(value) && !Number.isNaN(Date.parse(value)),
  datetime: (value) => typeof value === 'string' && !Number.isNaN(Date.parse(value)),
}

/** The issues of attributes that have a type and hold something else. Those that nobody described hold anything. */
export function checkValues(
  attributes: Readonly<Record<string, unknown>>,
  types: ReadonlyMap<string, PropertyType>,
): Issue[] {
  return Object.entries(attributes)
    .filter(([label, value]) => {
      const type = types.get(label)
      return type !== undefined && value !== null && !fits[type](value)
    })
    .map(([label]) => ({ path: ['attributes', label], rule: 'type' as const }))
}
