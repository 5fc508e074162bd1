import { BookOpen, House, KeyRound, Radio, Settings, Users, Wallet, Webhook } from 'lucide-react'
import type { ComponentType } from 'react'
import type { Scope } from '../session/operator.ts'

export interface Place {
  readonly to: string
  readonly name: string
  readonly icon: ComponentType<{ size?: number; 'aria-hidden'?: boolean }>
  /** What an operator must be allowed for the page to be of any use; every role reads profiles and events. */
  readonly needs: Scope | undefined
}

/** The pages of an app, in the order of the side bar. */
export const places: readonly Place[] = [
  { to: '/$app', name: 'Home', icon: House, needs: undefined },
  { to: '/$app/users', name: 'Users', icon: Users, needs: undefined },
  { to: '/$app/api-keys', name: 'API keys', icon: KeyRound, needs: 'keys:manage' },
  { to: '/$app/wallets', name: 'Wallets', icon: Wallet, needs: undefined },
  { to: '/$app/webhooks', name: 'Webhooks', icon: Webhook, needs: 'webhooks:manage' },
  { to: '/$app/events', name: 'Events', icon: Radio, needs: undefined },
  { to: '/$app/reference', name: 'Reference', icon: BookOpen, needs: undefined },
  { to: '/$app/settings', name: 'Settings', icon: Settings, needs: undefined },
]
