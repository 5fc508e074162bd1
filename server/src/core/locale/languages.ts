/**
 * Codes that ICU names although ISO 639-1 has withdrawn them: Bihari in 2021 (a family of languages), Serbo-Croatian in
 * 2000, Moldavian in 2008; the other four gave way to `he`, `id`, `yi` and `jv`.
 */
const withdrawn = new Set(['bh', 'in', 'iw', 'ji', 'jw', 'mo', 'sh'])

const letters = [...'abcdefghijklmnopqrstuvwxyz']
const english = new Intl.DisplayNames('en', { type: 'language', fallback: 'none' })

/** The codes of ISO 639-1 that are in force. ICU knows two letters for a language only where ISO 639-1 gave them. */
export const languages: ReadonlySet<string> = new Set(
  letters
    .flatMap((first) => letters.map((second) => first + second))
    .filter((code) => !withdrawn.has(code) && english.of(code) !== undefined),
)
