import { z } from 'zod'

/**
 * The JSON documents of plan, status, verify and apply. Stable from 1.0: fields are added, never changed or removed,
 * so readers must ignore what they do not know. Strings from hosts may hold any byte; those that are not UTF-8 are
 * lone surrogates U+DC80..U+DCFF. Null means: not there, or not known.
 */
export const FORMAT_VERSION = '1.0'

export const outcomeSchema = z.enum([
  'in_sync',
  'changes',
  'blocked',
  'unreachable',
  'applied',
  'failed',
  'rolled_back',
  'interrupted',
  'skipped',
  'locked',
  'stale',
])

export const reasonSchema = z.object({
  code: z.string().describe('Stable, e.g. DEVICE_MOUNTED; `provision explain CODE` tells all about it.'),
  severity: z.enum(['block', 'warn']),
  message: z.string().describe('What was seen and why it matters.'),
  remedy: z.string().describe('What to do.'),
})

export const useSchema = z.object({
  kind: z.enum([
    'mount',
    'swap',
    'holder',
    'btrfs',
    'foreign_mount',
    'open',
    'export',
    'mount_part',
    'signature',
    'unreadable',
  ]),
  source: z.string().describe('The block device on the drive, e.g. /dev/nvme0n1p1.'),
  target: z.string().nullable().describe('Mount point, or the block device stacked on it.'),
  detail: z
    .string()
    .nullable()
    .describe('Filesystem, signatures, what the holder is, or why it is unreadable.'),
  through: z
    .string()
    .nullable()
    .describe('The device that a mount or swap lies on where a stack is in between, e.g. /dev/dm-0.'),
})

export const deviceSchema = z.object({
  bdf: z.string(),
  serial: z.string().nullable(),
  model: z.string().nullable(),
  size_bytes: z.number().nullable(),
  numa_node: z.number().nullable(),
  iommu_group: z.number().nullable(),
  iommu_group_members: z
    .array(z.object({ bdf: z.string(), driver: z.string().nullable() }))
    .describe('The other functions in its IOMMU group.'),
  current_driver: z.string().nullable(),
  declared: z.enum(['spdk', 'kernel']).nullable().describe('Null: no list names it, it is never touched.'),
  target_driver: z.string().nullable(),
  action: z.enum(['none', 'bind', 'blocked']),
  block_devices: z.array(z.string()).describe('Its namespaces, by kernel name.'),
  in_use: z.array(useSchema),
  reasons: z.array(reasonSchema),
})

export const poolSchema = z.object({
  size: z.string().describe('2M, 1G.'),
  node: z.number().nullable().describe('Null: the whole host.'),
  current: z.number(),
  declared: z.number().nullable(),
  free: z.number().nullable().optional().describe('In `status` only.'),
})

export const stepSchema = z.object({
  id: z.number(),
  kind: z.string(),
  target: z.string(),
  summary: z.string(),
})

export const errorSchema = z.object({ code: z.string(), message: z.string(), hint: z.string().nullable() })

export const driftSchema = z.object({ subject: z.string(), declared: z.string(), actual: z.string() })

const hostFields = {
  name: z.string(),
  address: z.string(),
  outcome: outcomeSchema,
  error: errorSchema.nullable().describe('Why it could not be reached, or what went wrong on it.'),
  devices: z.array(deviceSchema),
  hugepages: z.array(poolSchema),
  steps: z.array(stepSchema),
  reasons: z.array(reasonSchema).describe('Those that concern the host; a device has its own.'),
}

const planHostSchema = z.object({
  ...hostFields,
  relied_on: z
    .record(z.string(), z.string())
    .describe('What was seen, and must still be so to apply the plan.'),
})

const statusHostSchema = z.object({
  ...hostFields,
  hostname: z.string().nullable(),
  kernel: z.string().nullable(),
  machine_id: z.string().nullable(),
  boot_id: z.string().nullable(),
  iommu_units: z.array(z.string()),
})

const verifyHostSchema = z.object({ ...hostFields, drift: z.array(driftSchema) })

const applyHostSchema = z.object({
  ...hostFields,
  failure: z
    .object({ step: z.number(), summary: z.string(), message: z.string() })
    .nullable()
    .describe('The step that failed, with the words of the host.'),
  steps_already_so: z.number().nullable().describe('Steps that found their work done.'),
  steps_undone: z.number().nullable(),
  differences: z.array(z.object({ subject: z.string(), expected: z.string(), actual: z.string() })),
  lock_holder: z.string().nullable(),
  notes: z.array(z.string()).describe('What no rollback brings back, such as data that was written over.'),
})

const planSummarySchema = z.object({
  hosts: z.number(),
  in_sync: z.number(),
  changes: z.number(),
  blocked: z.number(),
  unreachable: z.number(),
})

const applySummarySchema = z.object({
  ...planSummarySchema.shape,
  applied: z.number(),
  failed: z.number(),
  rolled_back: z.number(),
  interrupted: z.number(),
  skipped: z.number(),
  locked: z.number(),
  stale: z.number(),
})

function documentOf<C extends string, H extends z.ZodType, S extends z.ZodType>(
  command: C,
  summary: S,
  host: H,
) {
  return z.object({
    format_version: z.literal(FORMAT_VERSION),
    command: z.literal(command),
    summary,
    hosts: z.array(host),
  })
}

export const planDocumentSchema = documentOf('plan', planSummarySchema, planHostSchema)
export const statusDocumentSchema = documentOf('status', planSummarySchema, statusHostSchema)
export const verifyDocumentSchema = documentOf('verify', planSummarySchema, verifyHostSchema)
export const applyDocumentSchema = documentOf('apply', applySummarySchema, applyHostSchema)

export type PlanDocument = z.infer<typeof planDocumentSchema>
export type StatusDocument = z.infer<typeof statusDocumentSchema>
export type VerifyDocument = z.infer<typeof verifyDocumentSchema>
export type ApplyDocument = z.infer<typeof applyDocumentSchema>
export type JsonOutcome = z.infer<typeof outcomeSchema>
export type JsonDevice = z.infer<typeof deviceSchema>
export type JsonUse = z.infer<typeof useSchema>
