import { join } from 'node:path'
import { nvmeDevice } from '../qemu-args.ts'
import { Qmp } from '../qmp.ts'
import { SPECS } from '../specs.ts'
import { options } from './options.ts'
import { pick } from './records.ts'

export async function unplug(args: string[]): Promise<number> {
  return change(args, async (qmp, serial) => {
    await qmp.execute('device_del', { id: serial })
    console.log(`${serial} is being pulled out; the guest lets go of it in some seconds`)
  })
}

export async function plug(args: string[]): Promise<number> {
  return change(args, async (qmp, serial, name) => {
    const spec = SPECS[name]
    const drive = spec.drives.find((one) => one.serial === serial)
    if (!drive) throw new Error(`${name} has no drive ${serial}`)
    await qmp.execute('device_add', nvmeDevice(spec, drive))
    console.log(`${serial} is plugged in`)
  })
}

async function change(
  args: string[],
  how: (qmp: Qmp, serial: string, spec: keyof typeof SPECS) => Promise<void>,
): Promise<number> {
  const { spec, rest } = options(args)
  const [serial] = rest
  if (!serial) throw new Error('which drive? Its serial, please')
  const record = await pick(spec)
  const qmp = await Qmp.open(join(record.dir, 'qmp.sock'))
  try {
    await how(qmp, serial, record.spec)
  } finally {
    qmp.close()
  }
  return 0
}
