import type { TakenMount, TakenSwap } from '../probe/facts.ts'
import type { StackPlace } from './need.ts'

/** Where a filesystem or swap lies: right on a drive, or on a stack. */
export type Place = ({ bdf: string } & Pick<TakenMount | TakenSwap, 'nsid' | 'partition'>) | StackPlace

/** A namespace or partition by what stays true over rebinds, `0000:5e:00.0 ns1 p2`; a layer of a stack by its name. */
export function placeName(place: Place): string {
  if ('on' in place) return place.name
  return place.partition === 0
    ? `${place.bdf} ns${place.nsid}`
    : `${place.bdf} ns${place.nsid} p${place.partition}`
}

/** The three arguments by which the agent finds it again under /sys. */
export function placeArgs(place: Place): string[] {
  if ('on' in place) return ['stack', place.on, '']
  return [place.bdf, String(place.nsid), String(place.partition)]
}
