import type { JsonValue } from './canonical-json';
import { decodeUtf8 } from './decode-utf8';
import { JsonFault, type JsonFaultCode } from './json-fault';

export { decodeUtf8 } from './decode-utf8';
export { JsonFault, type JsonFaultCode } from './json-fault';

/**
 * A strict I-JSON reader (RFC 8259, RFC 7493). `JSON.parse` silently takes duplicate members, lone surrogates and numbers that a double does
 * not hold; a record that was read that way would be hashed as something that its sender never wrote.
 */
export interface JsonLimits {
  depth: number;
  members: number;
  keyChars: number;
}
export const JSON_LIMITS: JsonLimits = { depth: 32, members: 256, keyChars: 128 };
/** Of bodies that are stored, wider than what senders are held to: the server has added members of its own, and what was taken once is read by what it says. */
export const STORED_LIMITS: JsonLimits = { depth: 64, members: 4096, keyChars: 4096 };

/** Names that reach an object's prototype when a careless reader assigns them. */
const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);

// The reader's position: module state, since one document is read at a time and from start to end without a pause.
let text = '';
let at = 0;
let path: (string | number)[] = [];
let limits = JSON_LIMITS;

/** One document. @throws JsonFault */
export function readJson(bytes: Uint8Array, use: JsonLimits = JSON_LIMITS): JsonValue {
  return readJsonText(decodeUtf8(bytes), use);
}

/** One document that is text already, of which lone surrogates are the only encoding fault left. @throws JsonFault */
export function readJsonText(source: string, use: JsonLimits = JSON_LIMITS): JsonValue {
  start(source, use);
  const value = readValue(0);
  skipSpace();
  if (at < text.length) throw syntax('Unexpected data after the JSON value');
  return value;
}

export type JsonItem = { value: JsonValue } | { fault: JsonFault };

/**
 * The elements of one top-level array, each judged on its own: an element that breaks a rule is told as its fault and the rest is still read.
 * Faulty syntax cannot be stepped over and refuses the whole.
 * @param most reading stops at one more than these: a few kilobytes of gzip can hold millions of elements, each of which costs a fault.
 * @throws JsonFault
 */
export function readJsonArray(source: string, use: JsonLimits = JSON_LIMITS, most = Number.POSITIVE_INFINITY): JsonItem[] {
  start(source, use);
  skipSpace();
  at++;
  const items: JsonItem[] = [];
  skipSpace();
  if (text.charCodeAt(at) === 0x5d) at++;
  else {
    for (;;) {
      skipSpace();
      const from = at;
      path = [];
      try {
        items.push({ value: readValue(0) });
      } catch (error) {
        if (!(error instanceof JsonFault) || error.code === 'json_syntax') throw error;
        items.push({ fault: error });
        at = from;
        skipValue();
      }
      if (items.length > most) return items;
      skipSpace();
      const c = text.charCodeAt(at++);
      if (c === 0x5d) break;
      if (c !== 0x2c) throw syntax('Expected , or ] after an element');
    }
  }
  skipSpace();
  if (at < text.length) throw syntax('Unexpected data after the JSON value');
  return items;
}

/**
 * One document a line (application/x-ndjson); blank lines are passed over. Every line is judged on its own.
 * @param most reading stops at one more than these.
 */
export function readNdjson(source: string, use: JsonLimits = JSON_LIMITS, most = Number.POSITIVE_INFINITY): JsonItem[] {
  const items: JsonItem[] = [];
  let next = 0;
  // Found by one search: a body of nothing but empty lines holds millions of them.
  const solid = /[^ \t\r\n]/g;
  while (items.length <= most) {
    solid.lastIndex = next;
    const begin = solid.exec(source)?.index;
    if (begin === undefined) break;
    const end = source.indexOf('\n', begin);
    const line = source.slice(begin, end === -1 ? source.length : end);
    next = end === -1 ? source.length : end + 1;
    if (line.trim() === '') continue;
    try {
      items.push({ value: readJsonText(line, use) });
    } catch (error) {
      if (!(error instanceof JsonFault)) throw error;
      items.push({ fault: error });
    }
  }
  return items;
}

function start(source: string, use: JsonLimits): void {
  if (!source.isWellFormed()) throw new JsonFault('unpaired_surrogate', 'The text contains an unpaired surrogate.');
  text = source;
  at = 0;
  path = [];
  limits = use;
}

