import { z } from 'zod'
import { playbookRefSchema, stateShape, versionSchema } from './state.ts'

export const playbookSchema = z
  .strictObject({ version: versionSchema, playbook: playbookRefSchema, ...stateShape })
  .meta({
    title: 'provision playbook',
    description: 'A reusable piece of declared state without hosts, named by `playbook` in a hosts file.',
    examples: [{ version: 1, driver: 'vfio-pci', hugepages: { '2M': 4096 }, persist: true }],
  })

export type Playbook = z.output<typeof playbookSchema>
