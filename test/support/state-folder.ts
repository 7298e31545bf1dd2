import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

// Runs are kept in the state folder of who runs the tests: theirs must stay as it is.
const state = mkdtempSync(join(tmpdir(), 'provision-state-'))
process.env.XDG_STATE_HOME = state
process.once('exit', () => rmSync(state, { recursive: true, force: true }))
