import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { auth } from '../../session/auth.ts'
import { buttonClass } from '../../ui/button.tsx'
import { ErrorNotice } from '../../ui/notice.tsx'
import { SignInFrame } from './frame.tsx'
import { LinkForm } from './link-form.tsx'

/** What a one-time link is for; the server's answer to its token. */
export interface OneTimeLink {
  readonly kind: 'setup' | 'invitation' | 'reset'
  readonly email: string | null
  readonly organization: string | null
  readonly role: string | null
  /** Whether the one whose link it is has a password already. */
  readonly known: boolean
}

const titles = {
  setup: 'Set Facet up',
  invitation: 'Join',
  reset: 'Set a new password',
}

/** The token stands in the fragment, which no browser sends and no server logs. */
function readToken(): string {
  return new URLSearchParams(location.hash.slice(1)).get('token') ?? ''
}

/** Where one-time links lead: the set-up of an installation, an invitation, a new password. */
export function LinkPage() {
  const token = readToken()
  const { data: link, error } = useQuery({
    queryKey: ['link', token],
    queryFn: () => auth<OneTimeLink>('POST', '/link', { token }),
  })
  if (error !== null) {
    return (
      <SignInFrame title="This link does not work" about="It was used, has ended, or is not whole. Ask for a new one.">
        <ErrorNotice error={error} />
        <Link to="/sign-in" className={buttonClass('plain', 'mt-6')}>
          Sign in
        </Link>
      </SignInFrame>
    )
  }
  if (link === undefined) return <SignInFrame title="One moment">{null}</SignInFrame>
  return (
    <SignInFrame
      title={link.kind === 'invitation' && link.organization !== null ? `Join ${link.organization}` : titles[link.kind]}
      about={aboutOf(link)}
    >
      <LinkForm token={token} link={link} />
    </SignInFrame>
  )
}

function aboutOf({ kind, email, role, known }: OneTimeLink): string {
  if (kind === 'setup') return 'You are the first here, and will own the installation.'
  if (kind === 'reset') return `For ${email}. All your sessions end.`
  const invited = `You were invited as ${role ?? 'an operator'}, by the address ${email}.`
  return known ? `${invited} Show by your password that it is you.` : invited
}
