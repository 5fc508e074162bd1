import { describe, expect, it } from 'vitest'
import { type Role, roles } from '../../../src/core/operators/operators.types.ts'
import { type TestTenant, useApi } from '../../helpers/api.ts'
import { useDatabase } from '../../helpers/database.ts'
import { consoleOf, cookiesOf, fromConsole, newOperator } from '../../helpers/operators.ts'

const database = useDatabase()
const api = useApi(database)
const { ask, signIn, isSignedIn } = consoleOf(api)

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'

/** An operator at work in an app. */
async function operatorIn(organizationId: string, role: Role, appId: string) {
  const operator = await newOperator(database, { [organizationId]: role })
  const cookie = await signIn(operator.email)
  const call = (method: Method, path: string, payload?: object, headers: Record<string, string> = {}) =>
    api.server.inject({
      method,
      url: `/facet/v1${path}`,
      headers: { ...fromConsole, cookie, 'facet-app': appId, ...headers },
      ...(payload !== undefined && { payload }),
    })
  return { ...operator, cookie, call }
}

async function newOrganization() {
  const { ctx } = await api.newTenant()
  const { organizationId, appId } = ctx
  return { organizationId, appId, join: (role: Role) => operatorIn(organizationId, role, appId) }
}

describe('what each role may do', () => {
  const nobody = '00000000-0000-7000-8000-000000000000'
  const newApp = (organizationId: string) => ({ organizationId, name: 'App', mode: 'sandbox' })
  const table: [Method, string, object | undefined, Role][] = [
    ['GET', '/profiles', undefined, 'viewer'],
    ['GET', '/events', undefined, 'viewer'],
    ['GET', '/apps', undefined, 'viewer'],
    ['POST', '/profiles', { type: 'User' }, 'developer'],
    ['PATCH', `/profiles/${nobody}`, { label: 'x' }, 'developer'],
    ['DELETE', `/profiles/${nobody}`, undefined, 'developer'],
    ['POST', `/profiles/${nobody}/wallets`, { network: 'tBTC' }, 'developer'],
    ['GET', '/api-keys', undefined, 'developer'],
    ['POST', '/api-keys', { name: 'Key', scopes: ['profiles:read'] }, 'developer'],
    ['POST', `/api-keys/${nobody}/revoke`, undefined, 'developer'],
    ['GET', '/webhook-endpoints', undefined, 'developer'],
    ['POST', '/webhook-endpoints', { url: 'https://example.com/hook', types: ['*'] }, 'developer'],
    ['GET', '/outbox', undefined, 'developer'],
    ['POST', '/apps', { name: 'App', mode: 'sandbox' }, 'admin'],
    ['PATCH', '/apps/APP', { name: 'Renamed' }, 'admin'],
    ['GET', '/operators', undefined, 'admin'],
    ['PATCH', `/operators/${nobody}`, { role: 'viewer' }, 'admin'],
    ['DELETE', `/operators/${nobody}`, undefined, 'admin'],
    ['GET', '/invitations', undefined, 'admin'],
    ['POST', '/invitations', { email: 'new@example.com', role: 'viewer' }, 'admin'],
    ['POST', '/invitations', { email: 'boss@example.com', role: 'owner' }, 'owner'],
    ['DELETE', `/invitations/${nobody}`, undefined, 'admin'],
    ['POST', '/operator/apps', newApp('ORGANIZATION'), 'admin'],
  ]

  it.each(table)('%s %s: from the %s on, and nobody before', async (method, path, body, least) => {
    const { organizationId, appId, join } = await newOrganization()
    const payload = body && JSON.parse(JSON.stringify(body).replace('ORGANIZATION', organizationId))
    for (const role of roles) {
      const { call } = await join(role)
      const answer = await call(method, path.replace('APP', appId), payload)
      const refused = answer.statusCode === 403
      expect(refused, `${role}: ${answer.statusCode} ${answer.body}`).toBe(roles.indexOf(role) < roles.indexOf(least))
      expect(answer.statusCode, answer.body).toBeLessThan(500)
      expect(answer.statusCode, answer.body).not.toBe(400)
    }
  })
})

