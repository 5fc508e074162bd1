import { join } from 'node:path'
import type { Sandbox } from '../../core/api-keys/sandbox.service.ts'
import { readIfThere, writePrivateFile } from './private-file.ts'

/** Where a developer, and later every tool of theirs, finds the sandbox's credentials. */
export function sandboxFile(dataDir: string): string {
  return join(dataDir, 'sandbox.json')
}

/** Keeps `sandbox.json` (mode 0600) true: exactly url, organizationId, appId, key and secret. */
export async function writeSandboxFile(dataDir: string, url: string, sandbox: Sandbox): Promise<void> {
  const { organizationId, appId, key, secret } = sandbox
  const text = `${JSON.stringify({ url, organizationId, appId, key, secret }, null, 2)}\n`
  const file = sandboxFile(dataDir)
  if ((await readIfThere(file)) !== text) await writePrivateFile(file, text)
}