function syntax(what: string): JsonFault {
  return new JsonFault('json_syntax', at >= text.length ? 'Unexpected end of input.' : `${what} (character ${at}).`);
}

function fault(code: JsonFaultCode, message: string): JsonFault {
  return new JsonFault(code, message, path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join(''));
}

function skipSpace(): void {
  for (;;) {
    const c = text.charCodeAt(at);
    if (c !== 0x20 && c !== 0x0a && c !== 0x0d && c !== 0x09) return;
    at++;
  }
}

function readValue(depth: number): JsonValue {
  skipSpace();
  const c = text.charCodeAt(at);
  if (c === 0x22) return readString('value');
  if (c === 0x7b) return readObject(depth + 1);
  if (c === 0x5b) return readArray(depth + 1);
  if (c === 0x2d || (c >= 0x30 && c <= 0x39)) return readNumber();
  if (c === 0x74 && text.startsWith('true', at)) return literal(4, true);
  if (c === 0x66 && text.startsWith('false', at)) return literal(5, false);
  if (c === 0x6e && text.startsWith('null', at)) return literal(4, null);
  throw syntax('Expected a value');
}

function literal<T extends JsonValue>(length: number, value: T): T {
  at += length;
  return value;
}

function readArray(depth: number): JsonValue[] {
  if (depth > limits.depth) throw fault('too_deep', `Nesting is deeper than ${limits.depth} levels.`);
  at++;
  const array: JsonValue[] = [];
  skipSpace();
  if (text.charCodeAt(at) === 0x5d) return closed(array);
  for (;;) {
    path.push(array.length);
    array.push(readValue(depth));
    path.pop();
    skipSpace();
    const c = text.charCodeAt(at);
    if (c === 0x5d) return closed(array);
    if (c !== 0x2c) throw syntax('Expected , or ] after an element');
    at++;
  }
}

/** Steps over the closing bracket. */
function closed<T>(value: T): T {
  at++;
  return value;
}

function readObject(depth: number): { [name: string]: JsonValue } {
  if (depth > limits.depth) throw fault('too_deep', `Nesting is deeper than ${limits.depth} levels.`);
  at++;
  const object: { [name: string]: JsonValue } = {};
  let members = 0;
  skipSpace();
  if (text.charCodeAt(at) === 0x7d) return closed(object);
  for (;;) {
    skipSpace();
    if (text.charCodeAt(at) !== 0x22) throw syntax('Expected a member name in double quotes');
    const name = readString('name');
    if (name.length > limits.keyChars) throw fault('key_too_long', `A member name is longer than ${limits.keyChars} characters.`);
    if (++members > limits.members) throw fault('too_many_members', `An object has more than ${limits.members} members.`);
    path.push(name);
    if (FORBIDDEN.has(name)) throw fault('forbidden_key', 'This member name is not allowed.');
    if (Object.hasOwn(object, name)) throw fault('duplicate_key', 'This member name appears twice.');
    skipSpace();
    if (text.charCodeAt(at) !== 0x3a) throw syntax('Expected : after a member name');
    at++;
    object[name] = readValue(depth);
    path.pop();
    skipSpace();
    const c = text.charCodeAt(at);
    if (c === 0x7d) return closed(object);
    if (c !== 0x2c) throw syntax('Expected , or } after a member');
    at++;
  }
}

/** Ends of strings are looked for with local variables: module variables cost twice as much in a loop over every character. */
function readString(what: 'name' | 'value'): string {
  const source = text;
  const from = at + 1;
  let i = from;
  let c = source.charCodeAt(i);
  while (c >= 0x20 && c !== 0x22 && c !== 0x5c) c = source.charCodeAt(++i);
  at = i;
  if (c === 0x5c) return readEscaped(from, what);
  if (c !== 0x22) throw syntax('Unescaped control character in a string');
  at++;
  // Without an escape the text is well formed: the whole document was looked at before.
  return source.slice(from, i);
}