describe('GET /facet/v1/operator', () => {
  it('200: shows the operator, what they are in each organization, and the apps there, without naming an app', async () => {
    const { organizationId, appId } = await newOrganization()
    const { id, email, cookie } = await operatorIn(organizationId, 'developer', appId)
    const answer = await api.server.inject({ url: '/facet/v1/operator', headers: { cookie } })
    expect(answer.statusCode).toBe(200)
    expect(answer.json()).toEqual({
      id,
      email,
      name: 'Olga Operator',
      twoFactorEnabled: false,
      organizations: [
        {
          id: organizationId,
          name: 'Test organization',
          role: 'developer',
          scopes: [
            'profiles:read',
            'events:read',
            'profiles:write',
            'wallets:write',
            'keys:manage',
            'webhooks:manage',
            'outbox:read',
          ],
          apps: [
            { id: appId, number: expect.any(Number), name: 'Test app', mode: 'sandbox', createdAt: expect.any(String) },
          ],
        },
      ],
    })
  })

  it('401: with a cookie that nobody signed, that was changed, or of a session that is unknown', async () => {
    const { organizationId, appId } = await newOrganization()
    const { cookie } = await operatorIn(organizationId, 'viewer', appId)
    const [name, value = ''] = cookie.split('=')
    const changed = [`${name}=abc`, `${name}=${value.slice(1)}`, `${name}=${value}; ${name}=${value}`, `${name}=%ff`]
    for (const sent of changed) {
      const answer = await api.server.inject({ url: '/facet/v1/operator', headers: { cookie: sent } })
      expect([answer.statusCode, answer.json().code]).not.toContain(200)
      expect(answer.statusCode).toBe(401)
    }
    await database.db.query('delete from auth.sessions', [])
    const gone = await api.server.inject({ url: '/facet/v1/operator', headers: { cookie } })
    expect([gone.statusCode, gone.json().code]).toEqual([401, 'operator_session_invalid'])
  })

  it('403: with an API key', async () => {
    const { apiKey } = await api.newTenant()
    const headers = { authorization: `Bearer ${apiKey.secret}` }
    const answer = await api.server.inject({ url: '/facet/v1/operator', headers })
    expect([answer.statusCode, answer.json().code]).toEqual([403, 'operator_required'])
  })
})

describe('POST /facet/v1/operator/apps', () => {
  it('201: makes an app without a key, sandbox or live', async () => {
    const { organizationId, join } = await newOrganization()
    const { call } = await join('admin')
    for (const mode of ['sandbox', 'live']) {
      const answer = await call('POST', '/operator/apps', { organizationId, name: 'Second', mode })
      expect(answer.statusCode).toBe(201)
      expect(answer.json()).toMatchObject({ organizationId, name: 'Second', mode })
      expect(answer.json().apiKey).toBeUndefined()
    }
  })

  it('404: in an organization of others', async () => {
    const [mine, others] = [await newOrganization(), await newOrganization()]
    const { call } = await mine.join('owner')
    const { organizationId } = others
    const answer = await call('POST', '/operator/apps', { organizationId, name: 'Mine', mode: 'sandbox' })
    expect([answer.statusCode, answer.json().code]).toEqual([404, 'organization_not_found'])
  })
})

describe('the app of a session', () => {
  it('400: must be named', async () => {
    const { join } = await newOrganization()
    const { call } = await join('owner')
    const answer = await call('GET', '/profiles', undefined, { 'facet-app': '' })
    expect([answer.statusCode, answer.json().code]).toEqual([400, 'app_header_missing'])
  })

  it('404: is not there when it is of others, exactly as one that does not exist', async () => {
    const [mine, others] = [await newOrganization(), await newOrganization()]
    const { call } = await mine.join('owner')
    const at = async (appId: string) => {
      const { requestId: _, ...problem } = (await call('GET', '/profiles', undefined, { 'facet-app': appId })).json()
      return problem
    }
    const theirs = await at(others.appId)
    expect(theirs).toMatchObject({ status: 404, code: 'app_not_found' })
    expect(await at('00000000-0000-7000-8000-000000000000')).toEqual(theirs)
    expect(await at('no id')).toEqual(theirs)
  })

  it('is the only one whose rows are seen and changed', async () => {
    const [mine, others] = [await newOrganization(), await newOrganization()]
    const [me, them] = [await mine.join('owner'), await others.join('owner')]
    const made = (await them.call('POST', '/profiles', { type: 'User' })).json()
    expect((await me.call('GET', `/profiles/${made.id}`)).statusCode).toBe(404)
    expect((await me.call('GET', '/profiles')).json().data).toEqual([])
    expect((await me.call('PATCH', `/operators/${them.id}`, { role: 'viewer' })).statusCode).toBe(404)
    expect((await me.call('DELETE', `/operators/${them.id}`)).statusCode).toBe(404)
  })

  it('notes the operator as who acted', async () => {
    const { join } = await newOrganization()
    const { id, call } = await join('developer')
    await call('POST', '/profiles', { type: 'User' })
    const rows = await database.db.query('select type from events_pending where actor_kind = $1 and actor_id = $2', [
      'operator',
      id,
    ])
    expect(rows).toEqual([{ type: 'profile.created' }])
  })
})

