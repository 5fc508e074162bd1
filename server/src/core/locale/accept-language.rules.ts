import { currencies } from './currencies.ts'
import { languages } from './languages.ts'

/** What names are in when nobody asks for another language. ICU has every name in it. */
export const fallbackLanguage = 'en'

/** So many ranges of a header are read: browsers send fewer, and an unknown one costs up to 0.2 ms. */
const maxRanges = 12

/** A basic language range or `*`, and its weight (RFC 9110 section 12.5.4). Every part is bounded, so a match is cheap. */
const rangeForm = /^([a-z]{1,8}(?:-[a-z0-9]{1,8}){0,3}|\*)(?:[ \t]*;[ \t]*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?$/i

/**
 * The language that a header Accept-Language likes best of those that names can be had in; English when it likes none of
 * them, or any (`*`). Each range is looked up as RFC 4647 section 3.4 says: `de-AT-1996`, then `de-AT`, then `de`. A
 * language with the weight 0 is not used; what cannot be read is passed over. The region is left aside, so that there are few
 * enough languages to keep the names of each; the tag is in its shortest form: `de`, `de-AT` and `de-Latn-DE` are one, and
 * so are `zh-TW` and `zh-Hant`.
 */
export function preferredLanguage(header = ''): string {
  const ranges = readRanges(header)
  const refused = new Set(ranges.filter(({ weight }) => weight === 0).map(({ range }) => lookUp(range)))
  for (const { range } of ranges.filter(({ weight }) => weight > 0).sort((a, b) => b.weight - a.weight)) {
    const language = range === '*' ? fallbackLanguage : lookUp(range)
    if (language !== undefined && !refused.has(language)) return language
  }
  return fallbackLanguage
}

function readRanges(header: string): { readonly range: string; readonly weight: number }[] {
  return header.split(',', maxRanges).flatMap((part) => {
    const [, range, weight = '1'] = rangeForm.exec(part.trim()) ?? []
    return range === undefined ? [] : [{ range, weight: Number(weight) }]
  })
}

function lookUp(range: string): string | undefined {
  const parts = range.split('-')
  while (parts.length > 0) {
    const language = languageOf(parts.join('-'))
    if (language !== undefined) return isSpoken(language) ? language : undefined
    parts.pop()
  }
  return undefined
}

/** The language of ICU that comes nearest to a tag, or undefined when there is none or the tag is malformed. */
function languageOf(tag: string): string | undefined {
  try {
    // Asked for first, because ICU would put the language of the process in the place of one that it lacks.
    if (Intl.DisplayNames.supportedLocalesOf(tag).length === 0) return undefined
    const { locale } = new Intl.DisplayNames(tag, { type: 'language' }).resolvedOptions()
    const { language, script } = new Intl.Locale(locale).maximize()
    return new Intl.Locale(`${language}-${script}`).minimize().baseName
  } catch {
    return undefined
  }
}

/** What was found of each language of ICU. */
const spoken = new Map<string, boolean>()

/**
 * Whether ICU names at least half of all languages and currencies in a language. Of some it knows little but that they
 * exist: someone who asks for Occitan, then French, is better served in French than in English that is called Occitan.
 */
function isSpoken(language: string): boolean {
  let verdict = spoken.get(language)
  if (verdict === undefined) {
    const named = countNamed(language, 'language', languages) + countNamed(language, 'currency', currencies)
    verdict = named >= (languages.size + currencies.size) / 2
    spoken.set(language, verdict)
  }
  return verdict
}

function countNamed(language: string, type: 'language' | 'currency', codes: ReadonlySet<string>): number {
  const names = new Intl.DisplayNames(language, { type, fallback: 'none' })
  return codes.values().reduce((named, code) => (names.of(code) === undefined ? named : named + 1), 0)
}
