/** What is wrong with each field, in the dialect's own words. */
export type FieldErrors = Readonly<Record<string, readonly string[]>>

/** An answer in words of the dialect's own, for what the core has no fault of. */
export class Refusal extends Error {
  readonly status: number
  readonly body: object

  constructor(status: number, body: object) {
    super('Refused')
    this.name = 'Refusal'
    this.status = status
    this.body = body
  }
}

export function detail(status: number, text: string): Refusal {
  return new Refusal(status, { detail: text })
}

export const forbidden = (text = 'You do not have permission to perform this action.') => detail(403, text)
export const notFound = () => detail(404, 'No UserProfile matches the given query.')

/** A refusal with every field that is wrong, each with all that is wrong with it. */
export function invalidFields(errors: FieldErrors): Refusal {
  return new Refusal(400, errors)
}
