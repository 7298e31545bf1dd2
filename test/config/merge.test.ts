import assert from 'node:assert/strict'
import { homedir } from 'node:os'
import { claimPosition, explainHost, renderExplanation } from '../../src/config/explain.ts'
import { selectHosts } from '../../src/inventory/limit.ts'
import { configOf, type Files } from './files.ts'

const hostOf = async (files: Files, name = 'a') => {
  const { hosts } = await configOf(files)
  const host = hosts.find((each) => each.name === name)
  assert.ok(host, `there is no host ${name}`)
  return host
}

const playbooks: Files = {
  'inner.yaml': 'version: 1\nowner: inner\npersist: true',
  'outer.yaml': 'version: 1\nplaybook: inner.yaml\nowner: outer',
  'other.yaml': 'version: 1\nowner: other',
}

/** Keys of the top, of two groups in their order, and of the host; and whose `owner` it is that stands. */
const stacks: [top: string, first: string, second: string, host: string, owner: string | null][] = [
  ['', '', '', '', null],
  ['playbook: inner.yaml', '', '', '', 'inner'],
  ['playbook: outer.yaml', '', '', '', 'outer'],
  ['playbook: [outer.yaml, other.yaml]', '', '', '', 'other'],
  ['playbook: [other.yaml, outer.yaml]', '', '', '', 'outer'],
  ['playbook: inner.yaml, owner: top', '', '', '', 'top'],
  ['owner: top', 'playbook: inner.yaml', '', '', 'inner'],
  ['owner: top', 'playbook: inner.yaml, owner: one', '', '', 'one'],
  ['owner: top', 'owner: one', 'owner: two', '', 'two'],
  ['owner: top', 'owner: one', 'playbook: inner.yaml', '', 'inner'],
  ['owner: top', 'owner: one', 'owner: two', 'playbook: inner.yaml', 'inner'],
  ['owner: top', 'owner: one', 'owner: two', 'playbook: inner.yaml, owner: host', 'host'],
  ['owner: top', 'owner: one', 'owner: two', 'owner: null', null],
]

