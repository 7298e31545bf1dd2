import { capacityOf, identityOf } from '../../plan/identity.ts'
import type { DevicePlan } from '../../plan/plan.ts'
import type { Use } from '../../plan/uses.ts'
import { seen } from '../../probe/fact.ts'
import type { Drive } from '../../probe/facts.ts'
import type { JsonDevice, JsonUse } from './schema.ts'

/** A device; where no NVMe drive is at its address, everything that only a drive has is null. */
export function deviceJson(device: Omit<DevicePlan, 'declared'> & Pick<JsonDevice, 'declared'>): JsonDevice {
  const { bdf, declared, drive, targetDriver, action, uses, groupMates, reasons } = device
  return {
    bdf,
    ...hardware(drive),
    iommu_group_members: groupMates,
    current_driver: drive === null ? null : seen(drive.driver),
    declared,
    target_driver: targetDriver,
    action,
    block_devices: drive === null ? [] : drive.namespaces.map(({ name }) => name),
    in_use: uses.map(useJson),
    reasons,
  }
}

function hardware(drive: Drive | null) {
  const identity = drive === null ? null : identityOf(drive)
  const told = identity === null || identity.by === 'nothing' ? null : identity
  return {
    serial: told?.serial ?? null,
    model: told?.model ?? null,
    size_bytes: drive === null ? null : capacityOf(drive),
    numa_node: drive === null ? null : seen(drive.numaNode),
    iommu_group: drive === null ? null : seen(drive.iommuGroup),
  }
}

function useJson(use: Use): JsonUse {
  const through = 'through' in use && use.through !== null ? `/dev/${use.through.device}` : null
  return { ...plainUse(use), through }
}

function plainUse(use: Use): Omit<JsonUse, 'through'> {
  const source = `/dev/${use.device}`
  switch (use.kind) {
    case 'mount':
      return { kind: use.kind, source, target: use.mount.target, detail: use.mount.fstype }
    case 'swap':
      return { kind: use.kind, source, target: null, detail: `priority ${use.priority}` }
    case 'holder':
      return { kind: use.kind, source, target: `/dev/${use.holder}`, detail: use.what }
    case 'btrfs':
      return { kind: use.kind, source, target: null, detail: 'btrfs' }
    case 'foreign_mount':
      return { kind: use.kind, source, target: use.target, detail: `PID ${use.pid} (${use.command})` }
    case 'open':
      return { kind: use.kind, source: use.path, target: null, detail: `PID ${use.pid} (${use.command})` }
    case 'export':
      return { kind: use.kind, source, target: use.name, detail: use.by }
    case 'mount_part':
      return { kind: use.kind, source, target: use.target, detail: use.option }
    case 'signature':
      return { kind: use.kind, source, target: null, detail: use.types.join(', ') }
    case 'unreadable':
      return { kind: use.kind, source, target: null, detail: use.why }
  }
}
