/**
 * The money that people pay with: ISO 4217, list one, up to amendment 180 (BGN gave way to EUR on 2026-01-01). ICU does
 * not tell which currencies are still in use.
 *
 * Left out of list one are funds and units of account (BOV, CHE, CHW, CLF, COU, MXV, USN, UYI, UYW, XAD, XBA, XBB, XBC,
 * XBD, XDR, XSU, XUA), metals (XAG, XAU, XPD, XPT), the codes for tests and for no currency (XTS, XXX), and VED, a second
 * code for the bolívar that stays inside Venezuela: to everyone else it is VES (amendment 170).
 */
const codes = `
  AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY COP
  CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR
  IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU
  MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG
  SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST
  XAF XCD XCG XOF XPF YER ZAR ZMW ZWG`

const english = new Intl.DisplayNames('en', { type: 'currency', fallback: 'none' })

/** The codes of ISO 4217 for the money that people pay with, as far as ICU names them. */
export const currencies: ReadonlySet<string> = new Set(
  codes
    .trim()
    .split(/\s+/)
    .filter((code) => english.of(code) !== undefined),
)
