import { z } from 'zod'
import { groupNameSchema, hostNameSchema, textSchema } from './scalars.ts'
import { hostAddressSchema, sshSchema } from './ssh.ts'
import { playbookRefSchema, stateShape, versionSchema } from './state.ts'

const levelShape = { ssh: sshSchema.optional(), playbook: playbookRefSchema, ...stateShape }

const groupSchema = z
  .strictObject({
    hosts: z.array(textSchema).meta({
      description: 'Hosts of the group: names, or patterns with ranges. Quote patterns within [ ].',
      examples: [['stor-[01:20]', 'stor-31']],
    }),
    ...levelShape,
  })
  .meta({ description: 'Hosts and what they have in common.', examples: [{ hosts: ['stor-[01:20]'] }] })

const hostSchema = z
  .strictObject({ address: hostAddressSchema.optional(), ...levelShape })
  .nullable()
  .meta({ description: 'One host and what is its own.', examples: [{ address: '10.10.0.11' }] })

export const rolloutSchema = z
  .strictObject({
    forks: z
      .int()
      .min(1)
      .max(10_000)
      .optional()
      .meta({
        description: 'Hosts worked on at once. Default: 32.',
        examples: [32],
      }),
  })
  .meta({ description: 'How to go through the hosts.', examples: [{ forks: 32 }] })

export const hostsFileSchema = z
  .strictObject({
    version: versionSchema,
    ssh: sshSchema.optional(),
    rollout: rolloutSchema.optional(),
    playbook: playbookRefSchema,
    groups: z
      .record(groupNameSchema, groupSchema)
      .optional()
      .meta({
        description:
          'Groups by name. A host in several takes the later ones over the earlier, in the order of the file.',
        examples: [{ nvmf: { hosts: ['stor-[01:20]'] } }],
      }),
    hosts: z
      .record(hostNameSchema, hostSchema)
      .optional()
      .meta({ description: 'Hosts by name.', examples: [{ 'stor-01': { address: '10.10.0.11' } }] }),
    ...stateShape,
  })
  .meta({
    title: 'provision hosts file',
    description: 'Hosts, how to reach them, and what each must look like.',
    examples: [{ version: 1, hosts: { 'stor-01': { devices: { spdk: ['0000:5e:00.0'] } } } }],
  })

export type HostsFile = z.output<typeof hostsFileSchema>

/** Key paths that a later version of provision will read, so that the refusal says so. */
export const laterKeys = /^(inventory|rollout\.(canary|waves|max_failures|pause)|(.*\.)?verify)$/
