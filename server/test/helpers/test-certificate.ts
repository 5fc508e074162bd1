import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'

/** A certificate that signs itself, and its key, both as PEM. */
export interface TestCertificate {
  readonly cert: string
  readonly key: string
}

/**
 * Makes a certificate (RFC 5280) for the names, valid from yesterday until tomorrow. It is written out by hand, as Node
 * makes none, a private key has no place in a repository, and not every machine has a tool for it.
 */
export function makeCertificate(names: readonly string[]): TestCertificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const algorithm = der(0x30, oid('06082a8648ce3d040302'))
  const name = der(0x30, der(0x31, der(0x30, oid('0603550403'), der(0x0c, Buffer.from(names[0] ?? 'test')))))
  const day = 86_400_000
  const body = der(
    0x30,
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, Buffer.of(1), randomBytes(8)),
    algorithm,
    name,
    der(0x30, utcTime(Date.now() - day), utcTime(Date.now() + day)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, der(0x30, subjectAltName(names))),
  )
  const signature = der(0x03, Buffer.of(0), sign('sha256', body, privateKey))
  return {
    cert: pem(der(0x30, body, algorithm, signature)),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

function subjectAltName(names: readonly string[]): Buffer {
  const list = names.map((name) => der(0x82, Buffer.from(name)))
  return der(0x30, oid('0603551d11'), der(0x04, der(0x30, ...list)))
}

function utcTime(time: number): Buffer {
  const digits = new Date(time).toISOString().replace(/\.\d+|[-:T]/g, '')
  return der(0x17, Buffer.from(digits.slice(2)))
}

function oid(hex: string): Buffer {
  return Buffer.from(hex, 'hex')
}

/** One element: its tag, its length, its content. */
function der(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const size = content.length
  const length = size < 128 ? [size] : size < 256 ? [0x81, size] : [0x82, size >> 8, size & 255]
  return Buffer.concat([Buffer.of(tag, ...length), content])
}

function pem(bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}
