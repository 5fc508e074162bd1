import type { Sandbox } from '../../core/api-keys/sandbox.service.ts'

export interface BannerFacts {
  readonly url: string
  readonly sandbox: Sandbox | undefined
  readonly sandboxFile: string
  /** Whether a person reads along; the secret is shown to nobody else. */
  readonly onTerminal: boolean
}

/**
 * What the start says last: the address, the credentials, one call that works when pasted. Standard output that is no
 * terminal may be kept as a log, so there the call reads the secret from the file.
 */
export function banner({ url, sandbox, sandboxFile, onTerminal }: BannerFacts): string {
  const lines = ['', `Facet is ready at ${url}`]
  if (sandbox !== undefined) {
    const secret = onTerminal ? sandbox.secret : `$(sed -n 's/.*"secret": "\\(.*\\)".*/\\1/p' '${sandboxFile}')`
    lines.push(
      '',
      `  organization  ${sandbox.organizationId}`,
      `  app           ${sandbox.appId}`,
      `  key           ${sandbox.key}`,
      `  secret        ${onTerminal ? sandbox.secret : 'in the file'}`,
      `  kept in       ${sandboxFile}`,
      '',
      'Make a profile:',
      '',
      `curl -i ${url}/api/v1/profiles -H 'content-type: application/json' -H "x-api-key: ${secret}" -d "{\\"reference\\":\\"user-$(date +%s)\\",\\"type\\":\\"User\\"}"`,
    )
  }
  return `${lines.join('\n')}\n`
}
