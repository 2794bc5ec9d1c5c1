import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nodeSha256 as hashOf } from '@/lib/ledger/node-sha256';
import { testSigner } from '@/lib/testing/sign-notes';
import {
  type ArchiveManifest,
  contradictManifest,
  formatManifest,
  inRanges,
  openManifest,
  parseManifest,
  readRanges,
  sayRanges,
} from './archive-manifest';
import { type ArchivedEntry, formatEntryLine, MAX_LINE_BYTES, readEntryLine, SegmentWalk } from './archive-segment';
import { concatBytes, equalBytes, utf8 } from './bytes';
import { entryHash } from './entry-hash';
import { formatNote } from './signed-note';

const nodeSha256 = (bytes: Uint8Array) => Uint8Array.from(hashOf(bytes));
const ORIGIN = 'audit.example.org/ledgers/clinic';
const LOG = testSigner(ORIGIN, 0x01, 1);
const body = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.string({ unit: 'binary', maxLength: 100 }).map(utf8),
  fc.json({ maxDepth: 2 }).map(utf8),
  fc.constantFrom('\ufeff{}', '{"a":"\\ud800"}', '{"b":"\u2028\u0000"}', '').map(utf8),
);

/** Entries with those gaps before them, chained where they are neighbours. */
function entriesOf(bodies: readonly Uint8Array[], gaps: readonly number[] = [], first = 0n): ArchivedEntry[] {
  let seq = first - 1n;
  let previousHash: Uint8Array = nodeSha256(utf8('before'));
  return bodies.map((bytes, i) => {
    seq += BigInt(1 + (gaps[i] ?? 0));
    if ((gaps[i] ?? 0) > 0) previousHash = nodeSha256(utf8(`gap ${i}`));
    const header = {
      seq,
      receivedAtUs: 1_700_000_000_000_000n + seq,
      conversationSeq: BigInt(i),
      previousHash,
      bodyHash: nodeSha256(bytes),
    };
    previousHash = entryHash(header, nodeSha256);
    return {
      header,
      id: `01890000-0000-7000-8000-${String(i).padStart(12, '0')}`,
      integrityHash: previousHash,
      submitted: nodeSha256(utf8(`${i}`)),
      body: bytes,
    };
  });
}
const linesOf = (entries: readonly ArchivedEntry[]) => concatBytes(...entries.map(formatEntryLine));

function walk(bytes: Uint8Array, chunk = bytes.length || 1) {
  const entries: ArchivedEntry[] = [];
  const walked = new SegmentWalk({ hash: nodeSha256, onEntry: (entry) => entries.push(entry) });
  for (let at = 0; at < bytes.length; at += chunk) walked.push(bytes.subarray(at, at + chunk));
  return { totals: { ...walked.finish(), rawSha256: nodeSha256(bytes) }, faults: walked.faults, entries };
}

function manifestOf(entries: readonly ArchivedEntry[], bytes: Uint8Array, over: Partial<ArchiveManifest> = {}): ArchiveManifest {
  const { totals } = walk(bytes);
  return {
    ledger: ORIGIN,
    number: 2n,
    madeAt: '2026-11-21T10:00:00.000Z',
    object: 'clinic/000000000002.jsonl.gz',
    rows: entries.length,
    ranges: totals.ranges,
    raw: { bytes: bytes.length, sha256: nodeSha256(bytes) },
    gzip: { bytes: 10, sha256: nodeSha256(utf8('gz')) },
    firstHash: entries[0].integrityHash,
    lastHash: entries.at(-1)!.integrityHash,
    retainUntil: '2033-11-21T00:00:00.000Z',
    checkpoint: { number: 7n, size: entries.at(-1)!.header.seq + 1n, root: nodeSha256(utf8('root')), note: 'a\nb “c”\n\n— d e\n' },
    keys: [{ vkey: 'x+y+z', kind: 'ed25519', incarnation: 1, from_size: '0', to_size: null, introduced_at: '2026-01-01T00:00:00.000Z' }],
    previous: nodeSha256(utf8('before')),
    ...over,
  };
}

