// Compiles src/ to dist/ and puts the agent's shell files beside their modules, where they are looked for.
import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, rmSync } from 'node:fs'

rmSync('dist', { recursive: true, force: true })
execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], {
  stdio: 'inherit',
})
cpSync('src/agent', 'dist/agent', { recursive: true, filter: (path) => !path.endsWith('.ts') })
chmodSync('dist/cli/main.js', 0o755)
