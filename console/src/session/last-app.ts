import { findApp, type Operator } from './operator.ts'

const key = 'facet.app'

export function rememberApp(id: string): void {
  localStorage.setItem(key, id)
}

/** The app that was open last, or the first there is. */
export function firstApp(operator: Operator): string | undefined {
  const last = localStorage.getItem(key)
  if (last !== null && findApp(operator, last) !== undefined) return last
  return operator.organizations.flatMap(({ apps }) => apps)[0]?.id
}
