import { preferredLanguage } from './accept-language.rules.ts'
import { nameChoices } from './choice-names.ts'
import type { LocaleChoices } from './choices.types.ts'
import { currencies } from './currencies.ts'
import { languages } from './languages.ts'
import { timezones } from './timezones.ts'

/** By language, those alone that can be named: some 150 of 96 KB each. */
const named = new Map<string, Promise<LocaleChoices>>()
let latest: Promise<unknown> = Promise.resolve()

/**
 * What a person can choose of a locale, named in the language that a header Accept-Language likes best and in English
 * where ICU has no name in that. The header may be anything. Each language is named once, one after the other, whoever
 * asks: while one is named, ICU holds megabytes that it gives back later.
 */
export function localeChoices(acceptLanguage?: string): Promise<LocaleChoices> {
  const language = preferredLanguage(acceptLanguage)
  const known = named.get(language)
  if (known !== undefined) return known
  const choices = latest.then(() => nameChoices(language))
  named.set(language, choices)
  latest = choices.catch(() => named.delete(language))
  return choices
}

/** Whether the text is the key of a language in the list, exactly as it is written there. */
export function isLanguageChoice(key: string): boolean {
  return languages.has(key)
}

/** The same for currencies. */
export function isCurrencyChoice(key: string): boolean {
  return currencies.has(key)
}

/** The same for time zones. */
export function isTimezoneChoice(key: string): boolean {
  return timezones.has(key)
}
