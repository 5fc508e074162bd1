/** What the import fence promises, and how it reports a breach. */

/** The rules, each with the guarantee that it gives. The poison test has poison for every one of them. */
export const RULES = {
  walked: 'sources were found, in every layer',
  placed: 'every file in server/src stands in a known layer, and every file of core in a known domain',
  readable: 'every source can be read, and every import names an existing file',
  layers: 'a layer imports only the layers that its row names',
  packages: 'a layer imports only the packages that its row names, and every runtime dependency has a row',
  dialects: 'a dialect imports no other dialect, no queries and no core/db.ts',
  domains: 'core domains meet by services and types, in one direction',
  cycles: 'core has no import cycle',
  environment: 'process.env is read in config.ts alone',
  aliases: 'there are no path aliases',
  vendors: 'core holds no vendor name',
  folders: 'no folder is named after nothing in particular',
  barrels: 'there are no barrels',
  exports: 'there are no default exports',
  names: 'files and folders are kebab-case',
  sizes: 'main.ts and app.ts stay small',
  dependencies: 'the server has at most 32 runtime dependencies',
} as const

export type Rule = keyof typeof RULES
export type Violation = { rule: Rule; file: string; line: number; message: string }
