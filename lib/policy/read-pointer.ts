import type { JsonValue } from '@/lib/chain/canonical-json';

/** What a JSON pointer (RFC 6901) leads to; undefined where it leads nowhere. Own members only, and places of an array as §4 writes them. */
export function readPointer(document: JsonValue, pointer: string): JsonValue | undefined {
  if (pointer === '') return document;
  let value: JsonValue = document;
  for (const step of pointer.slice(1).split('/')) {
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
    if (value === null || typeof value !== 'object') return undefined;
    if (Array.isArray(value)) {
      if (!/^(0|[1-9]\d{0,8})$/.test(name) || Number(name) >= value.length) return undefined;
      value = value[Number(name)];
    } else {
      if (!Object.hasOwn(value, name)) return undefined;
      value = value[name];
    }
  }
  return value;
}
