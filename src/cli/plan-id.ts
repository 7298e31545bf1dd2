import { randomBytes } from 'node:crypto'
import type { PlanStamp } from '../plan/moves.ts'

/** A fresh stamp, e.g. `20261123-142501-9f3a`: sortable, and safe as a file name on any host. */
export function newStamp(now = new Date()): PlanStamp {
  const at = now.toISOString()
  const [day = '', time = ''] = at.split(/[T.]/)
  return {
    id: `${day.replaceAll('-', '')}-${time.replaceAll(':', '')}-${randomBytes(2).toString('hex')}`,
    at,
  }
}
