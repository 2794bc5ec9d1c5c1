import 'server-only';
import { COLUMN } from './chunk-query';
import { skipString, skipValue } from './skip-json';

/**
 * The columns of what stands inside `details` and `domains` (lib/chain/project-details.ts), compared where the bytes lie. Like sound-columns.ts, it answers −1
 * for all that is out of the ordinary, and the body is then decoded in full.
 */

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;

/** In the order in which canonical JSON has them. */
const PHI = Buffer.from('contains_phi');
const MODEL = Buffer.from('model');
const TOOL = Buffer.from('tool');
const TRUE = Buffer.from('true');

/** Whether the columns say that there are no details, or none that have a column. */
export function saysNothing(buffer: Buffer, at: Int32Array): boolean {
  return isNull(at, COLUMN.tool) && isNull(at, COLUMN.model) && isFlag(buffer, at, 0);
}

/** @returns the position behind the value; −1 where the columns say something else than it does. */
export function detailsValue(buffer: Buffer, at: Int32Array, position: number, end: number): number {
  if (buffer[position] !== 0x7b) return -1;
  // How many of the three names were passed: in canonical JSON each comes once, and in order.
  let passed = 0;
  let phi = 0;
  let model = false;
  let tool = false;
  let i = position + 1;
  if (buffer[i] === 0x7d) return saysNothing(buffer, at) ? i + 1 : -1;
  for (;;) {
    if (buffer[i] !== QUOTE) return -1;
    const behind = skipString(buffer, i, end);
    if (behind < 0 || buffer[behind] !== 0x3a) return -1;
    const size = behind - i - 2;
    // A name with an escape may be any name.
    for (let k = i + 1; k < behind - 1; k++) if (buffer[k] === BACKSLASH) return -1;
    const value = behind + 1;
    if (isName(buffer, i + 1, size, PHI)) {
      if (passed > 0) return -1;
      passed = 1;
      phi = startsWith(buffer, value, end, TRUE) && skipValue(buffer, value, end) === value + TRUE.length ? 1 : 0;
    } else if (isName(buffer, i + 1, size, MODEL)) {
      if (passed > 1) return -1;
      passed = 2;
      const said = nameValue(buffer, at, COLUMN.model, value, end);
      if (said < 0) return -1;
      model = said === 1;
    } else if (isName(buffer, i + 1, size, TOOL)) {
      if (passed > 2) return -1;
      passed = 3;
      const said = nameValue(buffer, at, COLUMN.tool, value, end);
      if (said < 0) return -1;
      tool = said === 1;
    }
    i = skipValue(buffer, value, end);
    if (i < 0) return -1;
    if (buffer[i] === COMMA) {
      i++;
      continue;
    }
    if (buffer[i] !== 0x7d || !isFlag(buffer, at, phi)) return -1;
    if ((!model && !isNull(at, COLUMN.model)) || (!tool && !isNull(at, COLUMN.tool))) return -1;
    return i + 1;
  }
}

/** 1: the column holds this name. 0: the value is none that a column holds, and it holds none. −1: anything else. */
function nameValue(buffer: Buffer, at: Int32Array, column: number, position: number, end: number): number {
  const size = at[2 * column + 1];
  if (buffer[position] !== QUOTE) return size < 0 ? 0 : -1;
  if (size < 1 || size > 128 || position + size + 2 > end) return -1;
  const from = at[2 * column];
  for (let i = 0; i < size; i++) {
    const byte = buffer[from + i];
    if (byte !== buffer[position + 1 + i] || byte < 0x20 || byte > 0x7e || byte === QUOTE || byte === BACKSLASH) return -1;
  }
  return buffer[position + 1 + size] === QUOTE ? 1 : -1;
}

/** `["a","b"]` against `a,b`. */
export function domainsValue(buffer: Buffer, at: Int32Array, position: number, end: number): number {
  if (buffer[position] !== 0x5b) return -1;
  const size = at[2 * COLUMN.domains + 1];
  if (buffer[position + 1] === 0x5d) return size < 0 ? position + 2 : -1;
  const from = at[2 * COLUMN.domains];
  let column = 0;
  let i = position + 1;
  for (;;) {
    if (i >= end || buffer[i++] !== QUOTE) return -1;
    while (column < size && buffer[from + column] !== COMMA) {
      const byte = buffer[from + column];
      if (i >= end || byte !== buffer[i] || byte < 0x20 || byte > 0x7e || byte === QUOTE || byte === BACKSLASH) return -1;
      column++;
      i++;
    }
    if (buffer[i++] !== QUOTE) return -1;
    if (buffer[i] === 0x5d) return column === size ? i + 1 : -1;
    if (buffer[i] !== COMMA || column >= size) return -1;
    i++;
    column++;
  }
}

function isNull(at: Int32Array, column: number): boolean {
  return at[2 * column + 1] < 0;
}

/** PostgreSQL's boolean is one byte, 0 or 1. */
function isFlag(buffer: Buffer, at: Int32Array, value: number): boolean {
  return at[2 * COLUMN.phi + 1] === 1 && buffer[at[2 * COLUMN.phi]] === value;
}

function isName(buffer: Buffer, position: number, size: number, name: Uint8Array): boolean {
  return size === name.length && startsWith(buffer, position, position + size, name);
}

function startsWith(buffer: Buffer, position: number, end: number, bytes: Uint8Array): boolean {
  if (position + bytes.length > end) return false;
  for (let i = 0; i < bytes.length; i++) if (buffer[position + i] !== bytes[i]) return false;
  return true;
}
