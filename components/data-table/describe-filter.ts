import type * as z from 'zod/mini';

/** One member of a filter as a form sees it, read from the schema so that screen, API and SQL cannot drift apart. */
export interface FilterField {
  name: string;
  kind: 'choice' | 'text' | 'moment';
  /** Allowed values of a choice, in the order of the vocabulary. */
  options: string[];
}

const MOMENTS = new Set(['after', 'before']);

function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  const def = schema._zod.def as { type: string; innerType?: z.core.$ZodType };
  return def.type === 'optional' && def.innerType !== undefined ? unwrap(def.innerType) : schema;
}

/** @param only narrows the options of a choice, for a screen on which not all of them can occur; an empty list drops the member */
export function describeFilter(shape: z.ZodMiniObject, only: Record<string, readonly string[]> = {}): FilterField[] {
  return Object.entries(shape.shape).flatMap(([name, schema]): FilterField[] => {
    const def = unwrap(schema)._zod.def as { type: string; entries?: Record<string, string> };
    const narrowed = only[name];
    if (narrowed?.length === 0) return [];
    if (def.type === 'enum') {
      const options = Object.values(def.entries ?? {});
      return [{ name, kind: 'choice', options: narrowed === undefined ? options : options.filter((option) => narrowed.includes(option)) }];
    }
    return [{ name, kind: MOMENTS.has(name) ? 'moment' : 'text', options: [] }];
  });
}
