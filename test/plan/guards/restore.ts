import { declaration } from '../../support/declaration.ts'
import { drive, mountOf } from '../../support/facts.ts'
import type { Scenario } from '../../support/scenario.ts'

const bdf = '0000:5e:00.0'
const declare = declaration({ kernel: [bdf] })
const gone = { driver: 'vfio-pci', handedOver: true, on: { mount: '/data' } }
const others = mountOf('8:17', 'sdb1', { mount: '/data' })

export const restore: Scenario[] = [
  {
    it: 'another filesystem is mounted where that of the drive must return to',
    host: { drives: [drive(gone)], mounts: [others] },
    declare,
    says: ['MOUNT_POINT_TAKEN'],
  },
  {
    it: 'the drive itself is mounted there, since the host has rebooted',
    host: {
      drives: [drive({ ...gone, driver: 'nvme' })],
      mounts: [mountOf('259:0', 'nvme0n1', { mount: '/data' })],
    },
    declare,
    steps: [`forget ${bdf}`],
  },
  {
    it: 'what is mounted there is no matter to a drive that stays',
    host: { drives: [drive(gone)], mounts: [others] },
    declare: declaration({ spdk: [bdf] }),
  },
]
