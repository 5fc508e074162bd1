import { useMutation } from '@tanstack/react-query'
import { type ApiKey, useApi } from '../../api/client.ts'
import { useApp } from '../../session/operator.ts'
import { Button } from '../../ui/button.tsx'
import { Code } from '../../ui/code.tsx'
import { ErrorNotice } from '../../ui/notice.tsx'
import { lacking } from './scopes.ts'

/** The secret of a key of a sandbox app, for those who ask; nothing where it is never shown again. */
export function ShownSecret({ apiKey }: { readonly apiKey: ApiKey }) {
  const api = useApi()
  const { app, organization } = useApp()
  const showing = useMutation({
    mutationFn: async () => (await api.getSecretOfApiKey({ params: { id: apiKey.id } })).body.secret,
    gcTime: 0,
  })
  if (app.mode !== 'sandbox' || lacking(apiKey.scopes, organization.scopes).length > 0) return null
  return (
    <section aria-label="Secret" className="flex flex-col items-start gap-2">
      <h3 className="font-medium">Secret</h3>
      {showing.data === undefined ? (
        <>
          <p className="text-muted">In a sandbox app it can be shown again. An event tells that it was.</p>
          <Button onClick={() => showing.mutate()} busy={showing.isPending}>
            Show the secret
          </Button>
        </>
      ) : (
        <div className="flex w-full flex-col items-start gap-2">
          <Code text={showing.data} what="the secret" wrap />
          <Button onClick={() => showing.reset()}>Hide it</Button>
        </div>
      )}
      {showing.error !== null && <ErrorNotice error={showing.error} />}
    </section>
  )
}
