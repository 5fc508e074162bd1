import { lengthOf } from '../../core/text.ts'

/** What became of a value: what it stands for, or what is wrong with it; undefined when it was not sent. */
export type Read<T> = { readonly value: T } | { readonly errors: readonly string[] } | undefined

const trueWords = new Set(['t', 'y', 'yes', 'true', 'on', '1'])
const falseWords = new Set(['f', 'n', 'no', 'false', 'off', '0'])

export interface TextRule {
  readonly required?: boolean
  readonly mayBeBlank?: boolean
  readonly least?: number
  readonly most?: number
  /** Whether spaces around it are part of it. */
  readonly keepsSpaces?: boolean
}

/** Reads a text as the vendor's framework does: numbers are taken as they are written, spaces around it fall away. */
export function readText(sent: unknown, rule: TextRule = {}): Read<string> {
  if (sent === undefined) return rule.required ? { errors: ['This field is required.'] } : undefined
  if (sent === null) return { errors: ['This field may not be null.'] }
  if (typeof sent !== 'string' && typeof sent !== 'number') return { errors: ['Not a valid string.'] }
  const text = rule.keepsSpaces ? String(sent) : String(sent).trim()
  if (text === '') return rule.mayBeBlank ? { value: '' } : { errors: ['This field may not be blank.'] }
  const errors = textErrors(text, rule)
  return errors.length > 0 ? { errors } : { value: text }
}

function textErrors(text: string, { least, most }: TextRule): string[] {
  if (text.includes('\0')) return ['Null characters are not allowed.']
  if (!text.isWellFormed()) return ['Surrogate characters are not allowed.']
  const length = lengthOf(text)
  if (least !== undefined && length < least) return [`Ensure this field has at least ${least} characters.`]
  if (most !== undefined && length > most) return [`Ensure this field has no more than ${most} characters.`]
  return []
}

export function readBoolean(sent: unknown): Read<boolean> {
  if (sent === undefined) return undefined
  if (sent === null) return { errors: ['This field may not be null.'] }
  const isWord = typeof sent === 'string' || typeof sent === 'number' || typeof sent === 'boolean'
  const word = isWord ? String(sent).trim().toLowerCase() : ''
  if (trueWords.has(word)) return { value: true }
  return falseWords.has(word) ? { value: false } : { errors: ['Must be a valid boolean.'] }
}
