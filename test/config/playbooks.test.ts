import assert from 'node:assert/strict'
import { configOf, type Files, loadFiles } from './files.ts'

const top = (playbook: string) =>
  `version: 1\nplaybook: ${playbook}\nhosts: { a: { hugepages: { 2M: 1 } } }\n`

const wrong: Record<string, [files: Files, says: string]> = {
  'that is not there': [
    { 'hosts.yaml': top('books/nod.yaml'), 'books/node.yaml': 'version: 1' },
    'hosts.yaml:2:11: there is no playbook books/nod.yaml (at playbook)\n    did you mean `node.yaml`?',
  ],
  'that is not there, in a list': [
    { 'hosts.yaml': top('[p.yaml, far/away.yaml]'), 'p.yaml': 'version: 1' },
    'hosts.yaml:2:20: there is no playbook far/away.yaml (at playbook[1])\n    the path is relative to the file that names it',
  ],
  'that another one names and that is not there': [
    { 'hosts.yaml': top('books/p.yaml'), 'books/p.yaml': 'version: 1\nplaybook: q.yaml' },
    'books/p.yaml:2:11: there is no playbook books/q.yaml (at playbook)\n    the path is relative to the file that names it',
  ],
  'with mistakes, together with those of the hosts file': [
    {
      'hosts.yaml': `${top('p.yaml')}hugepage: 1\n`,
      'p.yaml': 'version: 1\nhosts: {}\npersist: yes\ndevices: { spdk: ["5e:00.9"] }\n',
    },
    [
      'hosts.yaml:4:1: unknown key `hugepage` (at hugepage)\n    did you mean `hugepages`?',
      'p.yaml:2:1: unknown key `hosts` (at hosts)',
      '    known here: version, playbook, devices, driver, in_use, hugepages, owner, persist',
      'p.yaml:3:10: expected true or false, got the text "yes" (at persist)\n    write true',
      'p.yaml:4:19: `5e:00.9` is not a PCI address: function `9` is not one of 0 to 7 (at devices.spdk[0])',
    ].join('\n'),
  ],
  'that names itself': [
    { 'hosts.yaml': top('p.yaml'), 'p.yaml': 'version: 1\nplaybook: ./p.yaml' },
    'p.yaml:2:11: playbooks name each other in a circle: p.yaml → p.yaml (at playbook)',
  ],
  'that is in a circle of three': [
    {
      'hosts.yaml': top('b/start.yaml'),
      'b/start.yaml': 'version: 1\nplaybook: p.yaml',
      'b/p.yaml': 'version: 1\nplaybook: q.yaml',
      'b/q.yaml': 'version: 1\nplaybook: [../b/p.yaml]',
    },
    'b/q.yaml:2:12: playbooks name each other in a circle: b/p.yaml → b/q.yaml → b/p.yaml (at playbook[0])',
  ],
  'that is empty': [{ 'hosts.yaml': top('p.yaml'), 'p.yaml': '' }, 'p.yaml:1:1: the file is empty'],
  'that is a directory': [
    { 'hosts.yaml': top('books'), 'books/p.yaml': '' },
    'books:1:1: this is a directory, not a file',
  ],
  'that gives a drive twice over': [
    {
      'hosts.yaml': 'version: 1\nhosts:\n  a:\n    playbook: p.yaml\n    devices: { spdk: ["5e:00.0"] }\n',
      'p.yaml': 'version: 1\ndevices: { kernel: ["5e:00.0"] }\n',
    },
    'p.yaml:2:21: 0000:5e:00.0 is given both to spdk and to kernel: here and at hosts.yaml:5:23 (at devices.kernel[0])\n    remove one',
  ],
}

describe('config/playbooks', () => {
  for (const [name, [files, says]] of Object.entries(wrong)) {
    it(`refuses one ${name}`, async () => assert.equal((await loadFiles(files)).text, says))
  }

  it('may share others, without their number growing', async () => {
    const files: Files = { 'hosts.yaml': top('p30.yaml'), 'p0.yaml': 'version: 1\nowner: deep\n' }
    for (let n = 1; n <= 30; n += 1) {
      files[`p${n}.yaml`] = `version: 1\nplaybook: [p${n - 1}.yaml, ./p${n - 1}.yaml]\n`
    }
    const { hosts } = await configOf(files)
    assert.equal(hosts[0]?.owner?.user, 'deep')
  })
})
