import { crc32 } from './crc32';

/**
 * Why an archive is not read. Archives come from outside and are hostile until they have been verified: whatever two readers could understand
 * differently is refused, not guessed.
 */
export type ZipErrorCode =
  | 'not_a_zip'
  | 'zip_malformed'
  | 'zip_unsupported'
  | 'zip_encrypted'
  | 'zip_path_unsafe'
  | 'zip_duplicate'
  | 'zip_too_large'
  | 'zip_damaged';

export class ZipError extends Error {
  override readonly name = 'ZipError';
  constructor(
    readonly code: ZipErrorCode,
    message: string,
  ) {
    super(message);
  }
}

export interface ZipLimits {
  entries: number;
  /** Of one file and of all of them, unpacked. */
  fileBytes: number;
  totalBytes: number;
}
export const ZIP_LIMITS: ZipLimits = { entries: 250_000, fileBytes: 256 * 1024 * 1024, totalBytes: 1024 * 1024 * 1024 };

const END = 0x06054b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const END_BYTES = 22;
const CENTRAL_BYTES = 46;
const LOCAL_BYTES = 30;
const STORED = 0;

interface Entry {
  path: string;
  crc: number;
  packed: number;
  size: number;
  offset: number;
}

/**
 * The files of an archive by path, in the order of the archive. Stored files alone: a bundle is not compressed, and what is not unpacked cannot burst.
 *
 * The central directory is what counts, and every local header must agree with it; there is nothing before, between or behind what it names; no path
 * is absolute, climbs, or appears twice, also not in other case; no field besides gives a file another name or size.
 * @param checksums false to read files on although their checksum is wrong: for a verdict that says where, by better means.
 * @throws ZipError
 * @see APPNOTE.TXT 6.3.10, sections 4.3 and 4.4
 */
export function readZip(bytes: Uint8Array, limits: ZipLimits = ZIP_LIMITS, checksums = true): Map<string, Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries = readDirectory(bytes, view, limits);
  const files = new Map<string, Uint8Array>();
  for (const { entry, data } of locate(bytes, view, entries)) {
    if (checksums && crc32(data) !== entry.crc)
      throw new ZipError('zip_damaged', `${entry.path} does not have the checksum that the archive says.`);
    files.set(entry.path, data);
  }
  return files;
}

function readDirectory(bytes: Uint8Array, view: DataView, limits: ZipLimits): Entry[] {
  const at = bytes.length - END_BYTES;
  if (bytes.length < 4 || (view.getUint32(0, true) !== LOCAL && view.getUint32(0, true) !== END))
    throw new ZipError('not_a_zip', 'This is not a zip archive.');
  // A comment would stand behind the end, and could hold a second end for another reader.
  if (at < 0 || view.getUint32(at, true) !== END || view.getUint16(at + 20, true) !== 0)
    throw new ZipError('zip_malformed', 'The archive does not end with its directory: it is cut off, or something was put behind it.');
  const count = view.getUint16(at + 10, true);
  const length = view.getUint32(at + 12, true);
  const start = view.getUint32(at + 16, true);
  if (count === 0xffff || length === 0xffffffff || start === 0xffffffff)
    throw new ZipError('zip_unsupported', 'The archive is of the 64-bit form (zip64), which is not read.');
  if (view.getUint16(at + 4, true) !== 0 || view.getUint16(at + 6, true) !== 0 || view.getUint16(at + 8, true) !== count)
    throw new ZipError('zip_unsupported', 'The archive is one part of several.');
  if (count > limits.entries) throw new ZipError('zip_too_large', `The archive has more than ${limits.entries} files.`);
  if (start + length !== at) throw new ZipError('zip_malformed', 'The directory of the archive is not where its end says.');
  const entries: Entry[] = [];
  const seen = new Set<string>();
  let total = 0;
  let next = start;
  for (let i = 0; i < count; i++) {
    const { entry, end } = readCentral(bytes, view, next, at);
    next = end;
    const folded = entry.path.normalize('NFC').toLowerCase();
    if (seen.has(folded)) throw new ZipError('zip_duplicate', `${entry.path} is in the archive twice.`);
    seen.add(folded);
    total += entry.size;
    if (entry.size > limits.fileBytes || total > limits.totalBytes)
      throw new ZipError(
        'zip_too_large',
        `Unpacked, ${entry.size > limits.fileBytes ? entry.path : 'the archive'} is larger than is read.`,
      );
    entries.push(entry);
  }
  if (next !== at) throw new ZipError('zip_malformed', 'The directory of the archive has bytes that belong to no file.');
  return entries;
}

