import { useOperator } from '../../session/operator.ts'
import { useSignOut } from '../../shell/account-menu.tsx'
import { NewAppForm } from '../../shell/new-app.tsx'
import { Button } from '../../ui/button.tsx'
import { Notice } from '../../ui/notice.tsx'
import { SignInFrame } from '../sign-in/frame.tsx'

/** For whoever is signed in and has no app yet. */
export function FirstAppPage() {
  const { organizations } = useOperator()
  const signOut = useSignOut()
  const own = organizations.find(({ scopes }) => scopes.includes('organization:manage'))
  return (
    <SignInFrame title="Make your first app" about="An app holds profiles, keys and settings of its own.">
      {own === undefined ? (
        <Notice>
          {organizations.length === 0
            ? 'You are in no organization. Ask whoever runs Facet to invite you.'
            : 'Your organization has no app yet. One of its admins can make it.'}
        </Notice>
      ) : (
        <NewAppForm organizationId={own.id} onMade={() => {}} />
      )}
      <Button look="quiet" className="mt-6 -ml-3" onClick={() => void signOut()}>
        Sign out
      </Button>
    </SignInFrame>
  )
}
