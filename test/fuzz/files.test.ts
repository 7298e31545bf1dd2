import { deepStrictEqual, equal, ok } from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { runFolder } from '../../src/apply/journal/folder.ts'
import { readRun } from '../../src/apply/journal/read-runs.ts'
import { parseBdf } from '../../src/config/bdf.ts'
import { loadConfig } from '../../src/config/load.ts'
import { renderProblems } from '../../src/config/problem.ts'
import { parseDriveSize, parsePageSize } from '../../src/config/size.ts'
import { selectHosts } from '../../src/inventory/limit.ts'
import { expandRange } from '../../src/inventory/range.ts'
import { openPlan, sealPlan } from '../../src/plan/saved-plan.ts'
import { sameAnswerKey } from '../../src/transport/ssh/config-files.ts'
import { computeValues, parseSshG } from '../../src/transport/ssh/config-source.ts'
import {
  hostKeyName,
  judgeHostKey,
  knownKeyTypes,
  parseKnownHosts,
} from '../../src/transport/ssh/known-hosts.ts'
import { settleTarget } from '../../src/transport/ssh/target.ts'
import { planJson } from '../../src/views/json.ts'
import { renderPlan } from '../../src/views/plan-text.ts'
import { declaration } from '../support/declaration.ts'
import { scenarios } from '../support/plans.ts'
import { noSettings } from '../transport/support/settings.ts'
import { fuzz, mutated, parsedOrRefused } from './slice.ts'

const examples = new URL('../../examples/', import.meta.url)
const yamls = readdirSync(examples)
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => readFileSync(new URL(name, examples), 'utf8'))
const yamlSpices = [
  '__proto__:',
  'constructor:',
  'prototype: { polluted: yes }',
  '<<: *a',
  '&a',
  '*a',
  '!!js/function',
  '? ',
  '- ',
  ': ',
  '{',
  '}',
  '[',
  ']',
  '"',
  "'",
  '\t',
  '|',
  '>',
  '---',
  '...',
  '%YAML 1.1',
  '0x1F',
  '1e999',
  '.nan',
  '00:01.0',
  '~',
  '\ufeff',
  '\0',
  'hosts:',
  'stor-[01:99999]',
  'stor-[a:zzzz]',
  '@file',
  '../../etc/passwd',
  'playbook: .',
]

const untouched = Object.getOwnPropertyNames(Object.prototype).sort()
const unpolluted = () => deepStrictEqual(Object.getOwnPropertyNames(Object.prototype).sort(), untouched)

