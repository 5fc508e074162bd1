import type { Rule } from '../errors.ts'
import { isStorable } from '../text.ts'

const maxBytes = 64 * 1024
const maxDepth = 32

/** The rule that free attributes break, if any: at most 64 KiB as JSON, 32 levels, only texts that can be stored. */
export function checkAttributes(attributes: object): { rule: Rule; limit?: number } | undefined {
  if (depthOver(attributes, maxDepth)) return { rule: 'too_deep', limit: maxDepth }
  const json = JSON.stringify(attributes)
  if (Buffer.byteLength(json) > maxBytes) return { rule: 'too_long', limit: maxBytes }
  return hasOnlyStorableTexts(attributes) ? undefined : { rule: 'text' }
}

function depthOver(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (levels === 0) return true
  return Object.values(value).some((child) => depthOver(child, levels - 1))
}

function hasOnlyStorableTexts(value: unknown): boolean {
  if (typeof value === 'string') return isStorable(value)
  if (typeof value !== 'object' || value === null) return true
  return Object.entries(value).every(([key, child]) => isStorable(key) && hasOnlyStorableTexts(child))
}
