import { down } from './cli/down.ts'
import { image } from './cli/image.ts'
import { ssh } from './cli/ssh.ts'
import { status } from './cli/status.ts'
import { plug, unplug } from './cli/unplug.ts'
import { up } from './cli/up.ts'

const USAGE = `npm run lab -- COMMAND: real guests with NVMe drives to try provision on

  up [--spec standard|no-iommu] [--keep-alive] [--detach]
                      boot one, with a mounted /data on the first drive; print a hosts file for it.
                      Stays until Ctrl-C, or with --detach (--keep-alive) until 'down'
  status              the guests that are up
  ssh [--spec S] [COMMAND]     a shell (as ops), or one command, in a guest
  unplug [--spec S] SERIAL     pull a drive out while it runs; 'plug' puts it back
  down [--spec S]     stop it, or all of them
  image               only build the guest image
`

const COMMANDS: Record<string, (args: string[]) => Promise<number>> = {
  up,
  down,
  status,
  ssh,
  image,
  plug,
  unplug,
}

const [name = '', ...args] = process.argv.slice(2)
const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
if (command) {
  try {
    process.exitCode = await command(args)
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
} else {
  process.stderr.write(USAGE)
  process.exitCode = name === '' || name === 'help' || name === '--help' ? 0 : 1
}
