import { Link } from '@tanstack/react-router'
import { ArrowLeft } from 'lucide-react'
import { useOperator } from '../../session/operator.ts'
import { useSignOut } from '../../shell/account-menu.tsx'
import { Button, buttonClass } from '../../ui/button.tsx'
import { PageHead, Section } from '../../ui/page.tsx'
import { NameForm, PasswordForm } from './forms.tsx'
import { Passkeys } from './passkeys.tsx'
import { Sessions } from './sessions.tsx'
import { TwoFactor } from './two-factor.tsx'

/** What an operator keeps for themselves: name, password, second factor, passkeys, sessions. */
export function AccountPage() {
  const { email } = useOperator()
  const signOut = useSignOut()
  return (
    <main className="mx-auto flex max-w-2xl flex-col gap-8 px-4 py-8">
      <div>
        <Link to="/" className={buttonClass('quiet', '-ml-3 mb-3')}>
          <ArrowLeft size={15} aria-hidden /> Back to the console
        </Link>
        <PageHead title="Your account" about={email}>
          <Button onClick={() => void signOut()}>Sign out</Button>
        </PageHead>
      </div>
      <Section title="Name">
        <NameForm />
      </Section>
      <Section title="Password" about="Changing it ends all your other sessions.">
        <PasswordForm />
      </Section>
      <Section title="Second factor" about="A code from your phone beside the password.">
        <TwoFactor />
      </Section>
      <Section title="Passkeys" about="Sign in with your device, without a password.">
        <Passkeys />
      </Section>
      <Section title="Sessions" about="Where you are signed in.">
        <Sessions />
      </Section>
    </main>
  )
}
