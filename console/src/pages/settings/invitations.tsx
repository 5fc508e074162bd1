import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useForm } from 'react-hook-form'
import { type Invitation, type IssuedInvitation, type Role, useApi } from '../../api/client.ts'
import { useAppQuery, useChanged } from '../../api/queries.ts'
import { useApp } from '../../session/operator.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Field, Select, TextInput } from '../../ui/field.tsx'
import { FormEnd } from '../../ui/form-end.tsx'
import { Empty, ErrorNotice } from '../../ui/notice.tsx'
import { Section } from '../../ui/page.tsx'
import { SecretDialog } from '../../ui/secret.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'
import { say } from '../../ui/toast.tsx'
import { rolesFor, roleWords } from './roles.ts'

/** Those who were invited and have not come yet. */
export function Invitations() {
  const [inviting, setInviting] = useState(false)
  const [issued, setIssued] = useState<IssuedInvitation>()
  const invitations = useAppQuery(['invitations'], (api, signal) => api.listInvitations({ signal }))
  const withdrawing = useWithdraw()
  const columns: readonly Column<Invitation>[] = [
    { id: 'email', title: 'E-mail', cell: ({ email }) => email },
    { id: 'role', title: 'Role', cell: ({ role }) => role },
    { id: 'expiresAt', title: 'Ends', cell: ({ expiresAt }) => <Time at={expiresAt} /> },
    {
      id: 'actions',
      title: 'Actions',
      cell: ({ id, email }) => (
        <Button
          look="quiet"
          className="-ml-3 h-7!"
          busy={withdrawing.isPending && withdrawing.variables === id}
          onClick={() => withdrawing.mutate(id)}
          aria-label={`Withdraw the invitation of ${email}`}
        >
          Withdraw
        </Button>
      ),
    },
  ]
  return (
    <Section title="Invitations" actions={<Button onClick={() => setInviting(true)}>Invite an operator</Button>}>
      {withdrawing.error !== null && (
        <div className="mb-3">
          <ErrorNotice error={withdrawing.error} />
        </div>
      )}
      {invitations.error === null ? (
        <Table
          label="Invitations"
          columns={columns}
          rows={invitations.data?.data}
          keyOf={({ id }) => id}
          skeletonRows={1}
          empty={<Empty title="Nobody is invited" />}
        />
      ) : (
        <ErrorNotice error={invitations.error} onRetry={() => void invitations.refetch()} />
      )}
      <Dialog open={inviting} onClose={() => setInviting(false)} title="Invite an operator">
        <InviteForm
          onIssued={(invitation) => {
            setInviting(false)
            setIssued(invitation)
          }}
        />
      </Dialog>
      {issued && (
        <SecretDialog
          title={`The way in for ${issued.email}`}
          about="Give them this link. It works once, for 7 days, and is shown here and never again. Where Facet sends mail, it is on its way already."
          name="link"
          secret={issued.url}
          onKept={() => setIssued(undefined)}
        />
      )}
    </Section>
  )
}

function useWithdraw() {
  const api = useApi()
  const changed = useChanged()
  return useMutation({
    mutationFn: (id: string) => api.withdrawInvitation({ params: { id } }),
    onSuccess: () => say('Invitation withdrawn'),
    // Also after a refusal: it may have been accepted.
    onSettled: () => changed('invitations', 'operators'),
  })
}

function InviteForm({ onIssued }: { readonly onIssued: (invitation: IssuedInvitation) => void }) {
  const { organization } = useApp()
  const api = useApi()
  const changed = useChanged()
  const { register, handleSubmit, watch, formState } = useForm<{ email: string; role: Role }>({
    defaultValues: { email: '', role: 'developer' },
  })
  const inviting = useMutation({
    mutationFn: (input: { email: string; role: Role }) => api.inviteOperator({ body: input }),
    onSuccess: async ({ body }) => {
      await changed('invitations')
      onIssued(body)
    },
  })
  return (
    <form className="flex flex-col gap-4" onSubmit={handleSubmit((input) => inviting.mutate(input))} noValidate>
      <Field label="E-mail" error={formState.errors.email?.message}>
        <TextInput {...register('email', { required: 'An address is needed' })} type="email" autoComplete="off" />
      </Field>
      <Field label="Role" hint={`A ${watch('role')} ${roleWords[watch('role')]}.`}>
        <Select {...register('role')}>
          {rolesFor(organization.role).map((role) => (
            <option key={role}>{role}</option>
          ))}
        </Select>
      </Field>
      <FormEnd action="Invite" busy={inviting.isPending} error={inviting.error} />
    </form>
  )
}