describe('fuzz: what files say', () => {
  let folder = ''
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'provision-fuzz-'))
  })
  after(() => rmSync(folder, { recursive: true }))

  fuzz(
    'a hosts file is used, or its problems are told',
    fc.oneof(mutated(yamls, yamlSpices), fc.string({ unit: 'binary', maxLength: 100 })),
    async (text) => {
      const file = join(folder, 'hosts.yaml')
      writeFileSync(file, text)
      const result = await loadConfig(file)
      if (!result.ok) ok(renderProblems(result.problems).length > 0)
      unpolluted()
    },
  )

  const { plan, facts: _facts } = scenarios.mountedReleased()
  const saved = { madeBy: '0', id: 'i', at: 'now', hosts: [{ declaration: declaration(), plan }] }
  const sealed = sealPlan(planJson([{ kind: 'planned', plan }]), saved)
  const resealed = (text: string) => {
    try {
      const { sha256: _, ...body } = JSON.parse(text)
      return JSON.stringify({
        ...body,
        sha256: createHash('sha256').update(JSON.stringify(body)).digest('hex'),
      })
    } catch {
      return text
    }
  }
  const values = ['null', '0', '""', '[]', '{}', '"__proto__"', '"x":', '-1', '1e99', 'true']
  fuzz(
    'a plan file is opened and can be told, or is refused, whoever made its checksum',
    mutated([sealed], values).map(resealed),
    (text) => {
      const opened = parsedOrRefused(() => openPlan(text, 'plan.json', '0'))
      if (opened === undefined) return
      ok(Array.isArray(opened.hosts))
      for (const host of opened.hosts) equal(typeof host.declaration.name, 'string')
      unpolluted()
    },
  )
  it('a plan file as it was written can be told', () => {
    const [host] = openPlan(sealed, 'plan.json', '0').hosts
    ok(
      host?.plan &&
        renderPlan([{ kind: 'planned', plan: host.plan }], { width: 80, color: false, verbose: false }),
    )
  })

  const head = {
    format: 1,
    id: '20261124-220401-9f3a',
    command: 'apply',
    at: 'now',
    by: 'me',
    madeBy: '0',
    file: 'f',
    transport: 'ssh2',
  }
  const begun = { type: 'begun', host: 'stor-01', at: 'now', attempt: head.id, direction: 'forward' }
  const entries = [
    begun,
    { type: 'ended', host: 'stor-01', at: 'now', attempt: head.id, result: { kind: 'locked', holder: 'x' } },
  ]
  const journal = [JSON.stringify(head), ...entries.map((entry) => JSON.stringify(entry)), ''].join('\n')
  fuzz(
    'the journal of a run is read, or is said to be broken',
    mutated([journal], [...values, '"host":', '}', '{']),
    (text) => {
      const stateHome = process.env.XDG_STATE_HOME
      process.env.XDG_STATE_HOME = folder
      try {
        const run = runFolder(head.id)
        mkdirSync(run, { recursive: true })
        const [first = '', ...rest] = text.split('\n')
        writeFileSync(join(run, 'run.json'), first)
        writeFileSync(join(run, 'plan.json'), sealed)
        writeFileSync(join(run, 'hosts.ndjson'), rest.join('\n'))
        const read = parsedOrRefused(() => readRun(head.id, null))
        if (read !== undefined) equal(read.hosts.length, 1)
      } finally {
        if (stateHome === undefined) delete process.env.XDG_STATE_HOME
        else process.env.XDG_STATE_HOME = stateHome
      }
    },
  )

  const key = 'AAAAC3NzaC1lZDI1NTE5AAAAIGPKSUTyz1HwHReFVvD5obVsALAgJRNarH4TRpNePnAS'
  const hosts = [
    `[127.0.0.1]:22 ssh-ed25519 ${key}\n@revoked * ssh-ed25519 ${key}\n@cert-authority *.example.com ssh-ed25519 ${key}\n`,
    `|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg= ssh-ed25519 ${key}\n# a comment\n\nstor-01,!stor-02,10.* ssh-ed25519 ${key} me\n`,
  ]
  fuzz(
    'known_hosts can be asked about any key',
    fc.oneof(mutated(hosts, ['|', '*', '?', '!', ',', '@', ' ', '=']), fc.string()),
    (text) => {
      const lines = parseKnownHosts(text, 'known_hosts')
      const name = hostKeyName('stor-01', 2222, null)
      judgeHostKey(lines, name, Buffer.from(key, 'base64'))
      knownKeyTypes(lines, name)
    },
  )

  const configs = [
    'Host stor-* !stor-02\n  HostName %h.example.com\n  User ops\n  Port 22\nMatch host x exec "touch /tmp/x"\n  IdentityFile ~/.ssh/id_%r\nInclude conf.d/*\nConnectTimeout 1m30s\n',
    'hostname stor-01\nuser ops\nport 22\nidentityfile ~/.ssh/id_rsa\nuserknownhostsfile a b\nconnecttimeout 111111111111111111111111111111111111x\n',
  ]
  const local = { user: 'me', uid: 0, home: folder, hostname: 'here', variables: {} }
  fuzz(
    'ssh_config gives a target, or is refused',
    fc.oneof(
      mutated(configs, ['"', '%', '$\u007bHOME}', '=', '*', '!', 'Host', 'Match', 'none', '__proto__ x']),
      fc.string(),
    ),
    (text) => {
      sameAnswerKey({ text, complete: true }, 'stor-01')
      for (const values of [parseSshG(text), parsedOrRefused(() => computeValues(text, 'stor-01'))])
        if (values !== undefined)
          parsedOrRefused(() => settleTarget({ host: 'stor-01', settings: noSettings }, values, local))
      unpolluted()
    },
  )

  const inventory = {
    hosts: ['stor-01', 'stor-02', 'db'.repeat(60)],
    groups: new Map([['nvmf', ['stor-01']]]),
  }
  const patterns = [
    'all:!stor-01',
    'stor-[01:02]:&nvmf',
    'stor-*,!stor-0?',
    '@file',
    'a*a*a*a*a*b',
    'stor-[!1]*',
  ]
  fuzz(
    'a limit selects hosts, or is refused',
    fc.oneof(
      mutated(patterns, ['*', '?', '[', ']', ':', '(', ')', '+(', '@(', '{', '}', '\\', '!', '&', '**', 'a']),
      fc.string({ maxLength: 30 }),
    ),
    (pattern) => {
      const chosen = parsedOrRefused(() => selectHosts(pattern, inventory))
      if (chosen !== undefined)
        ok(chosen.length > 0 && chosen.every((host) => inventory.hosts.includes(host)))
    },
  )

  const words = [
    '0000:5e:00.0',
    '5E:00.0',
    '10000:01:00.0',
    '3.84TB',
    '512GiB',
    '2M',
    '1G',
    'stor-[01:20]-[a:d]',
    'x[1:100000]',
  ]
  fuzz(
    'addresses, sizes and ranges are read, or are none',
    fc.oneof(mutated(words, ['[', ']', ':', '.', '0', '9'.repeat(30), 'i', 'B', '-']), fc.string()),
    (word) => {
      const bdf = parseBdf(word)
      if (bdf.ok) ok(/^[0-9a-f]{4,6}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7]$/.test(bdf.bdf), bdf.bdf)
      const bytes = parseDriveSize(word)
      ok(bytes === null || (Number.isFinite(bytes) && bytes >= 0), String(bytes))
      const kib = parsePageSize(word)
      ok(kib === null || (Number.isFinite(kib) && kib >= 0), String(kib))
      const range = expandRange(word)
      ok(!range.ok || range.names.length <= 100_000)
    },
  )
})
