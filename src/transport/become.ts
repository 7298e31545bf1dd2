import type { SshSettings } from '../config/declaration.ts'

/** Whether commands need sudo: `auto` means unless `user`, who they run as, is root already. */
export function resolveBecome(setting: SshSettings['become'], user: string): 'none' | 'sudo' {
  if (setting !== 'auto') return setting
  return user === 'root' ? 'none' : 'sudo'
}
