import { getApp } from '../../core/organizations/organizations.service.ts'
import { answerOf, type Face, type FaceOrder } from '../../http/faces.ts'
import { findAppOfHost } from '../../http/principal.ts'
import { originAt, originOf } from '../../http/public-origin.ts'
import { notServed } from './authentication.ts'
import { errorOf } from './errors.ts'
import { toPersonAnswer } from './mappers.ts'
import { getPerson } from './routes/profiles.ts'
import { PersonObject } from './schemas.ts'

/** Where the dialect answers for the app: the host to name, unless the request's own leads there, and what links begin with. */
interface Site {
  readonly host?: string
  readonly origin: string
}

/**
 * A profile as its own person gets it, by one of their tokens. The path has the number, which also those have whom the dialect does
 * not show. An app that no host leads to has no such face.
 */
export async function face({ services, request, profile, serialize }: FaceOrder): Promise<Face> {
  const { ctx } = request
  const site = await siteOf(services, request)
  const number = String(profile.number)
  const answer = await answerOf(
    async () => {
      if (site === undefined || !ctx.settings.selfService.enabled) throw notServed()
      return serialize(toPersonAnswer(await getPerson(ctx, number), 'owner', site.origin), PersonObject)
    },
    (fault) => errorOf(fault, request),
  )
  const headers = { ...(site?.host !== undefined && { Host: site.host }), Authorization: 'Token {token}' }
  return { request: { method: 'GET', path: `/api/v1/profiles/${number}`, headers }, ...answer }
}

async function siteOf(services: FaceOrder['services'], request: FaceOrder['request']): Promise<Site | undefined> {
  const { ctx } = request
  const app = await findAppOfHost(services, request)
  if (app?.appId === ctx.appId) return { origin: await originOf(services, request, ctx.appId) }
  const [host] = (await getApp(ctx, ctx.appId)).hosts
  return host === undefined ? undefined : { host, origin: originAt(request, { host, port: '' }) }
}