describe('the lines of a segment', () => {
  it('give back every body, byte for byte, whatever it is, however the bytes arrive', () => {
    fc.assert(
      fc.property(
        fc.array(body, { minLength: 1, maxLength: 8 }),
        fc.array(fc.nat(3), { maxLength: 8 }),
        fc.integer({ min: 1, max: 700 }),
        (bodies, gaps, chunk) => {
          const entries = entriesOf(bodies, gaps, 5n);
          const { faults, totals, entries: read } = walk(linesOf(entries), chunk);
          expect(faults).toEqual([]);
          expect(read).toEqual(entries);
          expect(totals.rows).toBe(entries.length);
          expect(entries.every(({ header }) => inRanges(totals.ranges, header.seq))).toBe(true);
          expect(readRanges(sayRanges(totals.ranges))).toEqual(totals.ranges);
        },
      ),
    );
  });

  it('have one spelling: whatever byte is changed, it is a fault or contradicts the manifest, and nothing throws', () => {
    const entries = entriesOf(['{"a":1}', '{"b":"ü \\u0007"}', '\0raw'].map(utf8), [0, 0, 4]);
    const bytes = linesOf(entries);
    const manifest = manifestOf(entries, bytes);
    for (let at = 0; at < bytes.length; at++) {
      for (const change of [1, 0x20, 0x80]) {
        const altered = Uint8Array.from(bytes);
        altered[at] ^= change;
        const { faults, totals } = walk(altered);
        // The digest of what was sent is in no hash of the chain but in that of the whole.
        expect(contradictManifest(manifest, totals)).not.toBeNull();
        // What was sent, and under which id, is in no hash of the chain but in that of the whole.
        const outside = /"(submitted|id)":"[0-9a-f-]*$/.test(new TextDecoder('latin1').decode(bytes.subarray(0, at)));
        if (!outside) expect([at, change, faults.length > 0]).toEqual([at, change, true]);
      }
    }
  });

  it.each([
    ['cut off in a line', (b: Uint8Array) => b.subarray(0, b.length - 3), ['cut_off']],
    ['in another order', (b: Uint8Array) => swapLines(b), ['order']],
    ['one of them twice', (b: Uint8Array) => concatBytes(b, b.subarray(b.lastIndexOf(10, b.length - 2) + 1)), ['order']],
    ['an empty line among them', (b: Uint8Array) => concatBytes(b, utf8('\n')), ['line_malformed']],
    ['a byte order mark before them', (b: Uint8Array) => concatBytes(utf8('\ufeff'), b), ['line_malformed']],
  ])('are not taken %s', (_what, change, codes) => {
    const entries = entriesOf(['{"a":1}', '{"b":2}'].map(utf8));
    const { faults } = walk(change(linesOf(entries)));
    expect(faults.map(({ code }) => code)).toEqual(codes);
  });

  it('without an end are given up at the longest line that there can be', () => {
    const walked = new SegmentWalk({ hash: nodeSha256 });
    const chunk = new Uint8Array(65_536).fill(0x20);
    for (let i = 0; i < 200; i++) walked.push(chunk);
    walked.finish();
    expect(walked.faults[0]).toMatchObject({ code: 'line_too_long' });
  });

  it('hold the largest body that a record can have, of whatever characters', () => {
    for (const char of ['a', '"', '\u0001', 'ü', '\u2028']) {
      const [entry] = entriesOf([utf8(char.repeat(65_536)).subarray(0, 65_536)]);
      const line = formatEntryLine(entry);
      expect(line.length).toBeLessThanOrEqual(MAX_LINE_BYTES);
      expect(readEntryLine(line.subarray(0, -1))).toEqual(entry);
    }
  });

  it('of anybody’s making throw nothing', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => void walk(bytes, 7)));
    fc.assert(fc.property(fc.json(), (text) => void walk(utf8(`${text}\n`))));
  });

  it('say where a link is broken, and where a body is another', () => {
    const entries = entriesOf(['{"a":1}', '{"b":2}', '{"c":3}'].map(utf8));
    const other = { ...entries[1], body: utf8('{"b":3}') };
    expect(walk(linesOf([entries[0], other, entries[2]])).faults).toEqual([{ line: 2, seq: 1n, code: 'body_altered' }]);
    const forged = { ...entries[1].header, previousHash: nodeSha256(utf8('x')) };
    const apart = { ...entries[1], header: forged, integrityHash: entryHash(forged, nodeSha256) };
    expect(walk(linesOf([entries[0], apart])).faults).toEqual([{ line: 2, seq: 1n, code: 'link_broken' }]);
  });
});

