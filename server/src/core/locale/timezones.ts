/**
 * What the IANA time zone database (2025b, and still 2026d) names and `Intl` takes, but does not list: places by their
 * name of today or by an older one, then countries, their regions, and UTC.
 *
 * Left out are the names that are no place: `Factory`; `Etc/GMT+5` and its like, whose sign reads the wrong way round;
 * rules such as `CET` and `EST5EDT`; and the other spellings of UTC, such as `Zulu` and `GMT0`.
 */
const unlisted = `
  Africa/Asmara Africa/Timbuktu America/Argentina/Buenos_Aires America/Argentina/Catamarca
  America/Argentina/ComodRivadavia America/Argentina/Cordoba America/Argentina/Jujuy America/Argentina/Mendoza
  America/Atikokan America/Atka America/Ensenada America/Fort_Wayne America/Indiana/Indianapolis
  America/Kentucky/Louisville America/Knox_IN America/Montreal America/Nipigon America/Nuuk America/Pangnirtung
  America/Porto_Acre America/Rainy_River America/Rosario America/Santa_Isabel America/Shiprock
  America/Thunder_Bay America/Virgin America/Yellowknife Antarctica/South_Pole Asia/Ashkhabad Asia/Choibalsan
  Asia/Chongqing Asia/Chungking Asia/Dacca Asia/Harbin Asia/Ho_Chi_Minh Asia/Istanbul Asia/Kashgar
  Asia/Kathmandu Asia/Kolkata Asia/Macao Asia/Tel_Aviv Asia/Thimbu Asia/Ujung_Pandang Asia/Ulan_Bator
  Asia/Yangon Atlantic/Faroe Atlantic/Jan_Mayen Australia/ACT Australia/Canberra Australia/Currie Australia/LHI
  Australia/NSW Australia/North Australia/Queensland Australia/South Australia/Tasmania Australia/Victoria
  Australia/West Australia/Yancowinna Europe/Belfast Europe/Kyiv Europe/Nicosia Europe/Tiraspol Europe/Uzhgorod
  Europe/Zaporozhye Pacific/Chuuk Pacific/Johnston Pacific/Kanton Pacific/Pohnpei Pacific/Samoa Pacific/Yap

  Brazil/Acre Brazil/DeNoronha Brazil/East Brazil/West Canada/Atlantic Canada/Central Canada/Eastern
  Canada/Mountain Canada/Newfoundland Canada/Pacific Canada/Saskatchewan Canada/Yukon Chile/Continental
  Chile/EasterIsland Cuba Egypt Eire Etc/GMT Etc/UTC GB GB-Eire GMT Hongkong Iceland Iran Israel Jamaica Japan
  Kwajalein Libya Mexico/BajaNorte Mexico/BajaSur Mexico/General NZ NZ-CHAT Navajo PRC Poland Portugal ROC ROK
  Singapore Turkey US/Alaska US/Aleutian US/Arizona US/Central US/East-Indiana US/Eastern US/Hawaii
  US/Indiana-Starke US/Michigan US/Mountain US/Pacific US/Samoa UTC W-SU`

/** `Europe/Berlin`, but not `Etc/GMT+5`, which other versions of the runtime list too. */
const place = /^(?!Etc\/).+\//

/** The zones that can be chosen, each with the name under which ICU keeps it: several may be one zone to ICU. */
export const timezones: ReadonlyMap<string, string> = new Map([
  ...Intl.supportedValuesOf('timeZone')
    .filter((zone) => place.test(zone))
    .map((zone): [string, string] => [zone, zone]),
  ...unlisted
    .trim()
    .split(/\s+/)
    .flatMap((name): [string, string][] => {
      const zone = zoneOf(name)
      return zone === undefined ? [] : [[name, zone]]
    }),
])

/** The name under which ICU keeps a zone, or undefined when this runtime does not know it. */
function zoneOf(name: string): string | undefined {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone
  } catch {
    return undefined
  }
}
