import { randomBytes } from 'node:crypto'
import { type Issue, invalid } from '../errors.ts'
import { typesMatching } from '../feed/feed.service.ts'
import type { Outbound } from '../ports.ts'
import { isStorable, lengthOf } from '../text.ts'
import { type SignatureStyle, signatureStyles, type UpdateEndpointInput } from './webhooks.types.ts'

const maxUrl = 2_048
const maxDescription = 255
const maxActor = 64
const maxTypes = 100
const maxOverlapHours = 168
/** RFC 1035, section 2.3.4. */
const maxHost = 253
const settableStates = ['active', 'paused'] as const

type Refusal = ReturnType<Outbound['refusal']>

/** The input with what it holds known to be good, the URL as it will be called and each type once. */
export interface CheckedEndpoint extends UpdateEndpointInput {
  readonly signature?: SignatureStyle | undefined
  readonly state?: (typeof settableStates)[number] | undefined
}

/**
 * Checks what an endpoint is given; `refusalOf` says why a URL can never be posted to. Throws `input_invalid` that
 * names every mistake.
 */
export function checkEndpoint(input: UpdateEndpointInput, refusalOf: (url: string) => Refusal): CheckedEndpoint {
  const issues = [
    ...(input.url === undefined ? [] : urlIssues(input.url, refusalOf)),
    ...(input.types === undefined ? [] : typesIssues(input.types)),
    ...textIssues('description', input.description, maxDescription),
    ...textIssues('excludeActor', input.excludeActor, maxActor),
    ...choiceIssues('signature', input.signature, signatureStyles),
    ...choiceIssues('state', input.state, settableStates),
  ]
  if (issues.length > 0) throw invalid(...issues)
  const { url, types, ...rest } = input as CheckedEndpoint
  return {
    ...rest,
    ...(url === undefined ? {} : { url: new URL(url).href }),
    ...(types === undefined ? {} : { types: [...new Set(types)] }),
  }
}

/** A new secret: `whsec_` and 32 random bytes in base64 (Standard Webhooks 1.0: 24 to 64 bytes). */
export function mintWebhookSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`
}

/** When the secret before a new one is to end. Throws `input_invalid` unless the hours are whole, from 0 to 168. */
export function endOfOverlap(now: Date, hours: number): Date {
  if (!Number.isInteger(hours) || hours < 0 || hours > maxOverlapHours) {
    throw invalid({ path: ['overlapHours'], rule: 'range' })
  }
  return new Date(now.getTime() + hours * 3_600_000)
}

function urlIssues(url: string, refusalOf: (url: string) => Refusal): Issue[] {
  const path = ['url']
  if (!isStorable(url)) return [{ path, rule: 'text' }]
  if (lengthOf(url) > maxUrl) return [{ path, rule: 'too_long', limit: maxUrl }]
  // URL parsers pass over white space and control characters and take a backslash for a slash: whoever reads such a URL
  // may take it for another one.
  if (/[\s\p{Cc}\\]/u.test(url)) return [{ path, rule: 'format' }]
  const read = URL.parse(url)
  if (read === null || !isReachable(read)) return [{ path, rule: 'format' }]
  // Written as a URL, what is not ASCII becomes longer.
  if (read.href.length > maxUrl) return [{ path, rule: 'too_long', limit: maxUrl }]
  switch (refusalOf(url)) {
    case undefined:
      return []
    case 'not_https':
      return [{ path, rule: 'https' }]
    case 'address':
      return [{ path, rule: 'range' }]
    default:
      return [{ path, rule: 'format' }]
  }
}

/** Whether there can be such a host and such a port at all. */
function isReachable({ hostname, port }: URL): boolean {
  const labels = hostname.replace(/\.$/, '').split('.')
  return port !== '0' && hostname.length <= maxHost && !labels.includes('')
}

function typesIssues(types: readonly string[]): Issue[] {
  if (types.length === 0) return [{ path: ['types'], rule: 'too_short', limit: 1 }]
  if (types.length > maxTypes) return [{ path: ['types'], rule: 'too_long', limit: maxTypes }]
  return types.flatMap((type, index): Issue[] =>
    typesMatching(type).length === 0 ? [{ path: ['types', String(index)], rule: 'choice' }] : [],
  )
}

function textIssues(field: string, text: string | null | undefined, limit: number): Issue[] {
  if (text === undefined || text === null) return []
  if (!isStorable(text)) return [{ path: [field], rule: 'text' }]
  if (text.trim() === '') return [{ path: [field], rule: 'blank' }]
  return lengthOf(text) > limit ? [{ path: [field], rule: 'too_long', limit }] : []
}

function choiceIssues(field: string, value: string | undefined, allowed: readonly string[]): Issue[] {
  return value === undefined || allowed.includes(value) ? [] : [{ path: [field], rule: 'choice', allowed }]
}
