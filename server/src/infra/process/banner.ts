import type { OpenSandbox } from '../installation/first-start.ts'

export interface BannerFacts {
  readonly url: string
  readonly sandbox: OpenSandbox | undefined
  readonly sandboxFile: string
  /** Where the first operator comes in, while there is none. */
  readonly setupUrl: string | undefined
  /** Whether a person reads along; the secret and the password are shown to nobody else. */
  readonly onTerminal: boolean
}

/**
 * What the start says last: the address, the credentials, one call that works when pasted. Standard output that is no
 * terminal may be kept as a log, so there the call reads the secret from the file. The link for the first operator is shown there too:
 * it has no other way out, and is good once and for a day.
 */
export function banner(facts: BannerFacts): string {
  const { url, sandbox, setupUrl } = facts
  const lines = ['', `Facet is ready at ${url}`, '', `  console       ${url}/console`]
  if (sandbox !== undefined) lines.push(...sandboxLines(facts, sandbox))
  if (setupUrl !== undefined) lines.push('', 'Make the first operator, within a day:', '', setupUrl)
  return `${lines.join('\n')}\n`
}

function sandboxLines({ url, sandboxFile, onTerminal }: BannerFacts, sandbox: OpenSandbox): string[] {
  const { operator } = sandbox
  const secret = onTerminal ? sandbox.secret : `$(sed -n 's/.*"secret": "\\(.*\\)".*/\\1/p' '${sandboxFile}')`
  const shown = (text: string) => (onTerminal ? text : 'in the file')
  return [
    ...(operator === undefined ? [] : [`  sign in as    ${operator.email}`]),
    ...(operator?.password === undefined ? [] : [`  password      ${shown(operator.password)}`]),
    `  organization  ${sandbox.organizationId}`,
    `  app           ${sandbox.appId}`,
    `  key           ${sandbox.key}`,
    `  secret        ${shown(sandbox.secret)}`,
    `  kept in       ${sandboxFile}`,
    '',
    'Make a profile:',
    '',
    `curl -i ${url}/api/v1/profiles -H 'content-type: application/json' -H "x-api-key: ${secret}" -d "{\\"reference\\":\\"user-$(date +%s)\\",\\"type\\":\\"User\\"}"`,
  ]
}
