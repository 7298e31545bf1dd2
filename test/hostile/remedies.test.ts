import { deepStrictEqual, equal, ok } from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { parse } from 'yaml'
import { devNode, operand, quoted, yamlText } from '../../src/paste.ts'
import { encodeBytes } from '../../src/probe/bytes.ts'
import { type ReasonCode, reason } from '../../src/reasons/registry.ts'
import { samples } from '../../src/reasons/samples.ts'
import { isInstalled, shells } from '../support/run-sh.ts'
import { withFolder } from '../support/temporary.ts'
import { nasty, nastyPaths, PWNED, stringLeaves, whatGarbles, withLeaf } from './nasty.ts'

/**
 * Whoever pastes a remedy runs what a host, a drive or a file had a word in. Every back-quoted piece of every remedy is
 * run by real shells in which each command only says how it was called.
 */
const more: { [C in ReasonCode]?: object[] } = {
  DEVICE_HELD: [
    { ...samples.DEVICE_HELD, holder: 'dm-3', what: 'LUKS mapping ' },
    { ...samples.DEVICE_HELD, holder: 'md', what: 'RAID array' },
    { ...samples.DEVICE_HELD, holder: 'loop', what: 'loop device' },
    { ...samples.DEVICE_HELD, holder: 'x', what: 'block device x' },
  ],
  DRIVER_MISSING: [{ driver: 'uio_pci_generic', kernel: '6.1' }],
  GROUP_NOT_VIABLE: [
    { ...samples.GROUP_NOT_VIABLE, others: [{ bdf: '0000:00:01.0', driver: 'x', kind: 'bridge' }] },
  ],
}
/** What no host has a word in: schemas and parsers let nothing else through. */
const checked = /^(bdf|present|found|others\.\d+\.(bdf|kind)|others\.\d+|elsewhere|pool|sizes\.\d+)$/

const TOKEN = 'TOKEN42'
const commands = [
  ...[
    'umount',
    'fuser',
    'findmnt',
    'swapoff',
    'wipefs',
    'btrfs',
    'cryptsetup',
    'losetup',
    'mdadm',
    'dmsetup',
    'lsblk',
  ],
  ...[
    'vgchange',
    'zpool',
    'nvme',
    'apt',
    'modinfo',
    'lspci',
    'dmesg',
    'grep',
    'useradd',
    'rm',
    'ls',
    'driverctl',
    'cat',
  ],
  ...[
    'provision',
    'numactl',
    'numastat',
    'systemctl',
    'sed',
    'mount',
    'lsof',
    'kill',
    'exportfs',
    'echo',
    'tee',
    PWNED,
  ],
]

