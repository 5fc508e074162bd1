import { createHash } from 'node:crypto'
import { setImmediate as turn } from 'node:timers/promises'
import { fallbackLanguage } from './accept-language.rules.ts'
import type { LocaleChoice, LocaleChoices } from './choices.types.ts'
import { currencies } from './currencies.ts'
import { languages } from './languages.ts'
import { timezones } from './timezones.ts'

/** So many zones are named in one turn of the event loop: 1 to 3 ms, where all at once would be 30 to 80. */
const zonesPerTurn = 20

/**
 * Names all that can be chosen, in a language of ICU, and lets others run meanwhile. A zone costs a formatter, 29 KB outside
 * of the heap whatever it formats, until the next garbage collection: 12 MB for a language, so one is named at a time.
 */
export async function nameChoices(language: string): Promise<LocaleChoices> {
  // For a language that it cannot sort by, ICU would take that of the process.
  const collator = new Intl.Collator([language, fallbackLanguage])
  const sort = (choices: LocaleChoice[]): LocaleChoice[] =>
    choices.sort((a, b) => collator.compare(a.name, b.name) || (a.key < b.key ? -1 : 1))

  const lists = {
    languages: sort(nameCodes(language, 'language', languages)),
    currencies: sort(nameCodes(language, 'currency', currencies)),
    timezones: sort(await nameTimezones(language)),
  }
  const digest = createHash('sha256')
    .update(JSON.stringify({ language, ...lists }))
    .digest('base64url')
  return { language, digest, ...lists }
}

/** Codes that share a name are told apart by themselves: ICU calls Akan what is Twi too. */
function nameCodes(language: string, type: 'language' | 'currency', codes: ReadonlySet<string>): LocaleChoice[] {
  const names = new Intl.DisplayNames(language, { type, fallback: 'none' })
  const english = new Intl.DisplayNames(fallbackLanguage, { type })
  const choices = Array.from(codes, (key) => ({ key, name: names.of(key) ?? english.of(key) ?? key }))
  const sharing = Map.groupBy(choices, ({ name }) => name)
  return choices.map(({ key, name }) => ({ key, name: sharing.get(name)?.length === 1 ? name : `${name} (${key})` }))
}

/**
 * `Central European Time – Europe/Berlin`: what people call the time first, since few live in the city that the zone is
 * named after; then the zone's own name, which tells it from the others with that time. ICU does not give out cities.
 */
async function nameTimezones(language: string): Promise<LocaleChoice[]> {
  const times = new Map<string, string>()
  for (const zone of new Set(timezones.values())) {
    times.set(zone, nameTime(language, zone))
    if (times.size % zonesPerTurn === 0) await turn()
  }
  return Array.from(timezones, ([key, zone]) => ({ key, name: `${times.get(zone)} – ${key.replaceAll('_', ' ')}` }))
}

/** What people call the time of a zone, the year round. */
function nameTime(language: string, zone: string): string {
  const generic = formatZone(language, zone, 'longGeneric')
  if (!isOffset(generic)) return generic
  // UTC has no generic name, only the one for a time of the year.
  const specific = formatZone(language, zone, 'long')
  return isOffset(specific) ? formatZone(fallbackLanguage, zone, 'long') : specific
}

function formatZone(language: string, timeZone: string, timeZoneName: 'long' | 'longGeneric'): string {
  // Beside the name a second, since the date that stands there otherwise takes longer to format.
  const format = new Intl.DateTimeFormat(language, { timeZone, timeZoneName, second: 'numeric' })
  return format.formatToParts().find(({ type }) => type === 'timeZoneName')?.value ?? timeZone
}

/** Where ICU has no name for a time it writes `GMT+01:00`, in the digits of the language; no name has a digit. */
function isOffset(name: string): boolean {
  return /\p{Nd}/u.test(name)
}