describe('other dialects', () => {
  it.each(['/api/v1/profiles', '/v1/profiles', '/original/users', '/ocamba/v1/profiles'])(
    'take no session: %s',
    async (url) => {
      const { organizationId, appId } = await newOrganization()
      const { cookie } = await operatorIn(organizationId, 'owner', appId)
      const answer = await api.server.inject({ url, headers: { ...fromConsole, cookie, 'facet-app': appId } })
      expect([401, 403, 404]).toContain(answer.statusCode)
    },
  )
})

describe('/facet/v1/operators', () => {
  it('lists the members, who joined first first', async () => {
    const { join } = await newOrganization()
    const [owner, viewer] = [await join('owner'), await join('viewer')]
    const answer = await owner.call('GET', '/operators')
    expect(answer.json().data).toEqual(
      [owner, viewer].map(({ id, email, name }, index) => ({
        id,
        email,
        name,
        role: index === 0 ? 'owner' : 'viewer',
        createdAt: expect.any(String),
        twoFactorEnabled: false,
      })),
    )
  })

  it('a new role holds with the next request, in sessions that stand', async () => {
    const { join } = await newOrganization()
    const [owner, other] = [await join('owner'), await join('viewer')]
    expect((await other.call('POST', '/profiles', { type: 'User' })).statusCode).toBe(403)
    expect((await owner.call('PATCH', `/operators/${other.id}`, { role: 'developer' })).json().role).toBe('developer')
    expect((await other.call('POST', '/profiles', { type: 'User' })).statusCode).toBe(201)
    await owner.call('PATCH', `/operators/${other.id}`, { role: 'viewer' })
    expect((await other.call('POST', '/profiles', { type: 'User' })).statusCode).toBe(403)
  })

  it('403: an admin neither makes an owner nor touches one', async () => {
    const { join } = await newOrganization()
    const [owner, admin, viewer] = [await join('owner'), await join('admin'), await join('viewer')]
    const refused = [
      await admin.call('PATCH', `/operators/${viewer.id}`, { role: 'owner' }),
      await admin.call('PATCH', `/operators/${owner.id}`, { role: 'viewer' }),
      await admin.call('DELETE', `/operators/${owner.id}`),
    ]
    expect(refused.map((answer) => answer.json().code)).toEqual(Array(3).fill('role_forbidden'))
    expect((await admin.call('PATCH', `/operators/${viewer.id}`, { role: 'admin' })).statusCode).toBe(200)
  })

  it('409: the last owner stays one', async () => {
    const { join } = await newOrganization()
    const owner = await join('owner')
    const demoted = await owner.call('PATCH', `/operators/${owner.id}`, { role: 'admin' })
    expect([demoted.statusCode, demoted.json().code]).toEqual([409, 'last_owner'])
    expect((await owner.call('DELETE', `/operators/${owner.id}`)).json().code).toBe('last_owner')
    await join('owner')
    expect((await owner.call('DELETE', `/operators/${owner.id}`)).statusCode).toBe(204)
  })

  it('who is removed is out with the next request, and signed out when that was the last organization', async () => {
    const [one, two] = [await newOrganization(), await newOrganization()]
    const [owner, other] = [await one.join('owner'), await two.join('owner')]
    const both = await newOperator(database, { [one.organizationId]: 'viewer', [two.organizationId]: 'viewer' })
    const cookie = await signIn(both.email)
    expect((await owner.call('DELETE', `/operators/${both.id}`)).statusCode).toBe(204)
    const headers = { cookie, 'facet-app': one.appId }
    expect((await api.server.inject({ url: '/facet/v1/profiles', headers })).statusCode).toBe(404)
    expect(await isSignedIn(cookie)).toBe(true)
    await other.call('DELETE', `/operators/${both.id}`)
    expect(await isSignedIn(cookie)).toBe(false)
  })
})

