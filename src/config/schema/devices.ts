import { z } from 'zod'
import type { DeviceClaim, DriveMatch } from '../declaration.ts'
import { bdfSchema, driveSizeSchema, reject, textSchema } from './scalars.ts'

const serialSchema = textSchema.meta({
  description: 'Serial number, as `nvme list` prints it. Quote it if it is all digits.',
  examples: ['S5XANA0R400001'],
})

const matchSchema = z
  .strictObject({
    model: textSchema.optional().meta({
      description: 'Glob over the model, as `nvme list` prints it.',
      examples: ['SAMSUNG MZQL2*'],
    }),
    serial: serialSchema.optional(),
    numa: z
      .int()
      .min(0)
      .max(1023)
      .optional()
      .meta({ description: 'NUMA node the drive is attached to.', examples: [0] }),
    min_size: driveSizeSchema.optional().meta({ description: 'Smallest size, inclusive.', examples: ['3T'] }),
    max_size: driveSizeSchema.optional().meta({ description: 'Largest size, inclusive.', examples: ['4T'] }),
    count: z
      .int()
      .min(1)
      .optional()
      .meta({
        description: 'How many to take, in the order of their PCI addresses. Default: all that match.',
        examples: [4],
      }),
  })
  .transform((match, ctx): DriveMatch => {
    const { model = null, serial = null, numa = null, min_size: min = null, max_size: max = null } = match
    if (min !== null && max !== null && min > max) {
      return reject(ctx, 'SIZE_RANGE_EMPTY', 'no drive can match: min_size is above max_size')
    }
    return { model, serial, numa, minSizeBytes: min, maxSizeBytes: max, count: match.count ?? null }
  })
  .meta({
    description:
      'Drives by what they are. Every condition given must hold; {} is every drive. Never a drive the system runs from.',
    examples: [{ model: 'SAMSUNG MZQL2*', numa: 1, min_size: '3T', count: 4 }],
  })

const byAddress = bdfSchema.transform((bdf): DeviceClaim => ({ by: 'bdf', bdf, serial: null }))

const byGuardedAddress = z
  .strictObject({
    bdf: bdfSchema,
    serial: serialSchema.optional().meta({
      description: 'Guard: refuse if a drive with another serial number answers at this address.',
      examples: ['S5XANA0R400001'],
    }),
  })
  .transform(({ bdf, serial }): DeviceClaim => ({ by: 'bdf', bdf, serial: serial ?? null }))
  .meta({
    description: 'One drive by its address, optionally guarded by its serial number.',
    examples: [{ bdf: '0000:5e:00.0', serial: 'S5XANA0R400001' }],
  })

const byMatch = z
  .strictObject({ match: matchSchema })
  .transform(({ match }): DeviceClaim => ({ by: 'match', match }))
  .meta({ description: 'Drives by what they are.', examples: [{ match: { numa: 1, count: 4 } }] })

const claimsSchema = z.array(z.union([byAddress, byGuardedAddress, byMatch]))

export const devicesSchema = z
  .strictObject({
    spdk: claimsSchema.optional().meta({
      description: 'Drives to hand to SPDK (a user-space driver).',
      examples: [['0000:5e:00.0', { bdf: '0000:5f:00.0', serial: 'S5XANA0R400001' }, { match: { numa: 1 } }]],
    }),
    kernel: claimsSchema.optional().meta({
      description: 'Drives to keep with, or give back to, the kernel (the nvme driver).',
      examples: [['0000:d8:00.0'], [{ match: {} }]],
    }),
  })
  .meta({
    description: 'Which drives belong to whom. A drive that no list names is never touched.',
    examples: [{ spdk: ['0000:5e:00.0'], kernel: ['0000:d8:00.0'] }],
  })
