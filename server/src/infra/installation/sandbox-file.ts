import { join } from 'node:path'
import type { OpenSandbox } from './first-start.ts'
import { readIfThere, writePrivateFile } from './private-file.ts'

/** Where a developer, and later every tool of theirs, finds the sandbox's credentials. */
export function sandboxFile(dataDir: string): string {
  return join(dataDir, 'sandbox.json')
}

/**
 * Keeps `sandbox.json` (mode 0600) true: exactly url, organizationId, appId, key, secret and, for the console, operatorEmail and
 * operatorPassword, which is left out once the operator has another.
 */
export async function writeSandboxFile(dataDir: string, url: string, sandbox: OpenSandbox): Promise<void> {
  const { organizationId, appId, key, secret, operator } = sandbox
  const console = { operatorEmail: operator?.email, operatorPassword: operator?.password }
  const text = `${JSON.stringify({ url, organizationId, appId, key, secret, ...console }, null, 2)}\n`
  const file = sandboxFile(dataDir)
  if ((await readIfThere(file)) !== text) await writePrivateFile(file, text)
}
