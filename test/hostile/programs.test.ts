import { deepStrictEqual, equal, ok } from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import type { Program } from '../../src/agent/program.ts'
import { renderProgram } from '../../src/agent/render-program.ts'
import { joined, probeScript } from '../../src/agent/scripts.ts'
import { decodeBytes, encodeBytes } from '../../src/probe/bytes.ts'
import { isInstalled, runScript, shells } from '../support/run-sh.ts'
import { nasty, nastyPaths, PWNED } from './nasty.ts'

/** Shell functions that only say how they were called; a word that got out of its quotes would be one of them. */
const recorders = [
  'LC_ALL=C PATH=/nowhere',
  "say() { printf '%s\\037' \"$@\"; printf '\\036'; }",
  ...['recheck', 'step', 'undo', PWNED].map((name) => `${name}() { say ${name} "$@"; }`),
  'carry_out() { say carry_out "$@"; program_rechecks; program_forward; program_back; }',
  '',
].join('\n')

const texts = [
  ...Object.values(nasty),
  ...Object.values(nastyPaths),
  '',
  '\n',
  '\n}\n',
  `\n${PWNED}\n`,
  'EOF',
  "'\\''",
  '\\',
  '-n',
  ' ',
]

/** Those that an argument of a process can be from here. */
const plainTexts = texts.filter((text) => !/\p{Cs}/u.test(text))

/** Each text in each place that takes one. */
function programWith(text: string): Program {
  return {
    nonce: text,
    run: 'run-1',
    holder: text.replaceAll('\n', ' '),
    rechecks: [{ bdf: text, driver: text, serial: text }],
    users: [text, text],
    steps: [
      {
        id: 1,
        call: ['umount', text, text],
        undo: [
          ['mount', text],
          ['swapon', text],
        ],
      },
    ],
  }
}

function callsExpected(text: string): string[][] {
  const line = text.replaceAll('\n', ' ')
  return [
    ['carry_out', 'run-1', line, text, text],
    ['recheck', text, text, text],
    ['step', '1', 'umount', text, text],
    ['undo', '1', 'mount', text],
    ['undo', '1', 'swapon', text],
  ]
}

describe('a program made of hostile words', () => {
  for (const shell of shells)
    it(`is run by ${shell.join(' ')} with those words, and runs nothing else`, function () {
      if (!isInstalled(shell)) this.skip()
      this.timeout(60_000)
      for (const text of texts) {
        const script = Buffer.concat([encodeBytes(recorders), encodeBytes(renderProgram(programWith(text)))])
        const { stdout, stderr } = runScript(shell, script)
        const said = stdout.toString('latin1').split('\x1e').slice(0, -1)
        const calls = said.map((call) => decodeBytes(Buffer.from(call, 'latin1')).split('\x1f').slice(0, -1))
        deepStrictEqual(calls, callsExpected(text), `${JSON.stringify(text.slice(0, 60))}: ${stderr}`)
      }
    })

  for (const shell of shells)
    it(`asks ${shell.join(' ')} about hostile users without running them`, function () {
      if (!isInstalled(shell)) this.skip()
      const users = texts.filter((text) => text.length < 200)
      const script = decodeBytes(probeScript({ nonce: 'n', users }))
      const call = script.slice(script.lastIndexOf('\nprobe_main '))
      const { stdout } = runScript(shell, encodeBytes(`${recorders}probe_main() { say "$@"; }\n${call}`))
      const [said = ''] = decodeBytes(stdout).split('\x1e')
      const [nonce, root, ...asked] = said.split('\x1f').slice(0, -1)
      equal(nonce, 'n')
      equal(root, '')
      ok(asked.length > 10)
      for (const user of asked) ok(users.includes(user) && !user.startsWith('-'), user)
      ok(!decodeBytes(stdout).includes(`\x1e${PWNED}`))
    })

  for (const shell of shells)
    it(`is quoted by ${shell.join(' ')} itself where a step names a command`, function () {
      if (!isInstalled(shell)) this.skip()
      const script = `${recorders}${joined(['run/journal.sh'])}\nfor word; do quote "$word"; eval "say $quoted"; done\n`
      const [program, ...flags] = shell
      const { stdout } = spawnSync(program, [...flags, '-c', script, 'sh', ...plainTexts])
      const said = stdout.toString().split('\x1e').slice(0, -1)
      deepStrictEqual(
        said.map((call) => call.split('\x1f')[0]),
        plainTexts,
      )
    })
})
