/**
 * What the strict reader must say, told in another way: JSON.parse for the syntax, then the rules over a flat list of tokens, with exact
 * arithmetic for numbers. Slow and plain on purpose; shares no line with the reader.
 */
export type OracleFault =
  | 'json_syntax'
  | 'unpaired_surrogate'
  | 'nul_character'
  | 'duplicate_key'
  | 'forbidden_key'
  | 'too_deep'
  | 'too_many_members'
  | 'key_too_long'
  | 'number_unsafe'
  | 'number_not_representable';

const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|[[\]{}:,]|true|false|null/g;

/** Every rule that the text breaks; empty for text that must be accepted. */
export function faultsOf(text: string): Set<OracleFault> {
  if (!text.isWellFormed()) return new Set(['unpaired_surrogate']);
  try {
    JSON.parse(text);
  } catch {
    return new Set(['json_syntax']);
  }
  const faults = new Set<OracleFault>();
  const open: (Set<string> | null)[] = [];
  const tokens = text.match(TOKEN) ?? [];
  for (const [i, token] of tokens.entries()) {
    if (token === '{' || token === '[') {
      open.push(token === '{' ? new Set() : null);
      if (open.length > 32) faults.add('too_deep');
    } else if (token === '}' || token === ']') open.pop();
    else if (token.startsWith('"')) {
      const value: string = JSON.parse(token);
      if (!value.isWellFormed()) faults.add('unpaired_surrogate');
      if (value.includes('\0')) faults.add('nul_character');
      const names = open.at(-1);
      if (tokens[i + 1] === ':' && names) {
        if (names.has(value)) faults.add('duplicate_key');
        names.add(value);
        // A name that comes again is a member all the same, but it is refused as a duplicate.
        if (names.size > 256) faults.add('too_many_members');
        if (value.length > 128) faults.add('key_too_long');
        if (['__proto__', 'constructor', 'prototype'].includes(value)) faults.add('forbidden_key');
      }
    } else if (/^-?\d/.test(token)) {
      const fault = numberFault(token);
      if (fault) faults.add(fault);
    }
  }
  return faults;
}

/** A number is taken where its double, written shortest, is the same decimal number; compared as fractions of integers. */
export function numberFault(token: string): 'number_unsafe' | 'number_not_representable' | null {
  const value = Number(token);
  if (!Number.isFinite(value) || Object.is(value, -0)) return 'number_not_representable';
  if (value === 0) return /[1-9]/.test(token.split(/[eE]/)[0]) ? 'number_not_representable' : null;
  if (Number.isInteger(value) && Math.abs(value) > Number.MAX_SAFE_INTEGER) return 'number_unsafe';
  const [a, b] = [fraction(token), fraction(String(value))];
  return a[0] * b[1] === b[0] * a[1] ? null : 'number_not_representable';
}

function fraction(token: string): [bigint, bigint] {
  const parts = /^(-?\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(token)!;
  const digits = BigInt(parts[1] + (parts[2] ?? ''));
  const exponent = Number(parts[3] ?? 0) - (parts[2] ?? '').length;
  return exponent >= 0 ? [digits * 10n ** BigInt(exponent), 1n] : [digits, 10n ** BigInt(-exponent)];
}
