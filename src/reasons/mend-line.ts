import { quoted } from '../paste.ts'

/** Where a line stands that must be mended. */
export interface LineAt {
  file: string
  line: number
  lastLine: number
}

/**
 * A command that puts `#` before a line, and before those it goes on in. It holds nothing of the line itself, so no
 * character in it can break the command. Files of packages are copied to /etc, where the copy masks them.
 */
export function commentOut({ file, line, lastLine }: LineAt): string {
  const lines = line === lastLine ? `${line}` : `${line},${lastLine}`
  return mend(file, `sed -i '${lines}s/^/#/'`)
}

/**
 * A command that adds `nofail` to the fourth field of a line of fstab or crypttab, or makes that field. It counts
 * fields and holds nothing of the line itself; in the C locale, or a byte that is no UTF-8 would end a field.
 */
export function addNofail({ file, line, fields }: LineAt & { fields: number }): string {
  if (fields >= 4) return `LC_ALL=C sed -i -E '${line}s/^(\\s*(\\S+\\s+){3}\\S+)/\\1,nofail/' ${quoted(file)}`
  const missing = fields === 3 ? 'nofail' : 'none nofail'
  return `LC_ALL=C sed -i -E '${line}s/\\s*$/ ${missing}/' ${quoted(file)}`
}

function mend(file: string, sed: string): string {
  const packaged = /^\/(?:usr\/local\/lib|usr\/lib|lib)\/(\w+\.d)\/([^/]+)$/.exec(file)
  if (packaged === null) return `${sed} ${quoted(file)}`
  const copy = quoted(`/etc/${packaged[1]}/${packaged[2]}`)
  return `cp ${quoted(file)} ${copy} && ${sed} ${copy}`
}
