import { equal } from 'node:assert/strict'
import { leader, parseTreeMount } from '../../src/probe/mount-tree.ts'

interface Case {
  it: string
  ours: string[]
  theirs: string[]
  /** The mount of ours that takes /data (259:0) of theirs with it. */
  goesWith: string | null
}

const root = (tags: string) => `20 1 8:2 / / rw${tags} - ext4 /dev/sda2 rw`
const data = (tags: string, target = '/data', parent = 20) =>
  `30 ${parent} 259:0 / ${target} rw${tags} - ext4 /dev/nvme0n1 rw`
const theirs = (tags: string, target = '/') => `120 1 8:2 / ${target} rw${tags} - ext4 /dev/sda2 rw`
const copy = (target = '/data', tags = '', id = 130) =>
  `${id} 120 259:0 / ${target} rw${tags} - ext4 /dev/nvme0n1 rw`

const cases: Case[] = [
  {
    it: 'a slave of ours',
    ours: [root(' shared:1'), data(' shared:9')],
    theirs: [theirs(' master:1'), copy('/data', ' master:9')],
    goesWith: '/data',
  },
  {
    it: 'a peer of ours',
    ours: [root(' shared:1'), data('')],
    theirs: [theirs(' shared:1'), copy()],
    goesWith: '/data',
  },
  {
    it: 'a slave that is shared on',
    ours: [root(' shared:1'), data('')],
    theirs: [theirs(' shared:7 master:1'), copy()],
    goesWith: '/data',
  },
  {
    it: 'a private copy',
    ours: [root(' shared:1'), data(' shared:9')],
    theirs: [theirs(''), copy()],
    goesWith: null,
  },
  {
    it: 'a copy that receives what is mounted inside it, upon something private: it stays when ours goes',
    ours: [root(' shared:1'), data(' shared:9')],
    theirs: [theirs(''), copy('/data', ' master:9')],
    goesWith: null,
  },
  {
    it: 'ours upon something private',
    ours: [root(''), data(' shared:9')],
    theirs: [theirs(' master:1'), copy()],
    goesWith: null,
  },
  {
    it: 'a slave of another group',
    ours: [root(' shared:1'), data('')],
    theirs: [theirs(' master:2'), copy()],
    goesWith: null,
  },
  {
    it: 'at another place',
    ours: [root(' shared:1'), data('')],
    theirs: [theirs(' master:1'), copy('/in')],
    goesWith: null,
  },
  {
    it: 'all of ours under a folder',
    ours: [root(' shared:1'), data('')],
    theirs: [theirs(' master:1', '/host'), copy('/host/data')],
    goesWith: '/data',
  },
  {
    it: 'what it lies on is not told',
    ours: [root(' shared:1'), data('')],
    theirs: [copy()],
    goesWith: null,
  },
  {
    it: 'ours is another filesystem',
    ours: [root(' shared:1'), data('').replace('259:0', '259:5')],
    theirs: [theirs(' master:1'), copy()],
    goesWith: null,
  },
  {
    it: 'ours is another folder of it',
    ours: [root(' shared:1'), data('').replace('259:0 /', '259:0 /sub')],
    theirs: [theirs(' master:1'), copy()],
    goesWith: null,
  },
  {
    it: 'the host has no such mount',
    ours: [root(' shared:1')],
    theirs: [theirs(' master:1'), copy()],
    goesWith: null,
  },
]

describe('whether a mount elsewhere goes when ours is unmounted', () => {
  for (const one of cases) {
    it(`${one.goesWith === null ? 'no' : 'yes'}: ${one.it}`, () => {
      const mounts = one.theirs.map(parseTreeMount)
      const found = mounts.find(({ mount }) => mount.majmin === '259:0')
      equal(found && leader(found, mounts, one.ours.map(parseTreeMount)), one.goesWith)
    })
  }
})
