import { z } from 'zod'
import { addressSchema, jumpSchema, oneOrMany, textSchema } from './scalars.ts'

export const sshSchema = z
  .strictObject({
    user: z
      .string()
      .regex(/^[\w.][\w.@$\\-]*$/, 'must be a user name')
      .optional()
      .meta({
        description: 'User to log in as. Default: what ~/.ssh/config says, or yours.',
        examples: ['ops'],
      }),
    port: z
      .int()
      .min(1)
      .max(65535)
      .optional()
      .meta({ description: 'TCP port of sshd. Default: what ~/.ssh/config says, or 22.', examples: [22] }),
    identity_file: oneOrMany(textSchema)
      .optional()
      .meta({
        description:
          'Private key, or several in the order to try. `~` is your home; other paths are relative to this file.',
        examples: ['~/.ssh/id_ed25519', ['~/.ssh/id_ed25519', '~/.ssh/id_rsa']],
      }),
    known_hosts: textSchema.optional().meta({
      description:
        'File with the host keys to trust. Default: what ~/.ssh/config says, or ~/.ssh/known_hosts.',
      examples: ['~/.ssh/known_hosts'],
    }),
    become: z
      .enum(['auto', 'none', 'sudo'])
      .optional()
      .meta({
        description:
          'How to become root: `sudo`, `none` if the user is root, `auto` for sudo unless the user is root.',
        examples: ['sudo'],
      }),
    jump: oneOrMany(jumpSchema)
      .optional()
      .meta({
        description:
          'Host to go through (ProxyJump), or several, nearest first. An empty list takes back what a lower level says.',
        examples: ['bastion.dc1', ['ops@bastion.example.com:2222', 'rack1-gw']],
      }),
  })
  .meta({
    description: 'How to reach hosts. ~/.ssh/config is honoured underneath.',
    examples: [{ user: 'ops', become: 'sudo' }],
  })

export const hostAddressSchema = addressSchema.meta({
  description: 'What to connect to. Default: the name of the host.',
  examples: ['10.10.0.11', 'stor-01.example.com', '2001:db8::11'],
})

/** What one level of a file says about ssh; undefined where it says nothing. */
export type SshLayer = z.output<typeof sshSchema>
