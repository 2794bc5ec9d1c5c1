import type { JsonSchema } from '@/lib/schema/openapi';

/** What a schema says, in a line: `string`, `"a" | "b"`, `Entry[]`, `string or null`. */
export function sayType(schema: JsonSchema): string {
  if (typeof schema.$ref === 'string') return refName(schema);
  if (Array.isArray(schema.enum)) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  if ('const' in schema) return JSON.stringify(schema.const);
  for (const word of ['anyOf', 'oneOf', 'allOf'] as const) {
    const options = schema[word];
    if (Array.isArray(options)) return options.map((option: JsonSchema) => sayType(option)).join(word === 'allOf' ? ' and ' : ' or ');
  }
  if (schema.type === 'array') {
    const items = sayType((schema.items ?? {}) as JsonSchema);
    return items.includes(' ') ? `(${items})[]` : `${items}[]`;
  }
  if (Array.isArray(schema.type)) return schema.type.join(' or ');
  return typeof schema.type === 'string' ? schema.type : 'any value';
}

/** The limits that stand beside the type. */
export function sayLimits(schema: JsonSchema): string {
  const parts: string[] = [];
  const limit = (name: string, say: (value: number) => string): void => {
    const value = schema[name];
    if (typeof value === 'number' && Math.abs(value) < Number.MAX_SAFE_INTEGER) parts.push(say(value));
  };
  limit('minLength', (n) => `at least ${n} characters`);
  limit('maxLength', (n) => `at most ${n} characters`);
  limit('minItems', (n) => `at least ${n}`);
  limit('maxItems', (n) => `at most ${n}`);
  limit('minimum', (n) => `from ${n}`);
  limit('maximum', (n) => `to ${n}`);
  if (typeof schema.format === 'string') parts.push(schema.format);
  if (typeof schema.pattern === 'string') parts.push(`matches ${schema.pattern}`);
  return parts.join(', ');
}

/** "Entry" for a reference to it, empty for what is no reference. */
export function refName(schema: JsonSchema): string {
  return typeof schema.$ref === 'string' ? schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1) : '';
}

/** The names of all shapes that a schema refers to directly, for links. */
export function refsOf(schema: JsonSchema): string[] {
  const found = new Set<string>();
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(walk);
    else if (typeof value === 'object' && value !== null) {
      const name = refName(value as JsonSchema);
      if (name !== '') found.add(name);
      Object.values(value).forEach(walk);
    }
  };
  walk(schema);
  return [...found];
}
