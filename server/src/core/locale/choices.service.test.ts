import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { isCurrencyChoice, isLanguageChoice, isTimezoneChoice, localeChoices } from './choices.service.ts'
import type { LocaleChoice } from './choices.types.ts'
import { canonicalCurrency, canonicalLanguage, canonicalTimezone } from './locale.service.ts'

const words = (text: string): string[] => text.trim().split(/\s+/)
const keysOf = (choices: readonly LocaleChoice[]): string[] => choices.map(({ key }) => key).sort()
const nameOf = (choices: readonly LocaleChoice[], key: string): string | undefined =>
  choices.find((choice) => choice.key === key)?.name

const english = await localeChoices()

describe('the languages', () => {
  /** ISO 639-1 as of November 2026. */
  const iso639 = words(`
    aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo es
    et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki
    kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no
    nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te
    tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu`)

  it('are the 183 codes of ISO 639-1 that are in force', () => {
    expect(iso639).toHaveLength(183)
    expect(keysOf(english.languages)).toEqual(iso639)
  })

  it('can be stored as they are, but for Tagalog, which is stored as Filipino', () => {
    const changed = iso639.filter((code) => canonicalLanguage(code) !== code)
    expect(changed.map((code) => [code, canonicalLanguage(code)])).toEqual([['tl', 'fil']])
  })

  it('are told apart where ICU gives two the same name', () => {
    expect(nameOf(english.languages, 'ak')).toBe('Akan (ak)')
    expect(nameOf(english.languages, 'tw')).toBe('Akan (tw)')
  })
})

describe('the currencies', () => {
  /** What people pay with in November 2026, continent by continent. */
  const inUse = words(`
    EUR ALL BAM BYN CHF CZK DKK GBP GIP HUF ISK MDL MKD NOK PLN RON RSD RUB SEK TRY UAH
    AED AFN AMD AZN BDT BHD BND BTN CNY GEL HKD IDR ILS INR IQD IRR JOD JPY KGS KHR KPW KRW KWD KZT LAK LBP LKR MMK MNT
    MOP MVR MYR NPR OMR PHP PKR QAR SAR SGD SYP THB TJS TMT TWD UZS VND YER
    AOA BIF BWP CDF CVE DJF DZD EGP ERN ETB GHS GMD GNF KES KMF LRD LSL LYD MAD MGA MRU MUR MWK MZN NAD NGN RWF SCR SDG
    SHP SLE SOS SSP STN SZL TND TZS UGX XAF XOF ZAR ZMW ZWG
    ARS AWG BBD BMD BOB BRL BSD BZD CAD CLP COP CRC CUP DOP FKP GTQ GYD HNL HTG JMD KYD MXN NIO PAB PEN PYG SRD SVC TTD
    USD UYU VES XCD XCG
    AUD FJD NZD PGK SBD TOP VUV WST XPF`)

  it('are those of ISO 4217 that people pay with today', () => {
    expect(keysOf(english.currencies)).toEqual(inUse.sort())
  })

  it.each([
    ['historic', 'ANG BGN BYR CUC DEM EEK FRF HRK LTL LVL MRO SKK SLL STD VEF ZMK ZWL'],
    ['a fund or a unit of account', 'BOV CHE CHW CLF COU MXV USN UYI UYW XAD XBA XBB XBC XBD XDR XSU XUA'],
    ['a metal, a test, or no currency', 'XAG XAU XPD XPT XTS XXX'],
    ['a second code for the same money', 'VED'],
  ])('hold none that is %s', (_kind, codes) => {
    for (const code of words(codes)) expect(isCurrencyChoice(code), code).toBe(false)
  })

  it('all have a name of ICU, and are stored as they are', () => {
    const names = new Intl.DisplayNames('en', { type: 'currency', fallback: 'none' })
    for (const { key, name } of english.currencies) {
      expect(name).toBe(names.of(key))
      expect(canonicalCurrency(key)).toBe(key)
    }
  })
})