describe('config/merge', () => {
  for (const [top, first, second, host, owner] of stacks) {
    it(`[${[top, first, second, host].join(' | ')}] is owned by ${owner}`, async () => {
      const group = (keys: string) => `{ hosts: [a]${keys === '' ? '' : `, ${keys}`} }`
      const groups = `groups: { z: ${group(first)}, 1: ${group(second)} }`
      const parts = ['version: 1', 'hugepages: { 2M: 1 }', groups, `hosts: { a: { ${host} } }`, top]
      const yaml = `{ ${parts.filter((part) => part !== '').join(', ')} }`
      assert.equal((await hostOf({ ...playbooks, 'hosts.yaml': yaml })).owner?.user ?? null, owner)
    })
  }

  it('fills in what nobody says', async () => {
    const host = await hostOf({ 'hosts.yaml': 'version: 1\nhosts: { a: }' })
    assert.deepEqual(host, {
      name: 'a',
      address: 'a',
      ssh: { user: null, port: null, identityFiles: [], knownHosts: null, become: 'auto', jump: [] },
      devices: { spdk: [], kernel: [] },
      driver: 'auto',
      inUse: 'refuse',
      hugepages: [],
      owner: null,
      persist: false,
    })
  })

  it('reads every key', async () => {
    const yaml = `
version: 1
hosts:
  a:
    address: 10.0.0.1
    ssh: { user: ops, port: 2222, identity_file: [~/k1, k2, /k3], known_hosts: kh, become: sudo, jump: x@b:22 }
    devices:
      spdk:
        - 5E:00.0
        - { bdf: "10000:01:00.0", serial: S1 }
        - match: { model: "X*", serial: S2, numa: 1, min_size: 3T, max_size: 4TiB, count: 2 }
      kernel: [{ match: {} }]
    driver: vfio-pci
    in_use: release
    hugepages: { 1G: { node1: 8, node0: 4 }, 2M: 4096 }
    owner: spdk:storage
    persist: true
`
    const host = await hostOf({ 'hosts.yaml': yaml })
    const { identityFiles, knownHosts, ...ssh } = host.ssh
    assert.equal(identityFiles[0], `${homedir()}/k1`)
    assert.match(
      `${identityFiles[1]} ${knownHosts}`,
      /^\/\S+\/provision-config-\w+\/k2 \/\S+\/provision-config-\w+\/kh$/,
    )
    assert.equal(identityFiles[2], '/k3')
    assert.deepEqual(ssh, { user: 'ops', port: 2222, become: 'sudo', jump: ['x@b:22'] })
    assert.deepEqual(host.devices, {
      spdk: [
        { by: 'bdf', bdf: '0000:5e:00.0', serial: null },
        { by: 'bdf', bdf: '10000:01:00.0', serial: 'S1' },
        {
          by: 'match',
          match: { model: 'X*', serial: 'S2', numa: 1, minSizeBytes: 3e12, maxSizeBytes: 2 ** 42, count: 2 },
        },
      ],
      kernel: [
        {
          by: 'match',
          match: {
            model: null,
            serial: null,
            numa: null,
            minSizeBytes: null,
            maxSizeBytes: null,
            count: null,
          },
        },
      ],
    })
    assert.deepEqual(host.hugepages, [
      { sizeKiB: 2048, node: null, count: 4096 },
      { sizeKiB: 1048576, node: 0, count: 4 },
      { sizeKiB: 1048576, node: 1, count: 8 },
    ])
    assert.deepEqual([host.driver, host.inUse, host.persist], ['vfio-pci', 'release', true])
    assert.deepEqual(host.owner, { user: 'spdk', group: 'storage' })
  })

  it('merges maps by key and replaces lists', async () => {
    const yaml = `
version: 1
ssh: { user: ops, jump: [b1, b2] }
devices: { spdk: ["01:00.0", "02:00.0"], kernel: ["03:00.0"] }
hosts: { a: { ssh: { jump: [b3] }, devices: { spdk: ["04:00.0"] } } }
`
    const { ssh, devices } = await hostOf({ 'hosts.yaml': yaml })
    assert.deepEqual([ssh.user, ssh.jump], ['ops', ['b3']])
    assert.deepEqual(devices.spdk, [{ by: 'bdf', bdf: '0000:04:00.0', serial: null }])
    assert.deepEqual(devices.kernel, [{ by: 'bdf', bdf: '0000:03:00.0', serial: null }])
  })

  const hugepages: [lower: string, upper: string, merged: string][] = [
    ['2M: 1', '1G: 2', '2048/null=1 1048576/null=2'],
    ['2M: 1', '2048kB: 2', '2048/null=2'],
    ['2M: 1', '2M: { node0: 2 }', '2048/0=2'],
    ['2M: { node0: 1, node1: 1 }', '2M: 2', '2048/null=2'],
    ['2M: { node0: 1, node1: 1 }', '2MiB: { node1: 2 }', '2048/0=1 2048/1=2'],
    ['2M: 1', '2M: 0', '2048/null=0'],
  ]
  for (const [lower, upper, merged] of hugepages) {
    it(`hugepages { ${lower} } under { ${upper} } is ${merged}`, async () => {
      const yaml = `{ version: 1, hugepages: { ${lower} }, hosts: { a: { hugepages: { ${upper} } } } }`
      const pools = (await hostOf({ 'hosts.yaml': yaml })).hugepages
      assert.equal(pools.map(({ sizeKiB, node, count }) => `${sizeKiB}/${node}=${count}`).join(' '), merged)
    })
  }

  const fleet = `
version: 1
hugepages: { 2M: 1 }
rollout: { forks: 7 }
groups:
  nvmf: { hosts: ["n[1:3]", a] }
  web: { hosts: [n2, w1] }
hosts: { b: , a: }
`

  it('knows hosts that only a group names', async () => {
    const config = await configOf({ 'hosts.yaml': fleet })
    assert.deepEqual(config.inventory.hosts, ['b', 'a', 'n1', 'n2', 'n3', 'w1'])
    assert.deepEqual(Object.fromEntries(config.inventory.groups), {
      nvmf: ['n1', 'n2', 'n3', 'a'],
      web: ['n2', 'w1'],
    })
    assert.equal(config.forks, 7)
    assert.deepEqual(selectHosts('nvmf:!web', config.inventory), ['a', 'n1', 'n3'])
  })

  const sourced: Files = {
    'p.yaml': 'version: 1\npersist: true\nhugepages:\n  2M: { node0: 7 }\n',
    'hosts.yaml': `
version: 1
ssh: { user: ops, jump: [b1, b2] }
playbook: p.yaml
groups:
  nvmf: { hosts: [a], owner: "spdk", hugepages: { 1G: 2 } }
hosts:
  a:
    devices:
      spdk:
        - bdf: 5E:00.0
          serial: S1
        - match: { numa: 1, count: 2 }
`,
  }

  it('explains where each value comes from', async () => {
    const config = await configOf(sourced)
    const folder = config.file.replace('hosts.yaml', '')
    const text = renderExplanation(explainHost(config, 'a') ?? []).replaceAll(folder, '')
    assert.equal(
      text,
      `
address            a                       built-in
ssh.user           ops                     hosts.yaml:3:14 (top)
ssh.port           as ~/.ssh/config says   built-in
ssh.identity_file  as ~/.ssh/config says   built-in
ssh.known_hosts    as ~/.ssh/config says   built-in
ssh.become         auto                    built-in
ssh.jump           b1, b2                  hosts.yaml:3:25 (top)
devices.spdk[0]    0000:5e:00.0 serial S1  hosts.yaml:11:11 (host)
devices.spdk[1]    match numa=1 count=2    hosts.yaml:13:11 (host)
devices.kernel     (none)                  built-in
driver             auto                    built-in
in_use             refuse                  built-in
hugepages.2M.node0 7                       p.yaml:4:16 (playbook)
hugepages.1G       2                       hosts.yaml:6:55 (group nvmf)
owner              spdk                    hosts.yaml:6:30 (group nvmf)
persist            true                    p.yaml:2:10 (playbook)`
        .slice(1)
        .replaceAll(/^(\S+) +/gm, (_, path: string) => `${path.padEnd(20)}`),
    )
    assert.equal(explainHost(config, 'b'), null)
  })

  it('tells where a drive was claimed', async () => {
    const config = await configOf(sourced)
    assert.deepEqual(claimPosition(config, 'a', '0000:5e:00.0'), { file: config.file, line: 11, column: 11 })
    assert.equal(claimPosition(config, 'a', '0000:5f:00.0'), null)
    assert.equal(claimPosition(config, 'b', '0000:5e:00.0'), null)
  })
})
