import { type FieldErrors, Refusal } from '../../http/refusal.ts'

export function detail(status: number, text: string): Refusal {
  return new Refusal(status, { detail: text })
}

export const forbidden = (text = 'You do not have permission to perform this action.') => detail(403, text)
export const notFound = () => detail(404, 'No UserProfile matches the given query.')

/** A refusal with every field that is wrong, each with all that is wrong with it. */
export function invalidFields(errors: FieldErrors): Refusal {
  return new Refusal(400, errors)
}
