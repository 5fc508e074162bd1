import { useMutation } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { useEffect, useEffectEvent, useState } from 'react'
import { useApi, type Wallet, type Workflow } from '../../api/client.ts'
import { useAppQuery, useChanged } from '../../api/queries.ts'
import { useMay } from '../../session/operator.ts'
import { Button } from '../../ui/button.tsx'
import { Select } from '../../ui/field.tsx'
import { Empty, ErrorNotice, Notice } from '../../ui/notice.tsx'
import { Panel } from '../../ui/page.tsx'
import { say } from '../../ui/toast.tsx'
import { OneWallet } from './one-wallet.tsx'
import { useNetworks, useWallets } from './wallet-parts.tsx'

/** The wallets of a profile, one a network, each with its addresses. */
export function WalletsTab({ profileId }: { readonly profileId: string }) {
  const wallets = useWallets(profileId)
  const mayWrite = useMay('wallets:write')
  if (wallets.error !== null) return <ErrorNotice error={wallets.error} onRetry={() => void wallets.refetch()} />
  if (wallets.data === undefined) return <div aria-busy="true" className="skeleton h-32" />
  const { data } = wallets.data
  return (
    <div className="flex flex-col gap-3">
      {mayWrite && <NewWallet profileId={profileId} wallets={data} />}
      {data.length === 0 ? (
        <Panel>
          <Empty title="No wallet is here yet">
            <p className="text-muted">
              A wallet is an account of the app’s one seed, the same on every network. It costs nothing until it is
              used.
            </p>
          </Empty>
        </Panel>
      ) : (
        data.map((wallet) => <OneWallet key={wallet.id} wallet={wallet} />)
      )}
    </div>
  )
}

/** Asks for a wallet on a network; follows its making when it takes longer than the answer. */
function NewWallet({ profileId, wallets }: { readonly profileId: string; readonly wallets: readonly Wallet[] }) {
  const api = useApi()
  const changed = useChanged()
  const networks = [...useNetworks().values()].filter(
    ({ enabled, alias }) => enabled && !wallets.some(({ network }) => network === alias),
  )
  const [chosen, setChosen] = useState('')
  const [workflow, setWorkflow] = useState<string>()
  const [failed, setFailed] = useState<Workflow>()
  const network = networks.some(({ alias }) => alias === chosen) ? chosen : (networks[0]?.alias ?? '')
  const made = async (alias: string) => {
    await changed('wallets', 'addresses', 'faces', 'history')
    say(`The wallet on ${alias} was made`)
  }
  const making = useMutation({
    mutationFn: async () =>
      (await api.requestWalletOfProfile({ params: { profile: profileId }, body: { network, withAddress: true } })).body,
    onSuccess: async ({ wallet, workflow: begun }) => {
      if (wallet === null) setWorkflow(begun.id)
      else await made(wallet.network)
    },
  })
  const end = async (ended: Workflow) => {
    setWorkflow(undefined)
    if (ended.state === 'failed') setFailed(ended)
    else await made(ended.network)
  }
  if (workflow !== undefined) return <Making id={workflow} onEnd={(ended) => void end(ended)} />
  if (failed !== undefined) {
    return (
      <Notice tone="warn">
        The wallet on {failed.network} will not be made: the user was deleted before it was there.
      </Notice>
    )
  }
  if (networks.length === 0) return null
  return (
    <form
      className="flex flex-wrap items-center gap-2"
      onSubmit={(event) => {
        event.preventDefault()
        making.mutate()
      }}
    >
      <label className="flex items-center gap-2">
        <span className="text-muted">Network</span>
        <Select value={network} onChange={({ target }) => setChosen(target.value)} className="w-auto">
          {networks.map(({ alias, name }) => (
            <option key={alias} value={alias}>
              {alias} · {name}
            </option>
          ))}
        </Select>
      </label>
      <Button type="submit" busy={making.isPending} icon={<Plus size={14} aria-hidden />}>
        Make a wallet
      </Button>
      {making.error !== null && (
        <div className="w-full">
          <ErrorNotice error={making.error} />
        </div>
      )}
    </form>
  )
}

/** Looks at the making of a wallet until it has ended. */
function Making({ id, onEnd }: { readonly id: string; readonly onEnd: (workflow: Workflow) => void }) {
  const { data, error } = useAppQuery(['workflow', id], (api, signal) => api.getWorkflow({ params: { id }, signal }), {
    everyMs: 500,
  })
  const end = useEffectEvent((workflow: Workflow) => onEnd(workflow))
  useEffect(() => {
    if (data !== undefined && data.state !== 'running') end(data)
  }, [data])
  if (error !== null) return <ErrorNotice error={error} />
  return (
    <Notice>
      <span role="status">
        The wallet is being made. You can leave this page: <code className="text-small">wallet.created</code> tells of
        it.
      </span>
    </Notice>
  )
}