describe('a manifest', () => {
  const entries = entriesOf(['{"a":1}', '{"b":2}', '{"c":3}'].map(utf8), [3, 0, 5]);
  const bytes = linesOf(entries);
  const sound = manifestOf(entries, bytes);
  const sign = (text: string) => formatNote(text, [LOG.sign(text)]);

  it('is read as it was written, and agrees with its lines', () => {
    expect(parseManifest(formatManifest(sound))).toEqual(sound);
    expect(openManifest(sign(formatManifest(sound)), [LOG.key], ORIGIN)).toEqual(sound);
    expect(contradictManifest(sound, walk(bytes).totals)).toBeNull();
    const first = { ...sound, number: 1n, previous: null };
    expect(parseManifest(formatManifest(first))).toEqual(first);
  });

  it.each<[string, Partial<ArchiveManifest>]>([
    [
      'overlap',
      {
        ranges: [
          { from: 3n, to: 4n },
          { from: 4n, to: 4n },
        ],
      },
    ],
    [
      'touch',
      {
        ranges: [
          { from: 3n, to: 4n },
          { from: 5n, to: 5n },
        ],
      },
    ],
    ['run backwards', { ranges: [{ from: 5n, to: 3n }] }],
    ['hold more than it counts', { ranges: [{ from: 3n, to: 6n }] }],
    ['are none', { ranges: [], rows: 0 }],
  ])('whose ranges %s is none', (_what, over) => {
    expect(() => formatManifest({ ...sound, ...over })).toThrow();
  });

  it('is none where its checkpoint does not cover it, where it has no place, and where its times are none', () => {
    for (const over of [
      { checkpoint: { ...sound.checkpoint, size: 9n } },
      { number: 0n },
      { number: 1n },
      { previous: null },
      { madeAt: '2026-13-41T99:00:00.000Z' },
    ])
      expect(() => formatManifest({ ...sound, ...over })).toThrow();
  });

  it('tells which segments were given up right before it, and names the one before those', () => {
    for (const told of [
      { ...sound, number: 9n, abandoned: { from: 7n, to: 8n } },
      { ...sound, number: 3n, abandoned: { from: 1n, to: 2n }, previous: null },
    ])
      expect(parseManifest(formatManifest(told))).toEqual(told);
    for (const over of [
      { number: 9n, abandoned: { from: 6n, to: 7n } },
      { number: 9n, abandoned: { from: 8n, to: 9n } },
      { number: 9n, abandoned: { from: 9n, to: 8n } },
      { number: 9n, abandoned: { from: 0n, to: 8n } },
      { number: 9n, abandoned: { from: 1n, to: 8n } },
      { number: 9n, abandoned: { from: 7n, to: 8n }, previous: null },
    ])
      expect(() => formatManifest({ ...sound, ...over })).toThrow();
  });

  it('is of its ledger and its signer alone', () => {
    const note = sign(formatManifest(sound));
    expect(() => openManifest(note, [LOG.key], 'audit.example.org/ledgers/other')).toThrow(
      expect.objectContaining({ code: 'origin_mismatch' }),
    );
    expect(() => openManifest(note, [testSigner(ORIGIN, 0x01, 2).key], ORIGIN)).toThrow(
      expect.objectContaining({ code: 'no_known_signature' }),
    );
  });

  it('has one spelling, and nothing that is changed in its note is taken', () => {
    const note = utf8(sign(formatManifest(sound)));
    for (let at = 0; at < note.length; at += 3) {
      const altered = Uint8Array.from(note);
      altered[at] ^= 1;
      expect(() => openManifest(altered, [LOG.key], ORIGIN)).toThrow(expect.objectContaining({ name: 'NoteError' }));
    }
    const spaced = formatManifest(sound).replace('","', '", "');
    expect(() => parseManifest(spaced)).toThrow(expect.objectContaining({ code: 'note_malformed' }));
  });

  it('of anybody’s making throws what a note throws', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json().map((json) => `holdfast/archive-manifest/v1\n${json}\n`),
        ),
        (text) => {
          try {
            parseManifest(text);
          } catch (error) {
            expect((error as Error).name).toBe('NoteError');
          }
        },
      ),
    );
  });
});

it('positions are in ranges exactly where they are', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(60), { minLength: 1 }), (numbers) => {
      const sorted = [...numbers].sort((a, b) => a - b);
      const ranges: { from: bigint; to: bigint }[] = [];
      for (const n of sorted.map(BigInt)) {
        const last = ranges.at(-1);
        if (last && last.to + 1n === n) last.to = n;
        else ranges.push({ from: n, to: n });
      }
      for (let n = 0n; n < 62n; n++) expect(inRanges(ranges, n)).toBe(sorted.includes(Number(n)));
    }),
  );
});

function swapLines(bytes: Uint8Array): Uint8Array {
  const at = bytes.indexOf(10) + 1;
  const swapped = concatBytes(bytes.subarray(at), bytes.subarray(0, at));
  expect(equalBytes(swapped, bytes)).toBe(false);
  return swapped;
}