const ESCAPES: Record<string, string> = { '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

function readEscaped(from: number, what: 'name' | 'value'): string {
  let built = text.slice(from, at);
  for (;;) {
    const c = text.charCodeAt(at);
    if (c === 0x22) break;
    if (c === 0x5c) {
      const e = text[at + 1];
      if (e === 'u') {
        const digits = text.slice(at + 2, at + 6);
        if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw syntax('Invalid escape');
        built += String.fromCharCode(Number.parseInt(digits, 16));
        at += 6;
      } else {
        const plain = e === undefined ? undefined : ESCAPES[e];
        if (plain === undefined) throw syntax('Invalid escape');
        built += plain;
        at += 2;
      }
    } else {
      if (!(c >= 0x20)) throw syntax('Unescaped control character in a string');
      const run = at;
      while (at < text.length && text.charCodeAt(at) !== 0x22 && text.charCodeAt(at) !== 0x5c && text.charCodeAt(at) >= 0x20) at++;
      built += text.slice(run, at);
    }
  }
  at++;
  const subject = what === 'name' ? 'A member name' : 'A string';
  if (!built.isWellFormed()) throw fault('unpaired_surrogate', `${subject} contains an unpaired surrogate.`);
  if (built.includes('\0')) throw fault('nul_character', `${subject} contains U+0000, which is not allowed.`);
  return built;
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

function readNumber(): number {
  NUMBER.lastIndex = at;
  const token = NUMBER.exec(text)?.[0];
  if (token === undefined) throw syntax('Invalid number');
  const after = text.charCodeAt(at + token.length);
  // 01, 1.e5, 0x1F, 1abc: what goes on right behind a number was never a number.
  if ((after >= 0x30 && after <= 0x39) || after === 0x2e || (after | 0x20) === 0x65 || (after | 0x20) === 0x78)
    throw syntax('Invalid number');
  at += token.length;
  const value = Number(token);
  // Up to 15 digits a double holds any decimal number, so that only size and minus zero are left to ask.
  if (token.length <= 15 && Number.isSafeInteger(value) && value !== 0) return value;
  if (!Number.isFinite(value)) throw fault('number_not_representable', 'The number is not a finite double; send it as a string.');
  if (value === 0 && token.startsWith('-')) throw fault('number_not_representable', 'Minus zero has no canonical form; use 0.');
  if (Number.isInteger(value) && !Number.isSafeInteger(value))
    throw fault('number_unsafe', 'The integer is outside ±(2^53−1); send it as a string.');
  const shortest = String(value);
  if (token !== shortest && significand(token) !== significand(shortest))
    throw fault('number_not_representable', 'The number has more digits than a double holds; send it as a string.');
  return value;
}

/** Digits and decimal exponent with leading and trailing zeros removed: equal for tokens that denote the same decimal number. */
function significand(token: string): string {
  const [mantissa, exponent = '0'] = token
    .replace('-', token.startsWith('-') ? '' : '-')
    .toLowerCase()
    .split('e');
  const [whole, fraction = ''] = mantissa.split('.');
  const digits = whole + fraction;
  // By hand: /0+$/ begins anew at each zero of a long run that something follows, and a megabyte of them would hold the process for an hour.
  let end = digits.length;
  while (end > 0 && digits.charCodeAt(end - 1) === 0x30) end--;
  let from = 0;
  while (from < end && digits.charCodeAt(from) === 0x30) from++;
  if (from === end) return '0';
  return `${digits.slice(from, end)}e${Number(exponent) - fraction.length + (digits.length - end)}`;
}

/**
 * Steps over a value that broke a rule. Brackets are counted, not recursed into; then JSON.parse, which does not recurse either, says whether
 * the syntax was sound, or the end of this value would be a guess. @throws JsonFault json_syntax
 */
function skipValue(): void {
  const from = at;
  let open = 0;
  do {
    skipSpace();
    const c = text.charCodeAt(at);
    if (Number.isNaN(c)) throw syntax('Expected a value');
    if (c === 0x22) skipString();
    else if (c === 0x7b || c === 0x5b) {
      open++;
      at++;
    } else if (c === 0x7d || c === 0x5d) {
      open--;
      at++;
    } else if (c === 0x2c || c === 0x3a) at++;
    else while (at < text.length && !/[\s,:{}[\]"]/.test(text[at])) at++;
  } while (open > 0);
  try {
    JSON.parse(text.slice(from, at));
  } catch {
    throw new JsonFault('json_syntax', `The element at character ${from} is not valid JSON.`);
  }
}

function skipString(): void {
  at++;
  while (text.charCodeAt(at) !== 0x22) {
    if (at >= text.length) throw syntax('Unterminated string');
    at += text.charCodeAt(at) === 0x5c ? 2 : 1;
  }
  at++;
}