describe('the time zones', () => {
  it('are all accepted by this runtime, and stored as they are', () => {
    for (const { key } of english.timezones) {
      expect(() => new Intl.DateTimeFormat('en', { timeZone: key }), key).not.toThrow()
      expect(canonicalTimezone(key)).toBe(key)
    }
  })

  it('hold every place that the runtime lists', () => {
    const places = Intl.supportedValuesOf('timeZone').filter((zone) => zone.includes('/') && !zone.startsWith('Etc/'))
    expect(places.length).toBeGreaterThan(400)
    expect(places.filter((zone) => !isTimezoneChoice(zone))).toEqual([])
  })

  it.each([
    ['Asia/Calcutta', 'Asia/Kolkata'],
    ['Asia/Katmandu', 'Asia/Kathmandu'],
    ['Asia/Rangoon', 'Asia/Yangon'],
    ['Asia/Saigon', 'Asia/Ho_Chi_Minh'],
    ['Europe/Kiev', 'Europe/Kyiv'],
    ['Africa/Asmera', 'Africa/Asmara'],
    ['America/Godthab', 'America/Nuuk'],
    ['America/Buenos_Aires', 'America/Argentina/Buenos_Aires'],
    ['America/Indianapolis', 'America/Indiana/Indianapolis'],
    ['America/Louisville', 'America/Kentucky/Louisville'],
    ['America/Coral_Harbour', 'America/Atikokan'],
    ['Atlantic/Faeroe', 'Atlantic/Faroe'],
    ['Pacific/Enderbury', 'Pacific/Kanton'],
    ['Pacific/Ponape', 'Pacific/Pohnpei'],
    ['Pacific/Truk', 'Pacific/Chuuk'],
    ['America/New_York', 'US/Eastern'],
    ['Asia/Istanbul', 'Europe/Istanbul'],
    ['Asia/Singapore', 'Singapore'],
    ['Etc/UTC', 'UTC'],
  ])('hold both %s and %s, with one time', (one, other) => {
    const timeOf = (key: string) => nameOf(english.timezones, key)?.replace(` – ${key.replaceAll('_', ' ')}`, '')
    expect(timeOf(one)).toMatch(/Time$/)
    expect(timeOf(other)).toBe(timeOf(one))
  })

  it('hold no name that is no place: rules, offsets, other spellings of UTC', () => {
    for (const zone of words(`
      Factory CET EET MET WET EST HST MST EST5EDT CST6CDT MST7MDT PST8PDT Etc/GMT+5 Etc/GMT-14 Etc/GMT0 GMT0 GMT+0 GMT-0
      Greenwich UCT Universal Zulu Etc/UCT Etc/Zulu`)) {
      expect(isTimezoneChoice(zone), zone).toBe(false)
    }
  })
})

describe('the checks', () => {
  it('take a key exactly as the list writes it', () => {
    expect(english.languages.every(({ key }) => isLanguageChoice(key))).toBe(true)
    expect(english.currencies.every(({ key }) => isCurrencyChoice(key))).toBe(true)
    expect(english.timezones.every(({ key }) => isTimezoneChoice(key))).toBe(true)
  })

  it('take nothing else', () => {
    for (const text of ['', 'DE', 'de-DE', 'deu', ' de', 'iw', 'in', 'ji', 'jw', 'sh', 'mo', 'bh', 'xx', '__proto__']) {
      expect(isLanguageChoice(text), text).toBe(false)
    }
    for (const text of ['', 'eur', 'EU', 'EUR ', '€', 'constructor']) expect(isCurrencyChoice(text), text).toBe(false)
    for (const text of ['', 'europe/berlin', 'Europe/Berlin ', 'Europe', '+01:00', 'utc', 'Mars/Base']) {
      expect(isTimezoneChoice(text), text).toBe(false)
    }
  })
})

