import { type FieldErrors, Refusal } from '../../http/refusal.ts'
import { envelope } from './schemas.ts'

/** A refusal with every field that is wrong, each with all that is wrong with it. */
export function invalidFields(errors: FieldErrors): Refusal {
  return new Refusal(400, envelope(400, errors))
}
