import 'server-only';
import { CLASSIFICATIONS } from '@/lib/schema/vocabulary';
import { COLUMN, ENTRY } from './chunk-query';
import { skipValue } from './skip-json';
import { detailsValue, domainsValue, saysNothing } from './sound-members';

/**
 * Columns against the body in one walk over its bytes. A canonical body has its members in a fixed order, so that each column's value is expected in one
 * place, and members that have no column are stepped over. Anything out of the ordinary (an escape in a value that has a column, another order, white
 * space) is answered with false, and the body is then decoded in full.
 */
export function agreesWithBody(buffer: Buffer, at: Int32Array): boolean {
  const from = at[2 * ENTRY.body];
  const end = from + at[2 * ENTRY.body + 1];
  if (!idsAgree(buffer, at)) return false;
  if (end - from < 2 || buffer[from] !== 0x7b || buffer[end - 1] !== 0x7d) return false;
  let position = from + 1;
  for (const member of MEMBERS) {
    // Names are not terminated by what follows, so that their quotes are part of what is compared.
    if (!startsWith(buffer, position, end, member.opening)) {
      if (member.absent(buffer, at)) continue;
      return false;
    }
    position = member.value(buffer, at, position + member.opening.length, end);
    if (position < 0) return false;
    if (buffer[position] === 0x2c) position++;
    else return position === end - 1 && member.last;
  }
  return false;
}

interface Member {
  /** `"name":` */
  opening: Uint8Array;
  /** Whether the columns agree that the body does not have it. */
  absent(buffer: Buffer, at: Int32Array): boolean;
  /** @returns the position behind the value; −1 where it is not what the column says. */
  value(buffer: Buffer, at: Int32Array, position: number, end: number): number;
  last: boolean;
}

const isNull = (column: number) => (_: Buffer, at: Int32Array) => at[2 * column + 1] < 0;
const always = () => true;
const never = () => false;

function member(name: string, absent: Member['absent'], value: Member['value'], last = false): Member {
  return { opening: Buffer.from(`"${name}":`), absent, value, last };
}
const text = (name: string, column: number) => member(name, isNull(column), (b, at, p, end) => textValue(b, at, column, p, end));
const free = (name: string) => member(name, always, (b, _, p, end) => skipValue(b, p, end));

/** In the order of canonical JSON; `v` is the last and always there. */
const MEMBERS: readonly Member[] = [
  text('action', COLUMN.action),
  text('actor_id', COLUMN.actorId),
  text('actor_type', COLUMN.actorType),
  text('agent_name', COLUMN.agentName),
  free('agent_seq'),
  free('content'),
  member(
    'conversation_id',
    (b, at) => at[2 * COLUMN.conversationId + 1] < 0 && isZero(b, at[2 * ENTRY.conversationSeq]),
    (b, at, p, end) => (isZero(b, at[2 * ENTRY.conversationSeq]) ? -1 : textValue(b, at, COLUMN.conversationId, p, end)),
  ),
  member('data_classification', isNull(COLUMN.classification), classificationValue),
  member('details', saysNothing, detailsValue),
  member('domains', isNull(COLUMN.domains), domainsValue),
  member('id', never, (b, at, p) => uuidValue(b, at[2 * COLUMN.id], p)),
  free('on_behalf_of'),
  text('outcome', COLUMN.outcome),
  free('purpose'),
  text('resource_id', COLUMN.resourceId),
  text('resource_type', COLUMN.resourceType),
  free('source'),
  text('subject_id', COLUMN.subjectId),
  member('submitted', never, (b, at, p) => hexValue(b, at[2 * ENTRY.submitted], p)),
  member('timestamp', never, (b, at, p) => timestampValue(b, at[2 * COLUMN.occurredAt], p)),
  member('v', never, (b, _, p) => (b[p] === 0x31 ? p + 1 : -1), true),
];

/** Header and record carry the same id and the same number in the conversation. */
function idsAgree(buffer: Buffer, at: Int32Array): boolean {
  if (at[2 * COLUMN.id + 1] !== 16 || at[2 * COLUMN.conversationSeq + 1] !== 8 || at[2 * COLUMN.occurredAt + 1] !== 8) return false;
  const a = at[2 * ENTRY.id];
  const b = at[2 * COLUMN.id];
  for (let i = 0; i < 16; i++) if (buffer[a + i] !== buffer[b + i]) return false;
  const c = at[2 * ENTRY.conversationSeq];
  const d = at[2 * COLUMN.conversationSeq];
  for (let i = 0; i < 8; i++) if (buffer[c + i] !== buffer[d + i]) return false;
  return true;
}

function isZero(buffer: Buffer, at: number): boolean {
  for (let i = 0; i < 8; i++) if (buffer[at + i] !== 0) return false;
  return true;
}

