import type { Rule } from '../errors.ts'
import { isStorable } from '../text.ts'
import type { Attributes } from './profiles.types.ts'

const maxBytes = 64 * 1024
const maxDepth = 32

/** The rule that free attributes break, if any: at most 64 KiB as JSON, 32 levels, texts and numbers that can be stored. */
export function checkAttributes(attributes: object): { rule: Rule; limit?: number } | undefined {
  if (depthOver(attributes, maxDepth)) return { rule: 'too_deep', limit: maxDepth }
  const json = JSON.stringify(attributes)
  if (Buffer.byteLength(json) > maxBytes) return { rule: 'too_long', limit: maxBytes }
  const rule = brokenWithin(attributes)
  return rule === undefined ? undefined : { rule }
}

/** What attributes become when some are set one by one: null takes one away, the others stay. */
export function withAttributes(before: Attributes, named: Attributes): Attributes {
  const all = Object.entries({ ...before, ...named })
  return Object.fromEntries(all.filter(([name, value]) => value !== null || !Object.hasOwn(named, name)))
}

function depthOver(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (levels === 0) return true
  return Object.values(value).some((child) => depthOver(child, levels - 1))
}

/** What a text or a number inside breaks. `1e999` reads as infinite, and would be stored as null. */
function brokenWithin(value: unknown): Rule | undefined {
  if (typeof value === 'string') return isStorable(value) ? undefined : 'text'
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : 'range'
  if (typeof value !== 'object' || value === null) return undefined
  for (const [key, child] of Object.entries(value)) {
    const rule = isStorable(key) ? brokenWithin(child) : 'text'
    if (rule !== undefined) return rule
  }
  return undefined
}
