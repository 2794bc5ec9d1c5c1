import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ZipFile } from 'yazl';
import { readZip, ZIP_LIMITS, ZipError } from './read-zip';

interface Options {
  compress?: boolean;
  extra?: boolean;
  mode?: number;
}

/** An archive as another program writes it. */
function zipOf(files: Record<string, string>, { compress = false, extra = false, mode = 0o100644 }: Options = {}): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const zip = new ZipFile();
    for (const [path, text] of Object.entries(files))
      zip.addBuffer(Buffer.from(text), path, { compress, mtime: new Date(0), mode, ...(extra ? {} : { forceDosTimestamp: true }) });
    const parts: Buffer[] = [];
    zip.outputStream.on('data', (part: Buffer) => parts.push(part));
    zip.outputStream.on('end', () => resolve(Buffer.concat(parts)));
    zip.outputStream.on('error', reject);
    zip.end();
  });
}
/** Both names of a file, in its header and in the directory, for another of the same length. */
function renamed(zip: Buffer, from: string, to: string): Buffer {
  return Buffer.from(zip.toString('latin1').replaceAll(from, to), 'latin1');
}
function refusal(bytes: Uint8Array, limits = ZIP_LIMITS): string {
  try {
    readZip(bytes, limits);
    return 'read';
  } catch (error) {
    if (error instanceof ZipError) return error.code;
    throw error;
  }
}

describe('an archive', () => {
  it('is read with every byte of every file', async () => {
    const files = { 'a.txt': 'one', 'b/c.txt': 'two'.repeat(5_000), empty: '' };
    const read = readZip(await zipOf(files));
    expect(Object.fromEntries([...read].map(([name, bytes]) => [name, Buffer.from(bytes).toString()]))).toEqual(files);
  });

  it.each([
    ['climbs out of its folder', async () => renamed(await zipOf({ 'aa/b.txt': 'x' }), 'aa/b.txt', '../b.txt'), 'zip_path_unsafe'],
    ['starts at the root', async () => renamed(await zipOf({ 'aetc/x': 'x' }), 'aetc/x', '/etc/x'), 'zip_path_unsafe'],
    ['names a drive', async () => renamed(await zipOf({ cxtemp: 'x' }), 'cxtemp', 'c:temp'), 'zip_path_unsafe'],
    ['has backslashes', async () => renamed(await zipOf({ axb: 'x' }), 'axb', 'a\\b'), 'zip_path_unsafe'],
    ['has a control character in a name', async () => renamed(await zipOf({ axb: 'x' }), 'axb', 'a\u001bb'), 'zip_path_unsafe'],
    ['has a file twice', async () => renamed(await zipOf({ 'one.txt': 'x', 'two.txt': 'y' }), 'two.txt', 'one.txt'), 'zip_duplicate'],
    [
      'has a file twice but for its case',
      async () => renamed(await zipOf({ 'one.txt': 'x', 'two.txt': 'y' }), 'two.txt', 'ONE.txt'),
      'zip_duplicate',
    ],
    ['holds a link', () => zipOf({ 'a.txt': '/etc/passwd' }, { mode: 0o120777 }), 'zip_path_unsafe'],
    [
      'says that another system packed it, whose links would pass',
      async () => {
        const zip = await zipOf({ a: 'x' });
        zip[zip.indexOf(Buffer.from('PK\u0001\u0002')) + 5] = 19;
        return zip;
      },
      'zip_unsupported',
    ],
    [
      'holds a link, and says that no Unix packed it',
      async () => {
        const zip = await zipOf({ a: '/etc/passwd' }, { mode: 0o120777 });
        zip[zip.indexOf(Buffer.from('PK\u0001\u0002')) + 5] = 0;
        return zip;
      },
      'zip_path_unsafe',
    ],
    ['is a bomb', () => zipOf({ bomb: '0'.repeat(50_000_000) }, { compress: true }), 'zip_unsupported'],
    ['gives a file another name in a field besides', () => zipOf({ 'a.txt': 'x' }, { extra: true }), 'zip_unsupported'],
    ['has something in front', async () => Buffer.concat([Buffer.from('PK\u0003\u0004'), await zipOf({ a: 'x' })]), 'zip_malformed'],
    ['has something behind', async () => Buffer.concat([await zipOf({ a: 'x' }), Buffer.from('x')]), 'zip_malformed'],
    ['has two directories', async () => Buffer.concat([await zipOf({ a: 'x' }), await zipOf({ a: 'y' })]), 'zip_malformed'],
    ['is cut off', async () => (await zipOf({ a: 'x' })).subarray(0, -3), 'zip_malformed'],
    [
      'has another name in a header than in the directory',
      async () => {
        const zip = await zipOf({ 'one.txt': 'x' });
        zip.write('two.txt', zip.indexOf('one.txt'), 'latin1');
        return zip;
      },
      'zip_malformed',
    ],
    [
      'is encrypted, it says',
      async () => {
        const zip = await zipOf({ a: 'x' });
        zip[zip.indexOf(Buffer.from('PK\u0001\u0002')) + 8] |= 1;
        return zip;
      },
      'zip_encrypted',
    ],
    [
      'has other bytes than its checksum says',
      async () => {
        const zip = await zipOf({ a: 'words' });
        zip[zip.indexOf('words')] ^= 1;
        return zip;
      },
      'zip_damaged',
    ],
    ['is no archive', async () => Buffer.from('no archive at all, but as long as one'), 'not_a_zip'],
  ])('that %s is refused', async (_what, make, code) => {
    expect(refusal(await make())).toBe(code);
  });

  it('of more files or bytes than are read is refused before they are', async () => {
    const zip = await zipOf({ a: 'x'.repeat(600), b: 'y'.repeat(600) });
    expect(refusal(zip, { entries: 1, fileBytes: 10_000, totalBytes: 10_000 })).toBe('zip_too_large');
    expect(refusal(zip, { entries: 9, fileBytes: 500, totalBytes: 10_000 })).toBe('zip_too_large');
    expect(refusal(zip, { entries: 9, fileBytes: 1_000, totalBytes: 1_000 })).toBe('zip_too_large');
  });

  it('is read or refused with a reason, whatever is done to one that was sound: never a file with other words under its name', async () => {
    const files: Record<string, string> = { 'manifest.json': '{"a":1}', 'records/000000000001.json': '{"b":2}', report: 'words' };
    const zip = await zipOf(files);
    const edit = fc.oneof(
      fc.record({ kind: fc.constant('flip' as const), at: fc.nat(zip.length - 1), to: fc.nat(255) }),
      fc.record({ kind: fc.constant('cut' as const), at: fc.nat(zip.length - 1), to: fc.nat(40) }),
      fc.record({ kind: fc.constant('repeat' as const), at: fc.nat(zip.length - 1), to: fc.nat(60) }),
    );
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), (edits) => {
        let bytes = Buffer.from(zip);
        for (const { kind, at, to } of edits) {
          if (kind === 'flip' && at < bytes.length) bytes[at] = to;
          else if (kind === 'cut') bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + to)]);
          else bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at, at + to), bytes.subarray(at)]);
        }
        let read: Map<string, Uint8Array>;
        try {
          read = readZip(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(ZipError);
          return;
        }
        for (const [name, content] of read) if (files[name] !== undefined) expect(Buffer.from(content).toString()).toBe(files[name]);
      }),
      { numRuns: 2_000 },
    );
  });
});
