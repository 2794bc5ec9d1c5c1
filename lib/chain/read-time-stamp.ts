/** What a time stamp says, without whether its authority said it. */
export interface StampStatement {
  /** Milliseconds since 1970, as the authority states. */
  at: number;
  /** Dotted, such as 2.16.840.1.101.3.4.2.1 for SHA-256. */
  algorithm: string;
  imprint: Uint8Array;
}

const SIGNED_DATA = '1.2.840.113549.1.7.2';
const TST_INFO = '1.2.840.113549.1.9.16.1.4';
const INTEGER = 0x02;
const OCTET_STRING = 0x04;
const OBJECT_IDENTIFIER = 0x06;
const GENERALIZED_TIME = 0x18;
const SEQUENCE = 0x30;
const EXPLICIT_0 = 0xa0;

/**
 * The statement in a TimeStampResp (DER, hostile): which digest, and when. Its signature is not looked at: that takes a certificate that one trusts, which
 * no file brings along.
 * @returns null for what is no granted response of this form
 * @see RFC 3161 §2.4.2
 */
export function readTimeStamp(response: Uint8Array): StampStatement | null {
  try {
    const [status, token] = children(one(response, SEQUENCE));
    const [granted] = children(expect(status, SEQUENCE));
    if (expect(granted, INTEGER).value.length !== 1 || granted.value[0] > 1) return null;
    const [type, content] = children(expect(token, SEQUENCE));
    if (identifier(type) !== SIGNED_DATA) return null;
    const [, , encapsulated] = children(one(expect(content, EXPLICIT_0).value, SEQUENCE));
    const [infoType, info] = children(expect(encapsulated, SEQUENCE));
    if (identifier(infoType) !== TST_INFO) return null;
    const octets = one(expect(info, EXPLICIT_0).value, OCTET_STRING);
    const [, , imprint, , time] = children(one(octets.value, SEQUENCE));
    const [algorithm, digest] = children(expect(imprint, SEQUENCE));
    const at = timeOf(expect(time, GENERALIZED_TIME).value);
    if (at === null) return null;
    return { at, algorithm: identifier(children(expect(algorithm, SEQUENCE))[0]), imprint: expect(digest, OCTET_STRING).value };
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

interface Element {
  tag: number;
  value: Uint8Array;
  /** Where the next one begins. */
  end: number;
}

/** Definite lengths in their shortest form alone. @see X.690 §10.1 @throws RangeError */
function read(bytes: Uint8Array, at: number): Element {
  if (at + 2 > bytes.length) throw new RangeError();
  let length = bytes[at + 1];
  let start = at + 2;
  if (length >= 0x80) {
    const count = length & 0x7f;
    if (count < 1 || count > 4 || start + count > bytes.length || bytes[start] === 0) throw new RangeError();
    length = 0;
    for (let i = 0; i < count; i++) length = length * 256 + bytes[start + i];
    if (length < 0x80) throw new RangeError();
    start += count;
  }
  if (start + length > bytes.length) throw new RangeError();
  return { tag: bytes[at], value: bytes.subarray(start, start + length), end: start + length };
}

/** One value, and nothing behind it. */
function one(bytes: Uint8Array, tag: number): Element {
  const element = expect(read(bytes, 0), tag);
  if (element.end !== bytes.length) throw new RangeError();
  return element;
}

function children(element: Element): Element[] {
  const list: Element[] = [];
  for (let at = 0; at < element.value.length; at = list[list.length - 1].end) list.push(read(element.value, at));
  return list;
}

function expect(element: Element | undefined, tag: number): Element {
  if (element?.tag !== tag) throw new RangeError();
  return element;
}

function identifier(element: Element | undefined): string {
  const arcs: number[] = [];
  let arc = 0;
  for (const byte of expect(element, OBJECT_IDENTIFIER).value) {
    arc = arc * 128 + (byte & 0x7f);
    if (arc > Number.MAX_SAFE_INTEGER) throw new RangeError();
    if (byte < 0x80) {
      arcs.push(arc);
      arc = 0;
    }
  }
  const [first = 0, ...rest] = arcs;
  const top = Math.min(2, Math.floor(first / 40));
  return [top, first - top * 40, ...rest].join('.');
}

/** "20261121170311.25Z". @see RFC 3161 §2.4.2 */
function timeOf(value: Uint8Array): number | null {
  const text = String.fromCharCode(...value.subarray(0, 40));
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\.\d{1,9})?Z$/.exec(text);
  if (parts === null || value.length > 40) return null;
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(Number);
  const at = Date.UTC(year, month - 1, day, hour, minute, second);
  const exact = new Date(at).toISOString().replaceAll(/[-:T]|\.000Z$/g, '') === text.slice(0, 14);
  return exact ? at + Math.floor(Number(parts[7] ?? '0') * 1000) : null;
}
