import { isDeepStrictEqual } from 'node:util'
import { type Issue, invalid, type Rule } from '../errors.ts'
import type { AppMode, AppSettings, AppSettingsPatch, StoredSettings } from './organizations.types.ts'

interface Setting<T> {
  readonly byDefault: Readonly<Record<AppMode, T>>
  /** The rule that a value breaks in an app of the mode; undefined when it breaks none. */
  ruleBroken(value: T, mode: AppMode): Rule | undefined
  /** What the value may be, where there are few choices. */
  choicesIn?(mode: AppMode): readonly string[]
}

type Table = {
  readonly [Group in keyof AppSettings]: {
    readonly [Name in keyof AppSettings[Group]]: Setting<AppSettings[Group][Name]>
  }
}

const most = 1_000_000

function count(byDefault: number): Setting<number> {
  const fits = (value: number) => Number.isInteger(value) && value >= 1 && value <= most
  return {
    byDefault: { sandbox: byDefault, live: byDefault },
    ruleBroken: (value) => (fits(value) ? undefined : 'range'),
  }
}

function choice(byDefault: Setting<boolean>['byDefault']): Setting<boolean> {
  return { byDefault, ruleBroken: (value) => (typeof value === 'boolean' ? undefined : 'type') }
}

/** The aliases of the networks (server/migrations/0006_networks.sql), by the mode of the apps that may use them. */
export const networksOfMode: Readonly<Record<AppMode, readonly string[]>> = {
  sandbox: ['tBTC', 'tETH', 'AMOY', 'SANDBOX'],
  live: ['BTC', 'ETH', 'POLYGON'],
}
const evmNetworksOfMode: typeof networksOfMode = { sandbox: ['tETH', 'AMOY', 'SANDBOX'], live: ['ETH', 'POLYGON'] }

/** Some of the mode's networks, each once. */
function networks(byDefault: typeof networksOfMode): Setting<readonly string[]> {
  return {
    byDefault,
    choicesIn: (mode) => networksOfMode[mode],
    ruleBroken(value, mode) {
      if (!Array.isArray(value)) return 'type'
      const fits = value.every((alias) => networksOfMode[mode].includes(alias)) && new Set(value).size === value.length
      return fits ? undefined : 'choice'
    },
  }
}

const evmNetwork: Setting<string> = {
  byDefault: { sandbox: 'AMOY', live: 'POLYGON' },
  choicesIn: (mode) => evmNetworksOfMode[mode],
  ruleBroken: (value, mode) => (evmNetworksOfMode[mode].includes(value) ? undefined : 'choice'),
}

/** Every setting of an app: the one place of its default and of what it may be. */
const table: Table = {
  limits: { perSecond: count(10), perMinute: count(150), parallel: count(10) },
  // A sandbox is open to whoever tries it; a live app opens nothing of itself.
  selfService: {
    enabled: choice({ sandbox: true, live: false }),
    registration: choice({ sandbox: true, live: false }),
    strict: choice({ sandbox: false, live: true }),
    changesPerDay: count(10),
  },
  wallets: {
    networks: networks(networksOfMode),
    withProfile: networks({ sandbox: [], live: [] }),
    defaultEvmNetwork: evmNetwork,
  },
}

// The same, for names that come from outside.
const named = table as unknown as Readonly<Record<string, Readonly<Record<string, Setting<unknown>>>>>

/** The settings in force: what is stored, over the defaults of the app's mode. */
export function toSettings(stored: StoredSettings, mode: AppMode): AppSettings {
  const groups = Object.entries(named).map(([group, settings]) => {
    const values = Object.entries(settings).map(([name, setting]) => [
      name,
      stored[group]?.[name] ?? setting.byDefault[mode],
    ])
    return [group, Object.fromEntries(values)]
  })
  return Object.fromEntries(groups)
}

/**
 * What is to be stored after a change. A setting that this code does not know, since a newer one wrote it, stays. Throws
 * `input_invalid`, whose paths begin with `settings`.
 */
export function patchStored(stored: StoredSettings, patch: AppSettingsPatch, mode: AppMode): StoredSettings {
  const changes = changesOf(patch)
  const issues = changes.flatMap((change) => issuesOf(change, mode))
  if (issues.length > 0) throw invalid(...issues)
  const next: Record<string, Record<string, unknown>> = structuredClone(stored)
  for (const { group, name, value } of changes) {
    if (value === null || isDeepStrictEqual(value, find(group, name)?.byDefault[mode])) delete next[group]?.[name]
    else next[group] = { ...next[group], [name]: value }
  }
  return Object.fromEntries(Object.entries(next).filter(([, values]) => Object.keys(values).length > 0))
}

interface Change {
  readonly group: string
  readonly name: string
  /** Null: back to the default. */
  readonly value: unknown
}

function changesOf(patch: AppSettingsPatch): Change[] {
  const all = Object.entries(patch).flatMap(([group, values]) =>
    Object.entries(values ?? {}).map(([name, value]) => ({ group, name, value })),
  )
  return all.filter(({ value }) => value !== undefined)
}

function issuesOf({ group, name, value }: Change, mode: AppMode): Issue[] {
  const setting = find(group, name)
  const rule = setting === undefined ? 'unknown' : value === null ? undefined : setting.ruleBroken(value, mode)
  if (rule === undefined) return []
  const allowed = rule === 'choice' ? setting?.choicesIn?.(mode) : undefined
  return [{ path: ['settings', group, name], rule, ...(allowed && { allowed }) }]
}

function find(group: string, name: string): Setting<unknown> | undefined {
  const settings = Object.hasOwn(named, group) ? named[group] : undefined
  return settings !== undefined && Object.hasOwn(settings, name) ? settings[name] : undefined
}
