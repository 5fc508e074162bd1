import type { Profile } from '../../api/client.ts'

/** What a person is called in lists: the best there is of name, username, e-mail, phone, reference and uid. */
export function nameOf(profile: Profile): string {
  const { fullName, firstName, lastName, label, username, email, phone, reference, uid } = profile
  const parts = [firstName, lastName].filter((part) => part).join(' ')
  return fullName || parts || label || username || email || phone || reference || uid
}
