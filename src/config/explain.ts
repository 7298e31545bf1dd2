import type { DeviceClaim, DriveMatch, Owner } from './declaration.ts'
import { type KeyPath, renderKeyPath } from './keypath.ts'
import { type Layer, positionOf, type Sourced } from './layer.ts'
import type { Config } from './load.ts'
import type { MergedHost } from './merge.ts'
import type { Position } from './problem.ts'
import { renderPageSize } from './size.ts'

/** One value of a host's merged declaration, as text, and where it came from. */
export interface ExplainRow {
  /** Within the host, e.g. `devices.spdk[0]`. */
  path: string
  value: string
  /** e.g. `hosts.yaml:12:5 (group nvmf)` or `built-in`. */
  from: string
}

/** What a host must look like, value by value; null when there is no such host. */
export function explainHost(config: Config, name: string): ExplainRow[] | null {
  const host = config.merged.get(name)
  return host === undefined ? null : rowsOf(host)
}

/** Where the drive at a canonical BDF was claimed for a host; null when no list names it. */
export function claimPosition(config: Config, name: string, bdf: string): Position | null {
  const devices = config.merged.get(name)?.devices
  if (devices === undefined) return null
  for (const source of [devices.spdk, devices.kernel]) {
    const index = source.value.findIndex((claim) => claim.by === 'bdf' && claim.bdf === bdf)
    if (index >= 0) return positionOf(source, [index])
  }
  return null
}

/** Rows as aligned columns. */
export function renderExplanation(rows: readonly ExplainRow[]): string {
  const widest = (texts: string[]): number => Math.max(0, ...texts.map((text) => text.length))
  const path = widest(rows.map((row) => row.path))
  const value = widest(rows.map((row) => row.value))
  return rows.map((row) => `${row.path.padEnd(path)}  ${row.value.padEnd(value)}  ${row.from}`).join('\n')
}

function rowsOf({
  address,
  ssh,
  devices,
  driver,
  inUse,
  hugepages,
  owner,
  persist,
}: MergedHost): ExplainRow[] {
  return [
    row(address, address.value),
    row(ssh.user, ssh.user.value ?? 'as ~/.ssh/config says'),
    row(ssh.port, String(ssh.port.value ?? 'as ~/.ssh/config says')),
    row(ssh.identityFiles, listed(ssh.identityFiles.value, 'as ~/.ssh/config says')),
    row(ssh.knownHosts, ssh.knownHosts.value ?? 'as ~/.ssh/config says'),
    row(ssh.become, ssh.become.value),
    row(ssh.jump, listed(ssh.jump.value, '(none)')),
    ...claimRows(devices.spdk),
    ...claimRows(devices.kernel),
    row(driver, driver.value),
    row(inUse, inUse.value),
    ...hugepageRows(hugepages),
    row(owner, renderOwner(owner.value)),
    row(persist, String(persist.value)),
  ]
}

function row(source: Sourced<unknown>, value: string, within: KeyPath = []): ExplainRow {
  return { path: renderKeyPath([...source.path, ...within]), value, from: renderSource(source, within) }
}

function renderSource(source: Sourced<unknown>, within: KeyPath): string {
  const position = positionOf(source, within)
  if (position === null || source.layer === null) return 'built-in'
  return `${position.file}:${position.line}:${position.column} (${renderLevel(source.layer)})`
}

function renderLevel({ level }: Layer): string {
  return level.kind === 'group' ? `group ${level.name}` : level.kind
}

function claimRows(source: Sourced<DeviceClaim[]>): ExplainRow[] {
  if (source.value.length === 0) return [row(source, '(none)')]
  return source.value.map((claim, index) => row(source, renderClaim(claim), [index]))
}

function renderClaim(claim: DeviceClaim): string {
  if (claim.by === 'match') return `match ${renderMatch(claim.match)}`
  return claim.serial === null ? claim.bdf : `${claim.bdf} serial ${claim.serial}`
}

function renderMatch({ model, serial, numa, minSizeBytes, maxSizeBytes, count }: DriveMatch): string {
  const conditions = Object.entries({
    model,
    serial,
    numa,
    min_size: minSizeBytes,
    max_size: maxSizeBytes,
    count,
  })
  const given = conditions.filter(([, condition]) => condition !== null)
  return given.length === 0 ? 'every drive' : given.map(([key, condition]) => `${key}=${condition}`).join(' ')
}

function hugepageRows(pools: MergedHost['hugepages']): ExplainRow[] {
  if (pools.length === 0) return [{ path: 'hugepages', value: '(none)', from: 'built-in' }]
  return pools.map((pool) => {
    const { sizeKiB, node, count } = pool.value
    const keys = ['hugepages', renderPageSize(sizeKiB), ...(node === null ? [] : [`node${node}`])]
    return { ...row(pool, String(count)), path: renderKeyPath(keys) }
  })
}

const renderOwner = (owner: Owner | null): string =>
  owner === null ? '(nobody but root)' : owner.group === null ? owner.user : `${owner.user}:${owner.group}`

const listed = (items: readonly string[], none: string): string =>
  items.length === 0 ? none : items.join(', ')
