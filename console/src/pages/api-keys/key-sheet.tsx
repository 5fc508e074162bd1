import { useState } from 'react'
import type { ApiKey } from '../../api/client.ts'
import { useMay } from '../../session/operator.ts'
import { Button } from '../../ui/button.tsx'
import { Copyable } from '../../ui/copy.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Fact, Facts } from '../../ui/facts.tsx'
import { Empty } from '../../ui/notice.tsx'
import { Time } from '../../ui/time.tsx'
import { isGood, KeyBadge } from './key-state.tsx'
import { RevokeKey } from './revoke-key.tsx'
import { RotateKey } from './rotate-key.tsx'
import { scopeWords } from './scopes.ts'
import { ShownSecret } from './shown-secret.tsx'

/** One key: what is known of it, and what can be done with it. */
export function KeySheet({
  apiKey,
  loaded,
  onClose,
}: {
  /** Undefined while it loads, and when there is none. */
  readonly apiKey: ApiKey | undefined
  readonly loaded: boolean
  readonly onClose: () => void
}) {
  return (
    <Dialog open onClose={onClose} place="side" title={apiKey?.name ?? 'API key'}>
      {apiKey !== undefined && <KeyDetails apiKey={apiKey} />}
      {apiKey === undefined && !loaded && <div className="skeleton h-48" />}
      {apiKey === undefined && loaded && <Empty title="There is no such key in this app" />}
    </Dialog>
  )
}

function KeyDetails({ apiKey }: { readonly apiKey: ApiKey }) {
  const { id, key, scopes, createdAt, expiresAt, revokedAt, lastUsedAt } = apiKey
  return (
    <div className="flex flex-col gap-6">
      <Facts>
        <Fact name="State">
          <KeyBadge apiKey={apiKey} />
        </Fact>
        <Fact name="Id">
          <Copyable text={id} what="the id" />
        </Fact>
        <Fact name="Public key">
          <Copyable text={key} what="the public key" />
        </Fact>
        <Fact name="Made">
          <Time at={createdAt} />
        </Fact>
        <Fact name="Last used">
          <Time at={lastUsedAt} none="Never" />
        </Fact>
        <Fact name="Expires">
          <Time at={expiresAt} none="Never" />
        </Fact>
        {revokedAt !== null && (
          <Fact name="Revoked">
            <Time at={revokedAt} />
          </Fact>
        )}
      </Facts>
      <section aria-label="What it may do">
        <h3 className="mb-2 font-medium">What it may do</h3>
        <ul className="flex flex-col gap-2">
          {scopes.map((scope) => (
            <li key={scope}>
              <code className="text-[0.92em]">{scope}</code>
              <p className="text-small text-muted">{(scopeWords as Record<string, string>)[scope]}</p>
            </li>
          ))}
        </ul>
      </section>
      <KeyActions apiKey={apiKey} />
    </div>
  )
}

function KeyActions({ apiKey }: { readonly apiKey: ApiKey }) {
  const may = useMay('keys:manage')
  const [asked, setAsked] = useState<'rotate' | 'revoke'>()
  if (!may) return null
  const close = () => setAsked(undefined)
  // The dialogs stay when the key ends meanwhile: one of them may show the secret that takes its place.
  return (
    <>
      {isGood(apiKey) && (
        <>
          <ShownSecret apiKey={apiKey} />
          <div className="flex flex-wrap gap-2 border-t border-line pt-4">
            <Button onClick={() => setAsked('rotate')}>Rotate</Button>
            <Button className="text-bad" onClick={() => setAsked('revoke')}>
              Revoke
            </Button>
          </div>
        </>
      )}
      {asked === 'rotate' && <RotateKey apiKey={apiKey} onClose={close} />}
      <RevokeKey apiKey={apiKey} open={asked === 'revoke'} onClose={close} />
    </>
  )
}
