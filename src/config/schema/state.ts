import { z } from 'zod'
import { devicesSchema } from './devices.ts'
import { hugepagesSchema } from './hugepages.ts'
import { oneOrMany, ownerSchema, textSchema } from './scalars.ts'

/** Declared state: what may stand in a playbook, at the top of a hosts file, in a group and on a host. */
export const stateShape = {
  devices: devicesSchema.optional(),
  driver: z
    .enum(['auto', 'vfio-pci', 'uio_pci_generic', 'igb_uio'])
    .optional()
    .meta({
      description:
        'User-space driver for the drives of SPDK. `auto`: vfio-pci where there is an IOMMU, otherwise uio_pci_generic.',
      examples: ['auto'],
    }),
  in_use: z
    .enum(['refuse', 'release'])
    .optional()
    .meta({
      description:
        'What to do with a drive that is mounted, swapped on, or holds data: `refuse` blocks it, `release` takes down what is on it first. Its data is never touched.',
      examples: ['refuse'],
    }),
  hugepages: hugepagesSchema.optional(),
  owner: ownerSchema
    .nullable()
    .optional()
    .meta({
      description: 'User, or user:group, that runs SPDK and gets the device nodes. null: nobody but root.',
      examples: ['spdk', 'spdk:storage'],
    }),
  persist: z
    .boolean()
    .optional()
    .meta({ description: 'Re-establish all this at every boot.', examples: [true] }),
}

export const playbookRefSchema = oneOrMany(textSchema)
  .optional()
  .meta({
    description:
      'Playbook to build on, or several, later ones over earlier. Paths are relative to this file.',
    examples: ['../playbooks/spdk-storage-node.yaml'],
  })

export const versionSchema = z
  .literal(1)
  .meta({ description: 'Version of this file format: 1.', examples: [1] })

const stateSchema = z.strictObject(stateShape)

/** What one level of a file declares; undefined where it says nothing. */
export type StateLayer = z.output<typeof stateSchema>
