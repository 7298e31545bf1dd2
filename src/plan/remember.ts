/**
 * Remembers what a pure function made of an object. Facts are never changed once they are parsed, and guards, state
 * and views all ask the same things of them.
 */
export function remember<K extends object, V>(compute: (key: K) => V): (key: K) => V {
  const made = new WeakMap<K, { value: V }>()
  return (key) => {
    const found = made.get(key) ?? { value: compute(key) }
    made.set(key, found)
    return found.value
  }
}