function startsWith(buffer: Buffer, position: number, end: number, bytes: Uint8Array): boolean {
  if (position + bytes.length > end) return false;
  for (let i = 0; i < bytes.length; i++) if (buffer[position + i] !== bytes[i]) return false;
  return true;
}

/** Equal bytes between quotes. A quote, a backslash or a control character would stand escaped in the body: that is left to the slower look. */
function textValue(buffer: Buffer, at: Int32Array, column: number, position: number, end: number): number {
  const from = at[2 * column];
  const size = at[2 * column + 1];
  if (size < 0 || buffer[position] !== 0x22 || position + size + 2 > end) return -1;
  const start = position + 1;
  for (let i = 0; i < size; i++) {
    const byte = buffer[from + i];
    if (byte !== buffer[start + i] || byte < 0x20 || byte === 0x22 || byte === 0x5c) return -1;
  }
  return buffer[start + size] === 0x22 ? start + size + 1 : -1;
}

const CLASSES = CLASSIFICATIONS.map((name) => Buffer.from(`"${name}"`));
function classificationValue(buffer: Buffer, at: Int32Array, position: number, end: number): number {
  if (at[2 * COLUMN.classification + 1] !== 2) return -1;
  const column = at[2 * COLUMN.classification];
  const name = CLASSES[(buffer[column] << 8) | buffer[column + 1]];
  return name !== undefined && startsWith(buffer, position, end, name) ? position + name.length : -1;
}

const DIGITS = Buffer.from('0123456789abcdef');
function hexRun(buffer: Buffer, from: number, count: number, position: number): boolean {
  for (let i = 0; i < count; i++) {
    const byte = buffer[from + i];
    if (buffer[position + 2 * i] !== DIGITS[byte >> 4] || buffer[position + 2 * i + 1] !== DIGITS[byte & 15]) return false;
  }
  return true;
}

function hexValue(buffer: Buffer, from: number, position: number): number {
  return buffer[position] === 0x22 && hexRun(buffer, from, 32, position + 1) && buffer[position + 65] === 0x22 ? position + 66 : -1;
}

function uuidValue(buffer: Buffer, from: number, position: number): number {
  if (buffer[position] !== 0x22 || buffer[position + 37] !== 0x22) return -1;
  for (const dash of [9, 14, 19, 24]) if (buffer[position + dash] !== 0x2d) return -1;
  const good =
    hexRun(buffer, from, 4, position + 1) &&
    hexRun(buffer, from + 4, 2, position + 10) &&
    hexRun(buffer, from + 6, 2, position + 15) &&
    hexRun(buffer, from + 8, 2, position + 20) &&
    hexRun(buffer, from + 10, 6, position + 25);
  return good ? position + 38 : -1;
}

/** Microseconds between 1970 and 2000, where PostgreSQL's binary times start. */
export const PG_EPOCH_US = 946_684_800_000_000;
/** Where the digits of "YYYY-MM-DDTHH:mm:ss.sssZ" stand, and what stands between them. */
const TIME_PATTERN = Buffer.from('dddd-dd-ddTdd:dd:dd.dddZ');

function timestampValue(buffer: Buffer, column: number, position: number): number {
  if (buffer[position] !== 0x22 || buffer[position + 25] !== 0x22) return -1;
  const start = position + 1;
  for (let i = 0; i < 24; i++) {
    const byte = buffer[start + i];
    if (TIME_PATTERN[i] === 0x64 ? byte < 0x30 || byte > 0x39 : byte !== TIME_PATTERN[i]) return -1;
  }
  const number = (at: number, digits: number) => {
    let value = 0;
    for (let i = 0; i < digits; i++) value = value * 10 + buffer[start + at + i] - 0x30;
    return value;
  };
  const [month, day, hour, minute, second] = [number(5, 2), number(8, 2), number(11, 2), number(14, 2), number(17, 2)];
  // Other spellings of a time are no spelling that the format has.
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 59) return -1;
  const year = number(0, 4);
  // Beyond, microseconds are no longer exact in a double.
  if (year > 2200) return -1;
  if (day > 28 && day > new Date(Date.UTC(year, month, 0)).getUTCDate()) return -1;
  const days = daysSince1970(year, month, day);
  const us = ((days * 24 + hour) * 3600 + minute * 60 + second) * 1_000_000 + number(20, 3) * 1000;
  return buffer.readInt32BE(column) * 4294967296 + buffer.readUInt32BE(column + 4) === us - PG_EPOCH_US ? position + 26 : -1;
}

/** Of the proleptic Gregorian calendar; a year starts in March here, so that the day that comes and goes is its last. */
function daysSince1970(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468;
}
