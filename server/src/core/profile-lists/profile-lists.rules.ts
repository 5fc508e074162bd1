import { DomainFault, type Issue } from '../errors.ts'
import { isStorable, lengthOf } from '../text.ts'
import type { ProfileListInput } from './profile-lists.types.ts'

const colorForm = /^#[0-9a-f]{6}$/i
const maxNameLength = 255
const maxDescriptionLength = 1_000

/** Checks every field that is given, all at once. Throws `input_invalid`. */
export function checkListInput(input: ProfileListInput): ProfileListInput {
  const { name, description, color } = input
  const issues: Issue[] = []
  if (name !== undefined) {
    if (!isStorable(name)) issues.push({ path: ['name'], rule: 'text' })
    else if (name.trim() === '') issues.push({ path: ['name'], rule: 'blank' })
    else if (lengthOf(name) > maxNameLength) issues.push({ path: ['name'], rule: 'too_long', limit: maxNameLength })
  }
  if (description !== undefined) {
    if (!isStorable(description)) issues.push({ path: ['description'], rule: 'text' })
    else if (lengthOf(description) > maxDescriptionLength) {
      issues.push({ path: ['description'], rule: 'too_long', limit: maxDescriptionLength })
    }
  }
  if (color !== undefined && !colorForm.test(color)) issues.push({ path: ['color'], rule: 'format' })
  if (issues.length > 0) throw new DomainFault({ code: 'input_invalid', issues })
  return input
}