describe('/facet/v1/invitations', () => {
  const tokenOf = (url: string) => /^http:\/\/localhost\/console\/accept#token=([\w-]{43})$/.exec(url)?.[1] ?? ''

  it('201: gives a link once, and lists the invitation without it until it is withdrawn', async () => {
    const { join } = await newOrganization()
    const { call } = await join('admin')
    const answer = await call('POST', '/invitations', { email: 'Ada@Example.com', role: 'developer' })
    expect(answer.statusCode).toBe(201)
    const { url, ...invitation } = answer.json()
    expect(tokenOf(url)).not.toBe('')
    expect(invitation).toMatchObject({ email: 'ada@example.com', role: 'developer' })
    expect(Date.parse(invitation.expiresAt) - Date.parse(invitation.createdAt)).toBe(7 * 86_400_000)
    expect((await call('GET', '/invitations')).json()).toEqual({ data: [invitation] })
    expect((await call('DELETE', `/invitations/${invitation.id}`)).statusCode).toBe(204)
    expect((await call('GET', '/invitations')).json()).toEqual({ data: [] })
    expect((await ask('POST', '/link', { body: { token: tokenOf(url) } })).statusCode).toBe(404)
  })

  it('a new one to the same person takes the place of the one before', async () => {
    const { join } = await newOrganization()
    const { call } = await join('admin')
    const invited = async (role: string) =>
      (await call('POST', '/invitations', { email: 'bea@example.com', role })).json()
    const [first, second] = [await invited('viewer'), await invited('admin')]
    expect((await call('GET', '/invitations')).json().data).toMatchObject([{ id: second.id, role: 'admin' }])
    expect((await ask('POST', '/link', { body: { token: tokenOf(first.url) } })).statusCode).toBe(404)
  })

  it('409: a member is not invited; 400: nor what is no address; 404: nor is one of others withdrawn', async () => {
    const [mine, others] = [await newOrganization(), await newOrganization()]
    const [me, them] = [await mine.join('owner'), await others.join('owner')]
    const again = await me.call('POST', '/invitations', { email: me.email, role: 'viewer' })
    expect([again.statusCode, again.json().code]).toEqual([409, 'operator_is_member'])
    const bad = await me.call('POST', '/invitations', { email: 'no address', role: 'viewer' })
    expect(bad.json().errors).toMatchObject([{ path: '/email', rule: 'format' }])
    const theirs = (await them.call('POST', '/invitations', { email: 'x@example.com', role: 'viewer' })).json()
    expect((await me.call('DELETE', `/invitations/${theirs.id}`)).statusCode).toBe(404)
  })

  it('is accepted by a new operator, who is signed in and in with the role', async () => {
    const { appId, join } = await newOrganization()
    const { call } = await join('admin')
    const { url } = (await call('POST', '/invitations', { email: 'cleo@example.com', role: 'developer' })).json()
    const token = tokenOf(url)
    const described = await ask('POST', '/link', { body: { token } })
    expect(described.json()).toEqual({
      kind: 'invitation',
      email: 'cleo@example.com',
      organization: 'Test organization',
      role: 'developer',
      known: false,
    })
    const accepted = await ask('POST', '/accept', { body: { token, name: 'Cleo', password: 'ten purple lanterns' } })
    expect(accepted.json()).toEqual({ email: 'cleo@example.com', signedIn: true })
    const headers = { cookie: cookiesOf(accepted), 'facet-app': appId, ...fromConsole }
    const made = await api.server.inject({
      method: 'POST',
      url: '/facet/v1/profiles',
      headers,
      payload: { type: 'User' },
    })
    expect(made.statusCode).toBe(201)
    expect(
      (await ask('POST', '/accept', { body: { token, name: 'Eve', password: 'ten purple lanterns' } })).statusCode,
    ).toBe(404)
  })

  it('403: lets nobody in by the key of a sandbox app, which never reaches a live one; 201: by that of a live one', async () => {
    const [sandbox, live] = [await api.newTenant(), await api.newTenant({ mode: 'live' })]
    const withKey = async (tenant: TestTenant, method: Method, path: string, payload?: object) => {
      const { secret } = await api.newKey(tenant, ['organization:manage'])
      const headers = { authorization: `Bearer ${secret}` }
      return api.server.inject({ method, url: `/facet/v1${path}`, headers, ...(payload !== undefined && { payload }) })
    }
    const wanted = { email: 'eve@example.com', role: 'admin' }
    const nobody = '00000000-0000-7000-8000-000000000000'
    const refused = [
      await withKey(sandbox, 'POST', '/invitations', wanted),
      await withKey(sandbox, 'GET', '/invitations'),
      await withKey(sandbox, 'DELETE', `/invitations/${nobody}`),
      await withKey(sandbox, 'GET', '/operators'),
      await withKey(sandbox, 'PATCH', `/operators/${nobody}`, { role: 'viewer' }),
      await withKey(sandbox, 'DELETE', `/operators/${nobody}`),
    ]
    expect(refused.map((answer) => answer.json().code)).toEqual(Array(6).fill('app_mode_forbidden'))
    expect((await withKey(live, 'POST', '/invitations', wanted)).statusCode).toBe(201)
  })

  it('shows no link of one who may not invite', async () => {
    const { join } = await newOrganization()
    const { call } = await join('developer')
    expect((await call('POST', '/invitations', { email: 'd@example.com', role: 'viewer' })).statusCode).toBe(403)
  })
})
