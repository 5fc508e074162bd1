/** What is wrong with each field, in the words of a dialect. */
export type FieldErrors = Readonly<Record<string, readonly string[]>>

/** An answer in a dialect's own words and shape, for what the core has no fault of. Its error handler sends it. */
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
