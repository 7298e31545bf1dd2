import type { HostResult, PlannedHost } from '../events/events.ts'
import { driftOf } from './drift.ts'
import { plannedHostJson, planOutcomes, summaryJson, unreachableHostJson } from './json/host.ts'
import { resultHostJson } from './json/result-host.ts'
import {
  type ApplyDocument,
  FORMAT_VERSION,
  outcomeSchema,
  type PlanDocument,
  type StatusDocument,
  type VerifyDocument,
} from './json/schema.ts'
import { nothingSeen, statusHostJson } from './json/status-host.ts'
import type { StatusHost } from './status-text.ts'

export {
  applyDocumentSchema,
  planDocumentSchema,
  statusDocumentSchema,
  verifyDocumentSchema,
} from './json/schema.ts'

/** The document of `plan --json`. */
export function planJson(planned: PlannedHost[]): PlanDocument {
  const hosts = planned.map((host) =>
    host.kind === 'planned'
      ? { ...plannedHostJson(host.plan), relied_on: host.plan.reliedOn }
      : { ...unreachableHostJson(host), relied_on: {} },
  )
  return { ...head('plan'), summary: summaryJson(hosts, planOutcomes), hosts }
}

/** The document of `verify --json`: that of plan, with the differences told one by one. */
export function verifyJson(planned: PlannedHost[]): VerifyDocument {
  const hosts = planned.map((host) =>
    host.kind === 'planned'
      ? { ...plannedHostJson(host.plan), drift: driftOf(host.plan) }
      : { ...unreachableHostJson(host), drift: [] },
  )
  return { ...head('verify'), summary: summaryJson(hosts, planOutcomes), hosts }
}

/** The document of `status --json`: all drives of a host, declared or not. */
export function statusJson(rows: StatusHost[]): StatusDocument {
  const hosts = rows.map((row) =>
    row.kind === 'probed'
      ? statusHostJson(row.plan, row.facts)
      : { ...unreachableHostJson(row), ...nothingSeen },
  )
  return { ...head('status'), summary: summaryJson(hosts, planOutcomes), hosts }
}

/** The document of `apply --json`. */
export function applyJson(results: HostResult[]): ApplyDocument {
  const hosts = results.map(resultHostJson)
  return { ...head('apply'), summary: summaryJson(hosts, outcomeSchema.options), hosts }
}

function head<C extends string>(command: C) {
  return { format_version: FORMAT_VERSION, command } as const
}
