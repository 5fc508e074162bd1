import { randomBytes } from 'node:crypto'
import { dirname, isAbsolute, join, relative, resolve } from 'node:path'
import { accountFor } from './account.ts'
import { findBinaries } from './binaries.ts'
import { checkCluster, makeCluster, resetPassword } from './cluster.ts'
import { EmbeddedPostgresError } from './errors.ts'
import {
  chooseClusterDir,
  type ExistingCluster,
  existingCluster,
  logName,
  openTheWay,
  prepareDataDir,
  settleOutside,
  sharedPlace,
} from './places.ts'
import { createRecord, type PostgresRecord, readRecord, replaceRecord } from './record.ts'
import { databaseName, roleName, socketPort } from './settings.ts'
import type { OpenOptions, Site } from './types.ts'
import { sweep } from './unfinished.ts'

/**
 * Makes the data folder ready: user, programs, cluster and record. Cheap when all of it is there already.
 * @throws EmbeddedPostgresError when one of them cannot be had
 */
export async function prepareSite(options: OpenOptions): Promise<Site> {
  const dataDir = await prepareDataDir(options.dataDir)
  await sweep(dataDir)
  const { cluster, recorded, recordedDir } = await lookAround(dataDir)
  const account = await accountFor(cluster, options.say)
  const shared = () => sharedPlace(account, options.sharedDirs)
  const binaries = await findBinaries(account, account.foreign ? shared : async () => dataDir, options.say)
  const clusterDir = cluster?.dir ?? recordedDir ?? (await chooseClusterDir(dataDir, account, shared, options.say))
  const site = { dataDir, clusterDir, logFile: join(dataDir, logName), account, binaries, say: options.say }
  await openTheWay(site)
  if (clusterDir !== join(dataDir, 'postgres')) {
    await settleOutside(site, options.role)
    await sweep(dirname(clusterDir))
  }
  if (cluster && !recorded) return renewRecord(site)
  const record = recorded ?? (await createRecord(dataDir, newRecord(site, newPassword())))
  // Another first start was faster, and may have chosen another place.
  if (resolve(dataDir, record.clusterDir) !== clusterDir) return prepareSite(options)
  return completeSite(site, cluster, record)
}

async function lookAround(
  dataDir: string,
): Promise<{ cluster?: ExistingCluster; recorded?: PostgresRecord; recordedDir?: string }> {
  // The cluster is looked for before the record: a record is always older than its cluster, so a cluster without a record
  // has lost it, even while another process makes both.
  const inside = await existingCluster(join(dataDir, 'postgres'))
  const recorded = await readRecord(dataDir)
  if (!recorded) return inside ? { cluster: inside } : {}
  const recordedDir = resolve(dataDir, recorded.clusterDir)
  const cluster = await existingCluster(recordedDir)
  if (!cluster && recorded.clusterMadeAt) throw clusterGone(dataDir, recordedDir)
  await refuseCopy(dataDir, recorded)
  return { recorded, recordedDir, ...(cluster ? { cluster } : {}) }
}

async function completeSite(
  site: Omit<Site, 'password'>,
  cluster: ExistingCluster | undefined,
  record: PostgresRecord,
): Promise<Site> {
  const { dataDir } = site
  const ready = { ...site, password: record.password }
  if (!cluster) await makeCluster(ready)
  await checkCluster(ready)
  if (!record.clusterMadeAt || record.dataDir !== dataDir) {
    await replaceRecord(dataDir, {
      ...record,
      dataDir,
      clusterMadeAt: record.clusterMadeAt ?? new Date().toISOString(),
    })
  }
  return ready
}

async function renewRecord(site: Omit<Site, 'password'>): Promise<Site> {
  await checkCluster(site)
  const ready = { ...site, password: newPassword() }
  await resetPassword(ready)
  await createRecord(site.dataDir, { ...newRecord(site, ready.password), clusterMadeAt: new Date().toISOString() })
  return ready
}

function newRecord(site: Omit<Site, 'password'>, password: string): PostgresRecord {
  const inside = site.clusterDir === join(site.dataDir, 'postgres')
  return {
    host: '',
    port: socketPort,
    user: roleName,
    password,
    database: databaseName,
    clusterDir: inside ? relative(site.dataDir, site.clusterDir) : site.clusterDir,
    dataDir: site.dataDir,
    clusterMadeAt: null,
  }
}

const newPassword = () => randomBytes(32).toString('base64url')

/** A cluster outside the data folder is not copied with it: original and copy would silently share one database. */
async function refuseCopy(dataDir: string, recorded: PostgresRecord): Promise<void> {
  if (!isAbsolute(recorded.clusterDir) || recorded.dataDir === dataDir) return
  const original = await readRecord(recorded.dataDir).catch(() => undefined)
  if (original?.clusterDir !== recorded.clusterDir) return
  throw new EmbeddedPostgresError(
    `${dataDir} is a copy of ${recorded.dataDir}, whose database cluster lies outside of it, in ${recorded.clusterDir}. ` +
      `Remove ${join(dataDir, 'postgres.json')} to begin with an empty database.`,
  )
}

function clusterGone(dataDir: string, clusterDir: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    `The database cluster ${clusterDir}, recorded in ${join(dataDir, 'postgres.json')}, is gone. ` +
      'Put it back, or remove postgres.json to begin with an empty database.',
  )
}
