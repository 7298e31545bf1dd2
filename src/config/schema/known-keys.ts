import { z } from 'zod'
import type { KeyPath } from '../keypath.ts'

/** The keys that a schema allows in the map at `path`, over all branches of unions. For suggestions. */
export function knownKeys(schema: z.core.$ZodType, path: KeyPath): string[] {
  let reached: z.core.$ZodType[] = [schema]
  for (const segment of path) reached = reached.flatMap(unwrap).flatMap((type) => step(type, segment))
  const shapes = reached.flatMap(unwrap).filter((type) => type instanceof z.ZodObject)
  return [...new Set(shapes.flatMap((type) => Object.keys(type.shape)))]
}

function unwrap(type: z.core.$ZodType): z.core.$ZodType[] {
  if (type instanceof z.ZodOptional || type instanceof z.ZodNullable) return unwrap(type.unwrap())
  if (type instanceof z.ZodPipe) return unwrap(type.in)
  return type instanceof z.ZodUnion ? type.options.flatMap(unwrap) : [type]
}

function step(type: z.core.$ZodType, segment: string | number): z.core.$ZodType[] {
  if (type instanceof z.ZodArray) return [type.element]
  if (type instanceof z.ZodRecord) return [type.valueType]
  const child = type instanceof z.ZodObject ? type.shape[segment] : undefined
  return child === undefined ? [] : [child]
}
