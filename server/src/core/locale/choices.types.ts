/** Something that a person can choose, and what to show for it. */
export interface LocaleChoice {
  readonly key: string
  readonly name: string
}

/** What a person can choose of a locale. Each list is sorted by name, as `language` sorts, and no name stands twice in it. */
export interface LocaleChoices {
  /** What the names are in and sorted by: a BCP 47 tag in its shortest form, `pt` for `pt-BR` and `zh-TW` for `zh-Hant`. */
  readonly language: string
  /** SHA-256 of all the rest, base64url: the same content has the same digest, in every process. */
  readonly digest: string
  /** By ISO 639-1 code. */
  readonly languages: readonly LocaleChoice[]
  /** By ISO 4217 code. */
  readonly currencies: readonly LocaleChoice[]
  /** By IANA name. */
  readonly timezones: readonly LocaleChoice[]
}
