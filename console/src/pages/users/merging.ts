import type { Profile } from '../../api/client.ts'

const texts = [
  'reference',
  'username',
  'email',
  'phone',
  'label',
  'country',
  'city',
  'organization',
  'website',
  'twitter',
  'language',
  'timezone',
  'currency',
  'comment',
  'picture',
] as const
const names = ['firstName', 'lastName', 'fullName'] as const

export interface Merge {
  /** Fields that the target gets, since it has none of its own. */
  readonly gained: readonly string[]
  /** Fields of the source that are lost, since the target has its own. */
  readonly lost: readonly string[]
}

/** What becomes of the source's fields when it is merged into the target. The three names count as one field. */
export function mergeOf(source: Profile, target: Profile): Merge {
  const [gained, lost]: [string[], string[]] = [[], []]
  const judge = (name: string, mine: unknown, theirs: unknown) => {
    if (isEmpty(mine) || mine === theirs) return
    if (isEmpty(theirs)) gained.push(name)
    else lost.push(name)
  }
  for (const name of texts) judge(name, source[name], target[name])
  judge('names', namesOf(source), namesOf(target))
  for (const [name, value] of Object.entries(source.attributes)) {
    judge(`attributes.${name}`, JSON.stringify(value), JSON.stringify(target.attributes[name]))
  }
  if (source.listIds.some((id) => !target.listIds.includes(id))) gained.push('listIds')
  return { gained, lost }
}

function namesOf(profile: Profile): string {
  return names
    .map((name) => profile[name] ?? '')
    .join('\n')
    .trim()
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || value === ''
}
