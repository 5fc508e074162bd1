import type { ApiKey } from '../../api/client.ts'
import { Badge, type Tone } from '../../ui/badge.tsx'

type KeyState = 'active' | 'ending' | 'expired' | 'revoked'

const weekMs = 7 * 86_400_000

const looks: Readonly<Record<KeyState, { readonly tone: Tone; readonly words: string }>> = {
  active: { tone: 'ok', words: 'Active' },
  ending: { tone: 'warn', words: 'Ends soon' },
  expired: { tone: 'plain', words: 'Expired' },
  revoked: { tone: 'plain', words: 'Revoked' },
}

export function stateOf({ revokedAt, expiresAt }: ApiKey): KeyState {
  if (revokedAt !== null) return 'revoked'
  if (expiresAt === null) return 'active'
  const leftMs = Date.parse(expiresAt) - Date.now()
  if (leftMs <= 0) return 'expired'
  return leftMs < weekMs ? 'ending' : 'active'
}

/** Whether the server still takes the key. */
export function isGood(apiKey: ApiKey): boolean {
  const state = stateOf(apiKey)
  return state === 'active' || state === 'ending'
}

export function KeyBadge({ apiKey }: { readonly apiKey: ApiKey }) {
  const { tone, words } = looks[stateOf(apiKey)]
  return <Badge tone={tone}>{words}</Badge>
}
