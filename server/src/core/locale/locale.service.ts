const regionNames = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' })
const languageNames = new Intl.DisplayNames('en', { type: 'language', fallback: 'none' })
const currencies = new Set(Intl.supportedValuesOf('currency'))
const timezones = new Map(Intl.supportedValuesOf('timeZone').map((zone) => [zone.toLowerCase(), zone]))

/** Regions that ICU names and ISO 3166-1 does not assign to a country. */
const notCountries = new Set(['AC', 'CP', 'CQ', 'DG', 'EA', 'EU', 'EZ', 'IC', 'QO', 'TA', 'UN', 'XA', 'XB', 'ZZ'])

/** ISO 3166-1 alpha-2 in capitals, or undefined when there is no such country. */
export function canonicalCountry(text: string): string | undefined {
  const code = text.toUpperCase()
  // The text is looked at, not the code: capitals of ß are SS, which is South Sudan.
  const named = /^[A-Za-z]{2}$/.test(text) && !notCountries.has(code) && regionNames.of(code) !== undefined
  // ICU names withdrawn codes too, after the country that a locale puts in their place.
  return named && new Intl.Locale(`und-${code}`).region === code ? code : undefined
}

/** The canonical BCP 47 tag of a language that ICU can name, or undefined. */
export function canonicalLanguage(text: string): string | undefined {
  try {
    const [tag] = Intl.getCanonicalLocales(text)
    return tag !== undefined && languageNames.of(tag) !== undefined ? tag : undefined
  } catch {
    return undefined
  }
}

/** ISO 4217 in capitals, or undefined when ICU does not know the currency. */
export function canonicalCurrency(text: string): string | undefined {
  const code = text.toUpperCase()
  return /^[A-Za-z]{3}$/.test(text) && currencies.has(code) ? code : undefined
}

/** The IANA name in its usual spelling (aliases are kept as aliases), or undefined when ICU does not know it. */
export function canonicalTimezone(text: string): string | undefined {
  const listed = timezones.get(text.toLowerCase())
  if (listed !== undefined) return listed
  if (!/^[A-Za-z][A-Za-z0-9_+/-]{1,63}$/.test(text)) return undefined
  try {
    new Intl.DateTimeFormat('en', { timeZone: text })
    return text
  } catch {
    return undefined
  }
}
