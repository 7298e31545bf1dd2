import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fstabEntries, mayBeMissing } from '../../src/plan/host-config/tables.ts'
import { addNofail, commentOut } from '../../src/reasons/mend-line.ts'
import { configFiles } from '../support/config.ts'
import { hostFacts } from '../support/facts.ts'
import { withFolder } from '../support/temporary.ts'

/** Lines with everything that could break a command, and the same line with `nofail`. */
const lines: [string, string][] = [
  ['UUID=6d0c /data ext4 defaults 0 2', 'UUID=6d0c /data ext4 defaults,nofail 0 2'],
  [
    '\tUUID="6d0c"\t/da$(reboot)`x`\txfs\trw,x=a/b\\&c|d;e 0 2',
    '\tUUID="6d0c"\t/da$(reboot)`x`\txfs\trw,x=a/b\\&c|d;e,nofail 0 2',
  ],
  ["LABEL='it''s' /a ext4", "LABEL='it''s' /a ext4 nofail"],
  ['/dev/sda1  none swap sw', '/dev/sda1  none swap sw,nofail'],
  ['/dev/sda1 /ü\udce9 auto noatime # mine', '/dev/sda1 /ü\udce9 auto noatime,nofail # mine'],
]

/** Both kinds of sed that hosts have. */
const seds = [[], ['busybox']].filter(
  ([program]) => program === undefined || !spawnSync(program, ['true']).error,
)

function mended(command: string, file: string, content: string, [wrapper]: string[]): string {
  return withFolder((folder) => {
    const path = join(folder, file)
    mkdirSync(join(path, '..'), { recursive: true })
    mkdirSync(join(folder, 'etc/sysctl.d'), { recursive: true })
    writeFileSync(path, content, 'latin1')
    const here = command.replaceAll(/ \/(etc|usr)/g, ' $1')
    execFileSync('sh', ['-euc', wrapper === undefined ? here : here.replaceAll('sed ', `${wrapper} sed `)], {
      cwd: folder,
    })
    const changed = file.startsWith('etc') ? path : join(folder, 'etc/sysctl.d', file.split('/').at(-1) ?? '')
    return readFileSync(changed, 'latin1')
  })
}

const bytes = (text: string) => Buffer.from(text.replaceAll('\udce9', '\xe9'), 'latin1').toString('latin1')

for (const sed of seds)
  describe(`mending a line with ${sed[0] ?? 'GNU'} sed`, () => {
    for (const [before, after] of lines)
      it(`nofail: ${JSON.stringify(before)}`, () => {
        const at = { file: '/etc/fstab', line: 2, lastLine: 2, fields: before.trim().split(/\s+/).length }
        const content = `# one\n${before}\n${before}\n`
        const changed = mended(addNofail(at), 'etc/fstab', bytes(content), sed)
        assert.equal(changed, bytes(`# one\n${after}\n${before}\n`))
        const [entry] = fstabEntries(hostFacts({ facts: configFiles({ '/etc/fstab': changed }) }))
        assert.ok(entry !== undefined && mayBeMissing(entry))
      })

    it('nofail on a crypttab of two fields', () => {
      const command = addNofail({ file: '/etc/crypttab', line: 1, lastLine: 1, fields: 2 })
      assert.equal(
        mended(command, 'etc/crypttab', 'vault /dev/sda1 \n', sed),
        'vault /dev/sda1 none nofail\n',
      )
    })

    it('a line and those it goes on in are commented out', () => {
      const command = commentOut({ file: '/etc/sysctl.d/a.conf', line: 2, lastLine: 3 })
      assert.equal(mended(command, 'etc/sysctl.d/a.conf', 'a\nb\nc\nd\n', sed), 'a\n#b\n#c\nd\n')
    })

    it('a file of a package is left, and masked by a copy', () => {
      const command = commentOut({ file: '/usr/lib/sysctl.d/a.conf', line: 1, lastLine: 1 })
      assert.equal(mended(command, 'usr/lib/sysctl.d/a.conf', 'a\nb\n', sed), '#a\nb\n')
    })
  })
