import { isUuid } from '../ids.ts'
import { fold } from '../text.ts'
import { wordsOf } from './names.rules.ts'
import { compactPhone, phoneToFind } from './phones.rules.ts'

/** What a search looks for; a term is null where the text cannot be such a thing. */
export interface SearchTerms {
  readonly text: string
  readonly folded: string
  readonly phone: string | null
  readonly id: string | null
  readonly uid: string | null
  readonly longId: string | null
  readonly number: string | null
  /** Ids of profiles that are known to be meant. */
  readonly owners: readonly string[] | null
  /** The word that the index is searched for, and the others that the same profile must have. */
  readonly word: string | null
  readonly otherWords: readonly string[]
}

/** Everything that a search text can mean. `owners`: the ids of profiles that are known to be meant. */
export function termsOf(q: string, owners: readonly string[] = []): SearchTerms {
  // The longest word mostly narrows most, so it is the one that the index is searched for unless another is known to.
  const words = wordsOf([q]).sort((a, b) => b.length - a.length)
  const dialled = `+${compactPhone(q).replace(/^(?:\+|00)/, '')}`
  const digits = /^\d+$/.test(q)
  return {
    text: q,
    folded: fold(q),
    // A whole number loses a trunk prefix, as `(0)` behind the calling code; the beginning of one is as it is.
    phone: /^\+\d{1,16}$/.test(dialled) ? phoneToFind(dialled) : null,
    id: isUuid(q) ? q : null,
    uid: digits && q.length === 12 ? q : null,
    longId: digits && q.length === 20 ? q : null,
    number: digits && Number.isSafeInteger(Number(q)) ? q : null,
    owners: owners.length === 0 ? null : owners,
    word: words[0] ?? null,
    otherWords: words.slice(1),
  }
}

/** The words of the terms, the one that the index is searched for first. */
export function wordsIn({ word, otherWords }: SearchTerms): string[] {
  return word === null ? [] : [word, ...otherWords]
}

/** The terms with another of their words, or the same, for the one that the index is searched for. */
export function ledBy(terms: SearchTerms, word: string): SearchTerms {
  return { ...terms, word, otherWords: wordsIn(terms).filter((other) => other !== word) }
}
