import { envelope } from './schemas.ts'

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

/** A refusal with every field that is wrong, each with all that is wrong with it. */
export function invalidFields(errors: FieldErrors): Refusal {
  return new Refusal(400, envelope(400, errors))
}
