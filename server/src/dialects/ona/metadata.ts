type Tree = Readonly<Record<string, unknown>>

/**
 * Merges as the present server does (contracts/ona.md 3.4): a key that is sent and stands anywhere in the stored tree is
 * set there, an object joined with an object, anything else replaced; one that stands nowhere is added at the top.
 */
export function mergeMetadata(stored: Tree, sent: Tree): Tree {
  return Object.entries(sent).reduce<Tree>(
    (tree, [key, value]) => (holds(tree, key) ? replaced(tree, key, value) : withKey(tree, key, value)),
    stored,
  )
}

function holds(tree: Tree, key: string): boolean {
  return Object.hasOwn(tree, key) || Object.values(tree).some((child) => isTree(child) && holds(child, key))
}

/** The tree with the key set wherever it stands; below such a place nothing is looked for. */
function replaced(tree: Tree, key: string, value: unknown): Tree {
  const entries = Object.entries(tree).map(([name, child]): [string, unknown] => {
    if (name === key) return [name, isTree(child) && isTree(value) ? { ...child, ...value } : value]
    return [name, isTree(child) ? replaced(child, key, value) : child]
  })
  return Object.fromEntries(entries)
}

function withKey(tree: Tree, key: string, value: unknown): Tree {
  return Object.fromEntries([...Object.entries(tree), [key, value]])
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