describe('the names', () => {
  it.each([
    ['en', 'en', 'German', 'Japanese Yen', 'Central European Time', 'Coordinated Universal Time'],
    ['de-DE,de;q=0.9,en;q=0.8', 'de', 'Deutsch', 'Japanischer Yen', 'Mitteleuropäische Zeit', 'Koordinierte Weltzeit'],
    ['fr', 'fr', 'allemand', 'yen japonais', 'heure d’Europe centrale', 'temps universel coordonné'],
    ['ja', 'ja', 'ドイツ語', '日本円', '中央ヨーロッパ時間', '協定世界時'],
    ['ar', 'ar', 'الألمانية', 'ين ياباني', 'توقيت وسط أوروبا', 'التوقيت العالمي المنسق'],
    ['pt-BR', 'pt', 'alemão', 'Iene japonês', 'Horário da Europa Central', 'Horário Universal Coordenado'],
    ['zh-Hant', 'zh-TW', '德文', '日圓', '中歐時間', '世界標準時間'],
  ])('for %s are in %s', async (header, language, german, yen, time, utc) => {
    const choices = await localeChoices(header)
    expect(choices.language).toBe(language)
    expect(nameOf(choices.languages, 'de')).toBe(german)
    expect(nameOf(choices.currencies, 'JPY')).toBe(yen)
    expect(nameOf(choices.timezones, 'Europe/Berlin')).toBe(`${time} – Europe/Berlin`)
    expect(nameOf(choices.timezones, 'UTC')).toBe(`${utc} – UTC`)
  })

  it('are English where ICU has none in the language', async () => {
    const maltese = new Intl.DisplayNames('mt', { type: 'currency', fallback: 'none' })
    expect(maltese.of('JPY')).toBeUndefined()
    const choices = await localeChoices('mt')
    expect(choices.language).toBe('mt')
    expect(nameOf(choices.languages, 'de')).toBe('Ġermaniż')
    expect(nameOf(choices.currencies, 'JPY')).toBe('Japanese Yen')
    expect(nameOf(choices.timezones, 'UTC')).toBe('Coordinated Universal Time – UTC')
  })

  it('show a zone as its time and its own name, without underscores', () => {
    expect(nameOf(english.timezones, 'America/Argentina/Buenos_Aires')).toBe(
      'Argentina Standard Time – America/Argentina/Buenos Aires',
    )
  })

  it.each(['en', 'de', 'sv', 'ja', 'ar', 'zh-Hant', 'en-CA'])(
    'in %s are sorted as that sorts, none twice',
    async (header) => {
      const { language, ...lists } = await localeChoices(header)
      const { compare } = new Intl.Collator(language)
      for (const choices of [lists.languages, lists.currencies, lists.timezones]) {
        expect(
          choices.every(({ name }, index) => index === 0 || compare(choices[index - 1]?.name ?? '', name) <= 0),
        ).toBe(true)
        expect(new Set(choices.map(({ name }) => name)).size).toBe(choices.length)
        expect(new Set(keysOf(choices)).size).toBe(choices.length)
        expect(choices.every(({ name }) => name.trim() !== '')).toBe(true)
      }
    },
  )

  it('offer the same keys in every language', async () => {
    for (const header of ['ja', 'mt', 'pt']) {
      const choices = await localeChoices(header)
      expect(keysOf(choices.languages)).toEqual(keysOf(english.languages))
      expect(keysOf(choices.currencies)).toEqual(keysOf(english.currencies))
      expect(keysOf(choices.timezones)).toEqual(keysOf(english.timezones))
    }
  })
})

describe('the digest', () => {
  it('is the SHA-256 of the content, so two languages differ', async () => {
    const { digest, ...content } = await localeChoices('de')
    expect(digest).toBe(createHash('sha256').update(JSON.stringify(content)).digest('base64url'))
    expect(digest).not.toBe(english.digest)
  })

  it('is the same in a process that speaks another language', async () => {
    // ICU cannot sort by Basque; a process in Estonian would put z after s.
    const module = new URL('./choices.service.ts', import.meta.url)
    const code = `const { localeChoices } = await import('${module}'); process.stdout.write((await localeChoices('eu')).digest)`
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', code], {
      env: { LC_ALL: 'et_EE.UTF-8' },
    })
    expect(stdout).toBe((await localeChoices('eu')).digest)
  })
})

describe('what is remembered', () => {
  it('is one object for all headers that come to one language, and for all who ask meanwhile', async () => {
    const [one, other] = await Promise.all([localeChoices('fi'), localeChoices('fi-FI, en;q=0.1')])
    expect(other).toBe(one)
    expect(await localeChoices('xx, fi;q=0.3')).toBe(one)
  })

  it('lets the event loop turn while a language is named', async () => {
    let turns = 0
    let done = false
    const turn = (): void => {
      turns++
      if (!done) setImmediate(turn)
    }
    setImmediate(turn)
    await localeChoices('hu')
    done = true
    expect(turns).toBeGreaterThan(10)
  })

  it('is of each language once: whoever asks again, or at the same time, is given the same', async () => {
    const [first, second, third] = await Promise.all([localeChoices('it'), localeChoices('it-CH'), localeChoices('nl')])
    expect(second).toBe(first)
    expect(third).not.toBe(first)
    expect(await localeChoices('it')).toBe(first)
  })
})
