import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { HostDeclaration } from '../config/declaration.ts'
import { ProvisionError } from '../errors.ts'
import { quoted } from '../paste.ts'
import type { HostPlan } from './plan.ts'

/**
 * What `plan -o FILE` keeps for `apply FILE`. The file is the document of `plan --json` with this under `saved_plan`
 * and a checksum over all of it: what was reviewed is what runs, or nothing does.
 */
export interface SavedPlan {
  /** Version of provision that made it; another version may plan otherwise, so it refuses. */
  madeBy: string
  /** Id of the plan and of the run that applies it. */
  id: string
  /** ISO 8601. */
  at: string
  hosts: SavedHost[]
}

export interface SavedHost {
  declaration: HostDeclaration
  /** Null: the host could not be reached when the plan was made, and nothing is planned for it. */
  plan: HostPlan | null
}

/** The text of a plan file. */
export function sealPlan(document: object, saved: SavedPlan): string {
  const body = { ...document, saved_plan: saved }
  return `${JSON.stringify({ ...body, sha256: checksum(body) }, null, 1)}\n`
}

/** Whether a file's text is a plan file rather than YAML: JSON with a `saved_plan`. */
export function looksLikePlan(text: string): boolean {
  return text.trimStart().startsWith('{') && text.includes('"saved_plan"')
}

/** Reads a plan file. Throws `PLAN_FILE_BROKEN`, `PLAN_FILE_CHANGED` or `PLAN_FILE_VERSION`. */
export function openPlan(text: string, file: string, version: string): SavedPlan {
  const parsed = parse(text, file)
  const { sha256, ...body } = parsed
  if (sha256 !== checksum(body))
    throw new ProvisionError(
      'PLAN_FILE_CHANGED',
      `${file} is not as \`provision plan\` wrote it: its checksum differs`,
      {
        hint: `Plan again: provision plan HOSTS.yaml -o ${quoted(file)}`,
      },
    )
  // A checksum proves nothing of who made it: what has not even the shape of a plan goes no further.
  const shape = savedPlanShape.safeParse(body.saved_plan)
  if (!shape.success)
    throw new ProvisionError(
      'PLAN_FILE_BROKEN',
      `${file} is not a plan file of provision: ${shape.error.issues[0]?.path.join('.')} is not as it should be`,
    )
  const saved = body.saved_plan as SavedPlan
  if (saved.madeBy !== version)
    throw new ProvisionError(
      'PLAN_FILE_VERSION',
      `${file} was made by provision ${saved.madeBy}, and this is ${version}: it might carry the steps out otherwise`,
      { hint: `Plan again: provision plan HOSTS.yaml -o ${quoted(file)}` },
    )
  return saved
}

/** As deep as a view or a run looks before the plan is made anew and compared. */
const savedPlanShape = z.object({
  madeBy: z.string(),
  id: z.string(),
  at: z.string(),
  hosts: z.array(
    z.object({
      declaration: z.object({
        name: z.string(),
        address: z.string(),
        ssh: z.object({ identityFiles: z.array(z.string()), jump: z.array(z.string()) }),
        devices: z.object({ spdk: z.array(z.unknown()), kernel: z.array(z.unknown()) }),
        hugepages: z.array(z.unknown()),
        owner: z.object({ user: z.string(), group: z.string().nullable() }).nullable(),
      }),
      plan: z
        .object({
          name: z.string(),
          address: z.string(),
          outcome: z.enum(['in_sync', 'changes', 'blocked']),
          devices: z.array(
            z.object({
              bdf: z.string(),
              drive: z.unknown(),
              uses: z.array(z.unknown()),
              reasons: z.array(z.unknown()),
            }),
          ),
          hugepages: z.array(z.object({ sizeKiB: z.number() })),
          steps: z.array(
            z.object({
              id: z.number(),
              target: z.string(),
              summary: z.string(),
              action: z.object({ kind: z.string() }),
            }),
          ),
          reasons: z.array(z.object({ code: z.string(), message: z.string(), remedy: z.string() })),
          reliedOn: z.record(z.string(), z.string()),
        })
        .nullable(),
    }),
  ),
})

function parse(text: string, file: string): { sha256?: unknown; saved_plan?: unknown } {
  try {
    const parsed: unknown = JSON.parse(text)
    if (typeof parsed === 'object' && parsed !== null && 'saved_plan' in parsed) return parsed
  } catch (cause) {
    throw new ProvisionError('PLAN_FILE_BROKEN', `${file} is not a whole JSON document`, { cause })
  }
  throw new ProvisionError('PLAN_FILE_BROKEN', `${file} is not a plan file of provision`)
}

function checksum(body: object): string {
  return createHash('sha256').update(JSON.stringify(body)).digest('hex')
}

/** Why a host of a plan file has no steps. */
export function notPlanned(name: string): ProvisionError {
  return new ProvisionError('PLAN_MISSING', `${name} could not be reached when the plan was made`, {
    host: name,
    hint: 'Plan again when it can be reached.',
  })
}
