/** Where to go on to after the sign-in: a page of the console and nothing else, whatever the address of the sign-in says. */
export function pageAfter(next: string | undefined): string {
  return next !== undefined && /^\/(?![/\\])/.test(next) ? next : '/'
}
