/** Where a value stands within a YAML file: map keys and list indices from the root. */
export type KeyPath = readonly (string | number)[]

/** As people write it: `hosts.stor-01.devices.spdk[0].bdf`. Keys that would be ambiguous are quoted. */
export function renderKeyPath(path: KeyPath): string {
  let text = ''
  for (const segment of path) {
    if (typeof segment === 'number') text += `[${segment}]`
    else if (!/^[\w-]+$/.test(segment)) text += `[${JSON.stringify(segment)}]`
    else text += text === '' ? segment : `.${segment}`
  }
  return text
}