/** Runs each piece by itself; gives, for each, the calls that were made, as lists of words (bytes as latin1). */
function callsIn(shell: (typeof shells)[number], pieces: readonly string[]): string[][][] {
  return withFolder((folder) => {
    const script = [
      'PATH=/nowhere LC_ALL=C',
      // What a function prints may be redirected by the piece itself.
      "call() { printf '%s\\037' \"$@\" >&9; printf '\\036' >&9; }",
      ...commands.map((command) => `${command}() { call ${command} "$@"; }`),
      'exec 9>&1 >/dev/null 2>&1 </dev/null',
      'for piece; do ( eval "$piece" ); printf \'\\035\' >&9; done',
    ].join('\n')
    const [program, ...flags] = shell
    const bytes = pieces.map((piece) =>
      piece.replaceAll(/> (\$?'?)\/(sys|proc|run)\//g, `> $1${folder.replaceAll(' ', '')}/no/`),
    )
    const ran = spawnSync(program, [...flags, '-c', script, 'sh', ...bytes], {
      cwd: folder,
      maxBuffer: 64 << 20,
    })
    const told = ran.stdout.toString('latin1').split('\x1d').slice(0, -1)
    equal(told.length, pieces.length, `${program} lost pieces: ${ran.stderr}`)
    return told.map((one) =>
      one
        .split('\x1e')
        .slice(0, -1)
        .map((call) => call.split('\x1f').slice(0, -1)),
    )
  })
}

const latin1 = (text: string) => encodeBytes(text).toString('latin1')
const pieces = (remedy: string) => [...remedy.matchAll(/`([^`]*)`/g)].map(([, piece = '']) => piece)
/** What dash does not read: it has no `$'…'`. There the word is wrong, and harmless. */
const plain = (text: string) => !quoted(text).startsWith('$')

interface Trap {
  what: string
  piece: string
  /** The same piece with a harmless word in place of the nasty one. */
  model: string
  text: string
}

function trapsOf(code: ReasonCode): Trap[] {
  return [samples[code], ...(more[code] ?? [])].flatMap((sample) =>
    stringLeaves(sample)
      .filter((path) => !checked.test(path.join('.')))
      .flatMap((path) => {
        const remedyWith = (text: string) =>
          pieces(
            reason(code, withLeaf(sample, path, (old) => (old.endsWith(' ') ? old + text : text)) as never)
              .remedy,
          )
        const model = remedyWith(TOKEN)
        return Object.entries(nastyPaths).flatMap(([name, slashed]) =>
          [slashed, slashed.slice(1)].flatMap((text) =>
            remedyWith(text).map(
              (piece, at): Trap => ({
                what: `${code} ${path.join('.')} ${name}`,
                piece,
                model: model[at] ?? '',
                text,
              }),
            ),
          ),
        )
      }),
  )
}

describe('remedies, pasted', () => {
  const all = (Object.keys(samples) as ReasonCode[]).flatMap(trapsOf)
  const traps = [...new Map(all.map((trap) => [`${trap.piece}\0${trap.model}`, trap])).values()]

  it('hold nothing that a screen would not show', () => {
    for (const { what, piece } of traps) equal(whatGarbles(piece), undefined, what)
  })

  for (const shell of shells) {
    it(`run nothing but their own commands in ${shell.join(' ')}, with the very words that a host said`, function () {
      if (!isInstalled(shell)) this.skip()
      this.timeout(120_000)
      const size = 400
      for (let from = 0; from < traps.length; from += size) {
        const some = traps.slice(from, from + size)
        const calls = callsIn(
          shell,
          some.map(({ piece }) => piece),
        )
        const models = callsIn(
          shell,
          some.map(({ model }) => model),
        )
        some.forEach(({ what, piece, model, text }, at) => {
          const made = calls[at] ?? []
          ok(!made.some(([command]) => command === PWNED), `${what}: ${piece}`)
          // Where a host had no word in it, or two commands speak at once, there is nothing to compare.
          if (piece === model || / \| [a-z]/.test(model)) return
          if (shell[0] === 'dash' && !plain(text)) return
          const asked = (models[at] ?? []).map((call) =>
            call.map((word) => word.replaceAll(TOKEN, latin1(text))),
          )
          const said = made.map((call) => call.filter((word) => word !== '--'))
          // `!` in a kernel name stands for `/`.
          const same = (calls: string[][]) =>
            calls.map((call) => call.map((word) => word.replaceAll('!', '/')))
          deepStrictEqual(same(said), same(asked), `${what}: ${piece}`)
        })
      }
    })
  }

  it('are many enough to mean something', () => ok(traps.length > 1000, String(traps.length)))
})

describe('what is pasted', () => {
  for (const [what, text] of Object.entries(nastyPaths))
    it(`into YAML is read back as it was: ${what}`, () => {
      const read = parse(`serial: ${yamlText(text)}`).serial
      equal(read, Buffer.from(text, 'utf8').toString('utf8') === text ? text : read)
      equal(whatGarbles(yamlText(text)), undefined)
    })

  for (const text of ['12345', '1e5', '0x10', 'true', 'null', '~', '- a', 'a: b', '#', ''])
    it(`into YAML is a text: ${JSON.stringify(text)}`, () =>
      equal(parse(`serial: ${yamlText(text)}`).serial, text))

  it('names no option, and the node that a kernel name with a slash has', () => {
    equal(operand('-a'), '-- -a')
    equal(devNode('cciss!c0d0'), '/dev/cciss/c0d0')
  })

  it('says every one of them in quotes', () => {
    for (const text of Object.values(nasty))
      ok(/^(\$?'.*'|[\w/.,:@%+=-]+)$/s.test(quoted(text)), quoted(text))
  })
})
