import type { TakenMount, TakenSwap } from '../probe/facts.ts'

type Place = { bdf: string } & Pick<TakenMount | TakenSwap, 'nsid' | 'partition'>

/** A namespace or partition by what stays true over rebinds: `0000:5e:00.0 ns1 p2`. */
export function placeName(place: Place): string {
  return place.partition === 0
    ? `${place.bdf} ns${place.nsid}`
    : `${place.bdf} ns${place.nsid} p${place.partition}`
}

/** The arguments by which the agent finds it again under /sys. */
export function placeArgs(place: Place): string[] {
  return [place.bdf, String(place.nsid), String(place.partition)]
}
