import { splitPhone } from '../../core/profiles/profiles.service.ts'
import type { Profile } from '../../core/profiles/profiles.types.ts'
import type { ProfileData } from './schemas.ts'

/** The path of the picture that stands for a person. */
export function imagePathOf({ picture }: Profile): string {
  return picture === null ? '' : `${picture}/crop.webp`
}

/** ISO 639-1 has one language under a code that BCP 47 writes otherwise. */
const isoLanguages: Readonly<Record<string, string>> = { fil: 'tl' }

/** The language of a person in the form in which it is chosen: of `pt-BR` the `pt`. */
export function languageKeyOf({ language }: Profile): string {
  const [code = ''] = language?.split('-') ?? []
  return isoLanguages[code] ?? code
}

/** A person as they see themselves (seed 002, "Get Profile Details"). */
export function toProfileData(profile: Profile): ProfileData {
  const { code, number } = splitPhone(profile.phone)
  return {
    UserProfile: [
      {
        username: profile.username ?? '',
        first_name: profile.firstName ?? '',
        last_name: profile.lastName ?? '',
        email: profile.email ?? '',
        phone_code: code,
        phone_number: number,
        country_code: profile.country ?? '',
      },
    ],
    ProfileImage: imagePathOf(profile),
    UserLocInfo: { lan: languageKeyOf(profile), tz: profile.timezone ?? '', currency: profile.currency ?? '' },
  }
}
