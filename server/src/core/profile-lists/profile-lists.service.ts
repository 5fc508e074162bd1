import { type AppJobCtx, type Ctx, requireScope } from '../context.ts'
import { DomainFault, invalid } from '../errors.ts'
import { differences, recordEvent } from '../events.ts'
import { isLongId, isUuid, newId, newLongId, timeOfId } from '../ids.ts'
import { inTx } from '../transactions.ts'
import {
  countLists,
  deleteListRow,
  insertList,
  selectListForUpdate,
  selectListIds,
  selectLists,
  updateList,
} from './profile-lists.queries.ts'
import { checkListInput } from './profile-lists.rules.ts'
import {
  maxListsOfProfile,
  type ProfileList,
  type ProfileListInput,
  type ProfileListKey,
} from './profile-lists.types.ts'

const defaultColor = '#808080'
/** So many lists may an app have: they are read whole. */
const maxLists = 1_000

/** Makes a list. Throws `input_invalid`, `profile_list_name_taken`. */
export async function createProfileList(
  ctx: Ctx,
  input: ProfileListInput & { readonly name: string },
): Promise<ProfileList> {
  requireScope(ctx, 'profiles:write')
  checkListInput(input)
  const id = newId()
  const at = timeOfId(id)
  const { name, description = '', color = defaultColor } = input
  const list = { id, longId: newLongId(at), name, description, color, createdAt: at, updatedAt: at }
  return inTx(ctx, async (tx) => {
    if ((await selectLists(tx)).length >= maxLists) throw invalid({ path: [], rule: 'too_long', limit: maxLists })
    await insertList(tx, list)
    await record(tx, 'profile_list.created', list, { before: null, after: { ...list } })
    return list
  })
}

/** The lists of the app, oldest first. */
export async function listProfileLists(ctx: Ctx): Promise<ProfileList[]> {
  requireScope(ctx, 'profiles:read')
  return selectLists(ctx)
}

/** Changes what the input names. Throws `profile_list_not_found`, `input_invalid`, `profile_list_name_taken`. */
export async function updateProfileList(ctx: Ctx, key: ProfileListKey, input: ProfileListInput): Promise<ProfileList> {
  requireScope(ctx, 'profiles:write')
  checkListInput(input)
  return inTx(ctx, async (tx) => {
    const before = await lockList(tx, key)
    const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined))
    const wanted: ProfileList = { ...before, ...given }
    if (Object.keys(differences(before, wanted).after).length === 0) return before
    const after = { ...wanted, updatedAt: tx.now }
    await updateList(tx, after)
    await record(tx, 'profile_list.updated', after, differences(before, after))
    return after
  })
}

/** Deletes a list. Profiles may keep its id, which is never used again. Throws `profile_list_not_found`. */
export async function deleteProfileList(ctx: Ctx, key: ProfileListKey): Promise<void> {
  requireScope(ctx, 'profiles:write')
  return inTx(ctx, async (tx) => {
    const before = await lockList(tx, key)
    await deleteListRow(tx, before.id)
    await record(tx, 'profile_list.deleted', { ...before, updatedAt: tx.now }, { before: { ...before }, after: null })
  })
}

/**
 * The ids of lists by their long ids, in the same order. Throws `input_invalid` on `listIds` for one that there is not, and for
 * more than one profile can be in.
 */
export async function getProfileListIds(ctx: AppJobCtx, longIds: readonly string[]): Promise<string[]> {
  if (longIds.length === 0) return []
  if (longIds.length > maxListsOfProfile) {
    throw invalid({ path: ['listIds'], rule: 'too_long', limit: maxListsOfProfile })
  }
  const ids = longIds.every(isLongId) ? await selectListIds(ctx, longIds) : new Map<string, string>()
  return longIds.map((longId) => {
    const id = ids.get(longId)
    if (id === undefined) throw invalid({ path: ['listIds'], rule: 'choice' })
    return id
  })
}

/**
 * Throws `input_invalid` on `listIds` unless each id is named once, and is a list of the app or one of those that are named already.
 * Asks nothing when all are.
 */
export async function requireProfileLists(
  ctx: AppJobCtx,
  ids: readonly string[],
  named: readonly string[] = [],
): Promise<void> {
  const fresh = ids.filter((id) => !named.includes(id))
  const sound = new Set(ids).size === ids.length && fresh.every(isUuid)
  const there = sound && (fresh.length === 0 || (await countLists(ctx, fresh)) === fresh.length)
  if (!there) throw invalid({ path: ['listIds'], rule: 'choice' })
}

async function lockList(tx: Ctx, key: ProfileListKey): Promise<ProfileList> {
  const possible = key.by === 'id' ? isUuid(key.value) : isLongId(key.value)
  const list = possible ? await selectListForUpdate(tx, key) : undefined
  if (list === undefined) throw new DomainFault({ code: 'profile_list_not_found' })
  return list
}

async function record(
  tx: Ctx,
  type: 'profile_list.created' | 'profile_list.updated' | 'profile_list.deleted',
  list: ProfileList,
  data: Parameters<typeof recordEvent>[2]['data'],
): Promise<void> {
  await recordEvent(tx, tx.appId, { type, subjectId: list.id, at: list.updatedAt, data })
}
