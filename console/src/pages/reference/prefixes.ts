const prefixes: Readonly<Record<string, string>> = { native: '/facet/v1' }

/** Where a dialect stands with all its routes and its OpenAPI document. Whatever is no plain name leads to the native one. */
export function dialectPrefix(dialect: string): string {
  return prefixes[dialect] ?? (/^[a-z]+$/.test(dialect) ? `/${dialect}` : '/facet/v1')
}
