/**
 * Bytes from a host as strings and back, without loss. What is UTF-8 becomes text; every other byte becomes a
 * lone surrogate U+DC80..U+DCFF (Python calls this surrogateescape), so a mount point in Latin-1 or a model name
 * full of garbage can be compared, kept in JSON and given back to the host exactly as it was.
 */
export function decodeBytes(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes)
  } catch {
    return decodePiecewise(bytes)
  }
}

/** The exact inverse of `decodeBytes`. */
export function encodeBytes(text: string): Buffer {
  if (!/[\udc80-\udcff]/.test(text)) return Buffer.from(text, 'utf8')
  const parts: Buffer[] = []
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0
    parts.push(code >= 0xdc80 && code <= 0xdcff ? Buffer.from([code - 0xdc00]) : Buffer.from(char, 'utf8'))
  }
  return Buffer.concat(parts)
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function decodePiecewise(bytes: Uint8Array): string {
  let text = ''
  let at = 0
  while (at < bytes.length) {
    const length = sequenceLength(bytes[at] ?? 0)
    const piece = bytes.subarray(at, at + length)
    const decoded = piece.length === length ? tryDecode(piece) : undefined
    if (decoded === undefined) {
      text += String.fromCharCode(0xdc00 + (bytes[at] ?? 0))
      at += 1
    } else {
      text += decoded
      at += length
    }
  }
  return text
}

function tryDecode(piece: Uint8Array): string | undefined {
  try {
    return strict.decode(piece)
  } catch {
    return undefined
  }
}

function sequenceLength(lead: number): number {
  if (lead >= 0xf0) return 4
  if (lead >= 0xe0) return 3
  return lead >= 0xc0 ? 2 : 1
}
