import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'

/**
 * Compares text with test/golden/<name>, byte for byte. `UPDATE_GOLDEN=1` writes what is there now; read the
 * difference before it is committed.
 */
export function golden(name: string, text: string): void {
  const file = new URL(`../golden/${name}`, import.meta.url)
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(file, text)
  assert.equal(text, readFileSync(file, 'utf8'), `differs from test/golden/${name}`)
}
