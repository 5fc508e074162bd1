/** No step begins with a dot: none is `.` or `..`, and such names are free for what is unfinished. */
const step = '[A-Za-z0-9_-][A-Za-z0-9_.-]{0,199}'
const keyForm = new RegExp(`^(?:${step}/)*${step}$`)
const prefixForm = new RegExp(`^(?:${step}/)+$`)
/** What object stores take: 1,024 bytes. */
const longest = 1_024

/** Gives the key of a file back. Throws an Error when it is none: no key comes from outside, so that is a mistake of ours. */
export function checkKey(key: string): string {
  if (key.length <= longest && keyForm.test(key)) return key
  throw new Error(`${JSON.stringify(key)} is no key of a file`)
}

/** Gives the beginning of keys back. Throws an Error when it is none, as `checkKey` does. */
export function checkPrefix(prefix: string): string {
  if (prefix.length <= longest && prefixForm.test(prefix)) return prefix
  throw new Error(`${JSON.stringify(prefix)} is no prefix of the keys of files`)
}
