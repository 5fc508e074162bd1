import type { App } from './session/operator.ts'

/** Commands of `facet` for the app that is open, as they are typed on the machine of whoever reads them. */

/** Shows events as they come and posts them to a program on that machine. */
export function listenCommand(app: App, types: readonly string[] = []): string {
  const narrowed = types.length === 0 ? '' : ` --types '${types.join(',')}'`
  const server = app.mode === 'sandbox' ? '' : ` --url ${location.origin} --secret -`
  return `npx facet listen --forward-to http://localhost:3000/hook${narrowed}${server}`
}

/** Makes an event, in a sandbox app. */
export function triggerCommand(app: App, type: string): string {
  return `npx facet trigger ${type} --app ${app.id}`
}
