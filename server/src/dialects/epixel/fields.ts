import { lengthOf } from '../../core/text.ts'
import type { FieldErrors } from '../../http/refusal.ts'

/** What became of a value: what it stands for, or what is wrong with it; undefined when it was not sent. */
export type Read<T> = { readonly value: T } | { readonly errors: readonly string[] } | undefined

export const requiredField = 'This field is required.'

export interface TextRule {
  readonly required?: boolean
  /** The most characters. */
  readonly most?: number
  /** Whether spaces around it are part of it. */
  readonly keepsSpaces?: boolean
}

/** Reads a text as the vendor's framework does: numbers are taken as they are written, spaces around it fall away. */
export function readText(sent: unknown, { required, most, keepsSpaces }: TextRule = {}): Read<string> {
  if (sent === undefined) return required ? { errors: [requiredField] } : undefined
  if (sent === null) return { errors: ['This field may not be null.'] }
  if (typeof sent !== 'string' && typeof sent !== 'number') return { errors: ['Not a valid string.'] }
  const text = keepsSpaces ? String(sent) : String(sent).trim()
  if (text === '') return { errors: ['This field may not be blank.'] }
  if (text.includes('\0')) return { errors: ['Null characters are not allowed.'] }
  if (!text.isWellFormed()) return { errors: ['Surrogate characters are not allowed.'] }
  return most !== undefined && lengthOf(text) > most ? { errors: [tooLong(most)] } : { value: text }
}

/** Reads one of these words. */
export function readChoice(sent: unknown, isChoice: (word: string) => boolean, rule: TextRule = {}): Read<string> {
  const read = readText(sent, rule)
  if (read === undefined || 'errors' in read || isChoice(read.value)) return read
  return { errors: [`"${read.value}" is not a valid choice.`] }
}

export const tooLong = (most: number) => `Ensure this field has no more than ${most} characters.`

/** Collects what is wrong with the fields of a body, in the order in which they are read. */
export function createFieldReader() {
  const errors: Record<string, readonly string[]> = {}
  return {
    errors: errors as FieldErrors,
    /** The value of a field that was sent and is right. */
    take<T>(field: string, read: Read<T>): T | undefined {
      if (read !== undefined && 'errors' in read) errors[field] = read.errors
      return read !== undefined && 'value' in read ? read.value : undefined
    },
  }
}
