// Runs shellcheck over the shell that is sent to hosts, as POSIX sh and as dash. Without shellcheck there is nothing
// to run it with, which is only accepted outside CI.
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import process from 'node:process'

const files = shellFiles()
if (spawnSync('shellcheck', ['--version']).error) {
  console.error('shellcheck is not installed (apt-get install shellcheck)')
  process.exit(process.env.CI === 'true' ? 1 : 0)
}

// Variables are shared between files that are joined before they are sent: unused and unassigned ones cannot be told.
const crossFile = ['SC2034', 'SC2154']
let failed = false
for (const shell of ['sh', 'dash']) {
  const { status } = spawnSync('shellcheck', ['-s', shell, '-e', crossFile.join(','), ...files], {
    stdio: 'inherit',
  })
  failed ||= status !== 0
}
process.exit(failed ? 1 : 0)

function shellFiles() {
  const folder = new URL('../src/agent/', import.meta.url).pathname
  return readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith('.sh'))
    .map((name) => folder + name)
    .sort()
}
