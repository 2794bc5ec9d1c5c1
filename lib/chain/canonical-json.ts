/**
 * RFC 8785 (JCS) canonical JSON: members sorted by UTF-16 code units, no white space, numbers as ECMAScript writes them, minimal escapes.
 * @see RFC 8785 §3.2
 */
export type JsonValue = null | boolean | number | string | JsonValue[] | { [name: string]: JsonValue };

/**
 * @returns the canonical text; its UTF-8 encoding is what is hashed and kept.
 * @throws TypeError for what JSON does not have (undefined, functions, non-finite numbers) and for lone surrogates (§3.2.2.2).
 */
export function canonicalize(value: JsonValue): string {
  if (typeof value === 'string') return canonicalString(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError('a number that is not finite has no JSON form');
    // §3.2.2.3: the shortest form that reads back as the same double; minus zero is written as 0.
    return Object.is(value, -0) ? '0' : String(value);
  }
  if (value === null) return 'null';
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (Array.isArray(value)) {
    let text = '[';
    for (let i = 0; i < value.length; i++) text += (i === 0 ? '' : ',') + canonicalize(value[i]);
    return `${text}]`;
  }
  if (typeof value !== 'object') throw new TypeError(`a ${typeof value} has no JSON form`);
  const names = Object.keys(value);
  if (names.length > 1) names.sort();
  let text = '{';
  for (let i = 0; i < names.length; i++) text += (i === 0 ? '' : ',') + canonicalName(names[i]) + canonicalize(value[names[i]]);
  return `${text}}`;
}

/** A string in quotes, escaped as §3.2.2.2 asks, which is what ECMAScript's QuoteJSONString does for well-formed text. */
export function canonicalString(text: string): string {
  if (!text.isWellFormed()) throw new TypeError('a lone surrogate has no UTF-8 form');
  return JSON.stringify(text);
}

/** Member names recur from record to record: their escaped form is remembered, up to a bound. */
const known = new Map<string, string>();
function canonicalName(name: string): string {
  let text = known.get(name);
  if (text === undefined) {
    text = `${canonicalString(name)}:`;
    if (known.size < 4096) known.set(name, text);
  }
  return text;
}
