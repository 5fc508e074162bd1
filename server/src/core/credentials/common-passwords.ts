let loaded: Promise<ReadonlySet<string>> | undefined

/** Whether a password is among the 49,000 that people choose most, in whatever case. The list is loaded when it is first asked. */
export async function isCommonPassword(password: string): Promise<boolean> {
  loaded ??= load()
  return (await loaded).has(password.trim().toLowerCase())
}

async function load(): Promise<ReadonlySet<string>> {
  const { dictionary } = await import('@zxcvbn-ts/language-common')
  return new Set(dictionary['passwords-common'])
}
