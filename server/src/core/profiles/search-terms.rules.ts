import { isUuid } from '../ids.ts'
import { fold } from '../text.ts'
import { wordsOf } from './names.rules.ts'
import { compactPhone } from './phones.rules.ts'

/** What a search looks for; a term is null where the text cannot be such a thing. */
export interface SearchTerms {
  readonly text: string
  readonly folded: string
  readonly phone: string | null
  readonly id: string | null
  readonly uid: string | null
  readonly longId: string | null
  readonly number: string | null
  /** The word that the index is searched for, and the others that the same profile must have. */
  readonly word: string | null
  readonly otherWords: readonly string[]
}

/** Everything that a search text can mean. */
export function termsOf(q: string): SearchTerms {
  // The longest word narrows most, so it is the one that the index is searched for.
  const words = wordsOf([q]).sort((a, b) => b.length - a.length)
  const dialled = compactPhone(q).replace(/^00/, '+')
  const digits = /^\d+$/.test(q)
  return {
    text: q,
    folded: fold(q),
    phone: /^\+?\d{1,15}$/.test(dialled) ? `+${dialled.replace('+', '')}` : null,
    id: isUuid(q) ? q : null,
    uid: digits && q.length === 12 ? q : null,
    longId: digits && q.length === 20 ? q : null,
    number: digits && Number.isSafeInteger(Number(q)) ? q : null,
    word: words[0] ?? null,
    otherWords: words.slice(1),
  }
}
