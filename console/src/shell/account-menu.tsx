import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { CircleUser } from 'lucide-react'
import { explain } from '../api/explain.ts'
import { auth } from '../session/auth.ts'
import { useOperator } from '../session/operator.ts'
import { IconButton } from '../ui/button.tsx'
import { Menu, MenuItem, MenuLine, MenuLink, MenuTitle } from '../ui/menu.tsx'
import { say } from '../ui/toast.tsx'
import { themeNames, themes, useTheme } from './theme.ts'

/** Who is signed in, the theme, and the way out. */
export function AccountMenu() {
  const { name, email } = useOperator()
  const [theme, setTheme] = useTheme()
  const signOut = useSignOut()
  return (
    <Menu
      label="Account"
      trigger={(props) => (
        <IconButton {...props} label={`Account of ${name}`}>
          <CircleUser size={18} aria-hidden />
        </IconButton>
      )}
    >
      <MenuTitle>
        <span className="block text-text" dir="auto">
          {name}
        </span>
        {email}
      </MenuTitle>
      <MenuLink to="/account">Your account</MenuLink>
      <MenuLine />
      {themes.map((id) => (
        <MenuItem key={id} onClick={() => setTheme(id)}>
          <span aria-hidden className="w-4 text-accent">
            {theme === id ? '✓' : ''}
          </span>
          {themeNames[id]}
          {theme === id && <span className="sr-only">, chosen</span>}
        </MenuItem>
      ))}
      <MenuLine />
      <MenuItem onClick={() => void signOut()}>Sign out</MenuItem>
    </Menu>
  )
}

/** Ends the session, and forgets all that was read in it. */
export function useSignOut(): () => Promise<void> {
  const queries = useQueryClient()
  const navigate = useNavigate()
  return async () => {
    try {
      await auth('POST', '/sign-out', {})
    } catch (error) {
      return say(`Not signed out. ${explain(error).title}`)
    }
    await navigate({ to: '/sign-in' })
    queries.clear()
  }
}
