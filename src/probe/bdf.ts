/** Orders canonical BDFs by domain, bus, device, function; the five-digit domains of VMD come last. */
export function compareBdf(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0)
}

/**
 * A PCI address as sysfs spells it: `0000:5e:00.0`, or `10000:e1:00.0` behind VMD. A longer domain never begins with
 * a zero: each device has one spelling.
 */
export function isBdf(text: string): boolean {
  return /^(?:[0-9a-f]{4}|[1-9a-f][0-9a-f]{4,7}):[0-9a-f]{2}:[01][0-9a-f]\.[0-7]$/.test(text)
}