function readCentral(bytes: Uint8Array, view: DataView, at: number, limit: number): { entry: Entry; end: number } {
  if (at + CENTRAL_BYTES > limit || view.getUint32(at, true) !== CENTRAL)
    throw new ZipError('zip_malformed', 'The directory of the archive is broken.');
  const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) => view.getUint16(at + offset, true));
  const end = at + CENTRAL_BYTES + nameLength + extraLength + commentLength;
  if (end > limit) throw new ZipError('zip_malformed', 'The directory of the archive is broken.');
  const path = readPath(bytes.subarray(at + CENTRAL_BYTES, at + CENTRAL_BYTES + nameLength));
  const flags = view.getUint16(at + 8, true);
  const method = view.getUint16(at + 10, true);
  if ((flags & 0x2041) !== 0) throw new ZipError('zip_encrypted', `${path} is encrypted; a bundle is not.`);
  if (method !== STORED)
    throw new ZipError('zip_unsupported', `${path} is compressed; a bundle is not. If you have packed it again, bring it as it came.`);
  if (extraLength !== 0) throw new ZipError('zip_unsupported', `${path} has fields besides its name, which are not read.`);
  // Of the upper half, what a Unix says the file is: a link would be read as what it points to.
  const host = view.getUint8(at + 5);
  if (host !== 0 && host !== 3) throw new ZipError('zip_unsupported', `${path} was packed by a system whose file kinds are not read.`);
  const kind = (view.getUint32(at + 38, true) >>> 28) & 0xf;
  if (kind !== 0 && kind !== 0x8) throw new ZipError('zip_path_unsafe', `${path} is not a plain file.`);
  const entry = {
    path,
    crc: view.getUint32(at + 16, true),
    packed: view.getUint32(at + 20, true),
    size: view.getUint32(at + 24, true),
    offset: view.getUint32(at + 42, true),
  };
  if (entry.packed === 0xffffffff || entry.size === 0xffffffff || entry.offset === 0xffffffff)
    throw new ZipError('zip_unsupported', 'The archive is of the 64-bit form (zip64), which is not read.');
  if (entry.packed !== entry.size) throw new ZipError('zip_malformed', `${path} is not as long as the archive says.`);
  return { entry, end };
}

function readPath(name: Uint8Array): string {
  const path = textOf(name);
  if (path === null || path === '' || path.length > 512) throw new ZipError('zip_path_unsafe', 'A file of the archive has no usable name.');
  const parts = path.split('/');
  if (/[\p{Cc}\\:]/u.test(path) || parts.some((part) => part === '' || part === '.' || part === '..'))
    throw new ZipError('zip_path_unsafe', 'A file of the archive has a name that leads elsewhere.');
  return path;
}

function textOf(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** Where each file's bytes are: they follow one another without gaps from the first byte to the directory. */
function* locate(bytes: Uint8Array, view: DataView, entries: readonly Entry[]): Generator<{ entry: Entry; data: Uint8Array }> {
  const inOrder = [...entries].sort((a, b) => a.offset - b.offset);
  let expected = 0;
  for (const entry of inOrder) {
    const at = entry.offset;
    const malformed = () => new ZipError('zip_malformed', `${entry.path} is not where the directory of the archive says.`);
    if (at !== expected || at + LOCAL_BYTES > bytes.length || view.getUint32(at, true) !== LOCAL) throw malformed();
    if (view.getUint16(at + 28, true) !== 0) throw malformed();
    const start = at + LOCAL_BYTES + view.getUint16(at + 26, true);
    const end = start + entry.packed;
    if (end > bytes.length) throw malformed();
    const path = readPath(bytes.subarray(at + LOCAL_BYTES, at + LOCAL_BYTES + view.getUint16(at + 26, true)));
    if (path !== entry.path || view.getUint16(at + 8, true) !== STORED) throw malformed();
    // With bit 3 sizes and checksum follow the data, 12 or 16 bytes that the directory repeats; else they must agree here.
    const follows = (view.getUint16(at + 6, true) & 0x8) !== 0;
    const agrees = [entry.crc, entry.packed, entry.size].every((value, i) => view.getUint32(at + 14 + 4 * i, true) === value);
    if (!follows && !agrees) throw malformed();
    expected = end + (follows ? descriptorBytes(view, end, entry, malformed) : 0);
    yield { entry, data: bytes.subarray(start, end) };
  }
  const directory = view.getUint32(bytes.length - END_BYTES + 16, true);
  if (expected !== directory) throw new ZipError('zip_malformed', 'The archive has bytes that belong to no file.');
}

function descriptorBytes(view: DataView, at: number, { crc, packed, size }: Entry, malformed: () => ZipError): number {
  for (const skip of [4, 0]) {
    if (at + skip + 12 > view.byteLength || (skip === 4 && view.getUint32(at, true) !== 0x08074b50)) continue;
    if ([crc, packed, size].every((value, i) => view.getUint32(at + skip + 4 * i, true) === value)) return skip + 12;
  }
  throw malformed();
}
