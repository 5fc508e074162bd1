/**
 * Whether this browser can have passkeys of this address: they are for names, and for no host that is written in numbers (WebAuthn
 * section 5.1.3). `localhost` is a name.
 */
export function canUsePasskeys(): boolean {
  return 'PublicKeyCredential' in window && !/^[\d.]+$|^\[/.test(location.hostname)
}
