import { ProblemError } from '@facet/sdk/errors'
import type { QueryClient } from '@tanstack/react-query'
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router'
import { text, texts } from './search.ts'
import { firstApp } from './session/last-app.ts'
import { findApp, type Operator, operatorQuery } from './session/operator.ts'
import { PageError, PageMissing, PagePending } from './shell/states.tsx'

/** Every address of the console. Each page is loaded when it is first gone to, with what it alone needs. */

const root = createRootRouteWithContext<{ queries: QueryClient }>()({
  component: Outlet,
  notFoundComponent: PageMissing,
})

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: texts('next'),
  component: lazyRouteComponent(() => import('./pages/sign-in/sign-in.tsx'), 'SignInPage'),
})
const forgotten = createRoute({
  getParentRoute: () => root,
  path: '/forgotten',
  component: lazyRouteComponent(() => import('./pages/sign-in/forgotten.tsx'), 'ForgottenPage'),
})
const links = (['/set-up', '/accept', '/reset'] as const).map((path) =>
  createRoute({
    getParentRoute: () => root,
    path,
    component: lazyRouteComponent(() => import('./pages/sign-in/link.tsx'), 'LinkPage'),
  }),
)

/** The operator, or the way to the sign-in and back again. */
async function requireOperator(queries: QueryClient, href: string): Promise<Operator> {
  try {
    return await queries.fetchQuery(operatorQuery)
  } catch (error) {
    if (!(error instanceof ProblemError) || error.status !== 401) throw error
    throw redirect({ to: '/sign-in', search: href === '/' ? {} : { next: href } })
  }
}

const start = createRoute({
  getParentRoute: () => root,
  path: '/',
  async beforeLoad({ context, location }) {
    const app = firstApp(await requireOperator(context.queries, location.href))
    if (app === undefined) throw redirect({ to: '/first-app' })
    throw redirect({ to: '/$app', params: { app } })
  },
})
const firstAppPage = createRoute({
  getParentRoute: () => root,
  path: '/first-app',
  async beforeLoad({ context, location }) {
    const app = firstApp(await requireOperator(context.queries, location.href))
    if (app !== undefined) throw redirect({ to: '/' })
  },
  component: lazyRouteComponent(() => import('./pages/home/first-app.tsx'), 'FirstAppPage'),
})
const account = createRoute({
  getParentRoute: () => root,
  path: '/account',
  beforeLoad: async ({ context, location }) => void (await requireOperator(context.queries, location.href)),
  component: lazyRouteComponent(() => import('./pages/account/account.tsx'), 'AccountPage'),
})

const app = createRoute({
  getParentRoute: () => root,
  path: '/$app',
  async beforeLoad({ context, params, location }) {
    const operator = await requireOperator(context.queries, location.href)
    if (findApp(operator, params.app) === undefined) throw redirect({ to: '/' })
  },
  component: lazyRouteComponent(() => import('./shell/shell.tsx'), 'Shell'),
  notFoundComponent: PageMissing,
})

const pages = [
  createRoute({
    getParentRoute: () => app,
    path: '/',
    validateSearch: texts('window', 'dialect', 'language', 'steps'),
    component: lazyRouteComponent(() => import('./pages/home/home.tsx'), 'HomePage'),
  }),
  createRoute({
    getParentRoute: () => app,
    path: '/users',
    validateSearch: texts(
      'q',
      'sort',
      'cursor',
      'columns',
      'type',
      'email',
      'username',
      'phone',
      'country',
      'reference',
      'sheet',
    ),
    component: lazyRouteComponent(() => import('./pages/users/users.tsx'), 'UsersPage'),
  }),
  createRoute({
    getParentRoute: () => app,
    path: '/users/$profile',
    validateSearch: texts('face', 'tab', 'after', 'sheet'),
    component: lazyRouteComponent(() => import('./pages/users/user.tsx'), 'UserPage'),
  }),
  createRoute({
    getParentRoute: () => app,
    path: '/api-keys',
    validateSearch: texts('key', 'ended', 'sheet'),
    component: lazyRouteComponent(() => import('./pages/api-keys/api-keys.tsx'), 'ApiKeysPage'),
  }),
  createRoute({
    getParentRoute: () => app,
    path: '/wallets',
    validateSearch: texts('network', 'cursor'),
    component: lazyRouteComponent(() => import('./pages/wallets/wallets.tsx'), 'WalletsPage'),
  }),
  createRoute({
    getParentRoute: () => app,
    path: '/webhooks',
    validateSearch: texts('tab', 'type', 'signature', 'language', 'sheet'),
    component: lazyRouteComponent(() => import('./pages/webhooks/webhooks.tsx'), 'WebhooksPage'),
  }),
  createRoute({
    getParentRoute: () => app,
    path: '/webhooks/$endpoint',
    validateSearch: texts('status', 'cursor', 'delivery', 'sheet'),
    component: lazyRouteComponent(() => import('./pages/webhooks/endpoint.tsx'), 'EndpointPage'),
  }),
  createRoute({
    getParentRoute: () => app,
    path: '/events',
    validateSearch: texts('types', 'before', 'event'),
    component: lazyRouteComponent(() => import('./pages/events/events.tsx'), 'EventsPage'),
  }),
  createRoute({
    getParentRoute: () => app,
    path: '/reference',
    validateSearch: texts('dialect'),
    component: lazyRouteComponent(() => import('./pages/reference/reference.tsx'), 'ReferencePage'),
  }),
  createRoute({
    getParentRoute: () => app,
    path: '/settings',
    validateSearch: texts('tab', 'mail', 'cursor'),
    component: lazyRouteComponent(() => import('./pages/settings/settings.tsx'), 'SettingsPage'),
  }),
] as const

const tree = root.addChildren([start, signIn, forgotten, ...links, firstAppPage, account, app.addChildren(pages)])

/** The router. Whoever signs out or in again begins with queries that know nothing. */
export function makeRouter(queries: QueryClient) {
  return createRouter({
    routeTree: tree,
    basepath: '/console',
    context: { queries },
    defaultPreload: 'intent',
    defaultPreloadStaleTime: 0,
    defaultErrorComponent: PageError,
    defaultPendingComponent: PagePending,
    scrollRestoration: true,
    // What stands in the address is text, as somebody would write it by hand.
    parseSearch: (search) => Object.fromEntries(new URLSearchParams(search)),
    stringifySearch: (search) => text(search),
  })
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>
  }
}
