import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NaiveTree, numberedLeaves } from '@/lib/testing/naive-tree';
import { checkpoints, injured, noteSignatures, testSigner } from '@/lib/testing/sign-notes';
import { toBase64 } from './base64';
import { toHex, utf8 } from './bytes';
import { formatCheckpoint } from './checkpoint';
import { formatNote, NoteError, type NoteErrorCode } from './signed-note';
import { proveConsistency, proveInclusion } from './tiles';
import { formatTlogProof, MAX_PROOF_HASHES, openTlogProof, parseTlogProof } from './tlog-proof';
import { formatAddCheckpoint, parseAddCheckpoint } from './witness-request';

const ORIGIN = 'audit.example.org/ledgers/clinic';
const LOG = testSigner(ORIGIN, 0x01, 1);
const LOG_PQ = testSigner(ORIGIN, 0x06, 2);
const WITNESS = testSigner('witness.example/w1', 0x04, 3);
const SIZE = 300;
const TREE = new NaiveTree(numberedLeaves(SIZE));
const TEXT = formatCheckpoint({ origin: ORIGIN, size: BigInt(SIZE), root: TREE.root(SIZE), extensions: [] });
const NOTE = utf8(
  formatNote(
    TEXT,
    [LOG, LOG_PQ, WITNESS].map((signer) => signer.sign(TEXT)),
  ),
);
const KEYS = [LOG.key, LOG_PQ.key, WITNESS.key];
const leaf = (i: number) => TREE.mth(i, i + 1);

const NOTE_CODES: NoteErrorCode[] = [
  'too_large',
  'utf8_invalid',
  'control_character',
  'note_malformed',
  'signature_malformed',
  'too_many_signatures',
  'checkpoint_malformed',
];

function refusal(read: () => unknown): string {
  try {
    read();
    return 'accepted';
  } catch (error) {
    if (error instanceof NoteError) return error.code;
    throw error;
  }
}

const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });
const decimal = fc.oneof(fc.bigInt({ min: 0n, max: 300n }), fc.bigInt({ min: 0n, max: (1n << 63n) - 1n }));
const notes = fc
  .tuple(checkpoints, fc.array(noteSignatures, { minLength: 1, maxLength: 2 }))
  .map(([checkpoint, signatures]) => ({ checkpoint, note: utf8(formatNote(formatCheckpoint(checkpoint), signatures)) }));
const proofs = fc
  .tuple(fc.option(fc.uint8Array({ minLength: 1 }), { nil: undefined }), decimal, fc.array(hash, { maxLength: MAX_PROOF_HASHES }), notes)
  .map(([extra, index, proof, { note }]) => ({ ...(extra === undefined ? {} : { extra }), index, proof, note }));
const requests = fc
  .tuple(decimal, fc.array(hash, { maxLength: MAX_PROOF_HASHES }), notes)
  .map(([oldSize, proof, { checkpoint, note }]) => ({ oldSize: oldSize <= checkpoint.size ? oldSize : checkpoint.size, proof, note }));

describe('a tlog-proof', () => {
  it('is laid out as the specification says', async () => {
    const proof = await proveInclusion(TREE.reader(), 299n, 300n);
    const text = formatTlogProof({ extra: utf8('age-v1.2.1-darwin-arm64.tar.gz'), index: 299n, proof, note: NOTE });
    expect(text).toBe(
      [
        'c2sp.org/tlog-proof@v1\n',
        'extra YWdlLXYxLjIuMS1kYXJ3aW4tYXJtNjQudGFyLmd6\n',
        'index 299\n',
        ...proof.map((one) => `${toBase64(one)}\n`),
        '\n',
        Buffer.from(NOTE).toString(),
      ].join(''),
    );
    expect(formatTlogProof({ index: 0n, proof: [], note: NOTE }).split('\n').slice(0, 4)).toEqual([
      'c2sp.org/tlog-proof@v1',
      'index 0',
      '',
      ORIGIN,
    ]);
  });

  it('comes back as it was written, the checkpoint to the byte', () => {
    fc.assert(fc.property(proofs, (one) => void expect(parseTlogProof(formatTlogProof(one))).toEqual(one)));
    fc.assert(
      fc.property(proofs, (one) => void expect(formatTlogProof(parseTlogProof(utf8(formatTlogProof(one))))).toBe(formatTlogProof(one))),
    );
  });

  it('leaves empty extra data out', () => {
    expect(formatTlogProof({ extra: new Uint8Array(0), index: 0n, proof: [], note: NOTE })).toBe(
      formatTlogProof({ index: 0n, proof: [], note: NOTE }),
    );
  });

  it('proves any entry of a tree', async () => {
    for (const index of [0, 1, 255, 256, 299]) {
      const proof = await proveInclusion(TREE.reader(), BigInt(index), BigInt(SIZE));
      const text = formatTlogProof({ index: BigInt(index), proof, note: NOTE });
      const opened = openTlogProof(text, leaf(index), KEYS, ORIGIN);
      expect([opened.index, opened.checkpoint.size, opened.verified.length]).toEqual([BigInt(index), BigInt(SIZE), 3]);
    }
  });

  it('proves no other entry, no other place, no other log, and nothing without a signature of the log', async () => {
    const proof = await proveInclusion(TREE.reader(), 5n, BigInt(SIZE));
    const open = (index: bigint, hashes: Uint8Array[], leafHash: Uint8Array, keys = KEYS, origin = ORIGIN) =>
      refusal(() => openTlogProof(formatTlogProof({ index, proof: hashes, note: NOTE }), leafHash, keys, origin));
    expect(open(5n, proof, leaf(5))).toBe('accepted');
    expect(open(4n, proof, leaf(5))).toBe('not_included');
    expect(open(5n, proof, leaf(4))).toBe('not_included');
    expect(open(300n, proof, leaf(5))).toBe('not_included');
    expect(open((1n << 63n) - 1n, proof, leaf(5))).toBe('not_included');
    expect(open(5n, proof.slice(1), leaf(5))).toBe('not_included');
    expect(open(5n, [], leaf(5))).toBe('not_included');
    for (let i = 0; i < proof.length; i++)
      for (let bit = 0; bit < 256; bit += 3)
        expect(open(5n, proof.with(i, proof[i].with(bit >> 3, proof[i][bit >> 3] ^ (1 << (bit & 7)))), leaf(5), [LOG.key])).toBe(
          'not_included',
        );
    expect(open(5n, proof, leaf(5), [WITNESS.key])).toBe('no_known_signature');
    expect(open(5n, proof, leaf(5), [])).toBe('no_known_signature');
    expect(open(5n, proof, leaf(5), KEYS, 'other.example')).toBe('origin_mismatch');
  });

  it('that is malformed is refused with what is wrong', () => {
    const good = formatTlogProof({ extra: utf8('x'), index: 7n, proof: [leaf(0)], note: NOTE });
    const line = `${toBase64(leaf(0))}\n`;
    const cases: [string, string][] = [
      ['', 'proof_malformed'],
      [good.replace('c2sp.org/tlog-proof@v1', 'c2sp.org/tlog-proof@v2'), 'proof_malformed'],
      [`\n${good}`, 'proof_malformed'],
      [good.replace('extra eA==', 'extra'), 'proof_malformed'],
      [good.replace('extra eA==', 'extra '), 'proof_malformed'],
      [good.replace('extra eA==', 'extra eB=='), 'proof_malformed'],
      [good.replace('extra eA==', 'extra eA==\nextra eA=='), 'proof_malformed'],
      [good.replace('index 7\n', ''), 'proof_malformed'],
      [good.replace('index 7', 'index 07'), 'proof_malformed'],
      [good.replace('index 7', 'index  7'), 'proof_malformed'],
      [good.replace('index 7', 'index -7'), 'proof_malformed'],
      [good.replace('index 7', 'index 9223372036854775808'), 'proof_malformed'],
      [good.replace(line, line.replace('=', '')), 'proof_malformed'],
      [good.replace(line, 'YmFuYW5hcw==\n'), 'proof_malformed'],
      [good.replace(line, line.repeat(MAX_PROOF_HASHES + 1)), 'proof_malformed'],
      [good.replace(line, line.repeat(5000)), 'proof_malformed'],
      [good.replace('\n\n', '\n'), 'proof_malformed'],
      [good.replace('\n\n', '\n\n\n'), 'checkpoint_malformed'],
      [good.trimEnd(), 'note_malformed'],
      [good.replaceAll('\n', '\r\n'), 'control_character'],
      [good.replace('index 7', `extra ${'A'.repeat(2 ** 21)}`), 'too_large'],
    ];
    expect(refusal(() => parseTlogProof(good))).toBe('accepted');
    expect(refusal(() => parseTlogProof(good.replace(line, line.repeat(MAX_PROOF_HASHES))))).toBe('accepted');
    for (const [text, code] of cases)
      expect(
        refusal(() => parseTlogProof(text)),
        text.slice(0, 200),
      ).toBe(code);
  });

  it('that is hostile is refused with a code or is the proof that it is read as', () => {
    const anything = fc.oneof(injured(proofs.map(formatTlogProof)), fc.uint8Array(), fc.string({ unit: 'binary' }).map(utf8));
    fc.assert(
      fc.property(anything, (bytes) => {
        const code = refusal(() => expect(utf8(formatTlogProof(parseTlogProof(bytes)))).toEqual(bytes));
        expect([...NOTE_CODES, 'proof_malformed', 'accepted']).toContain(code);
      }),
      { numRuns: 500 },
    );
  });

  it('is not written where it could not be read', () => {
    expect(refusal(() => formatTlogProof({ index: 0n, proof: [new Uint8Array(31)], note: NOTE }))).toBe('proof_malformed');
    expect(refusal(() => formatTlogProof({ index: 0n, proof: Array(64).fill(leaf(0)), note: NOTE }))).toBe('proof_malformed');
    expect(refusal(() => formatTlogProof({ index: 0n, proof: [], note: 'x' }))).toBe('note_malformed');
    expect(() => formatTlogProof({ index: -1n, proof: [], note: NOTE })).toThrow(RangeError);
  });
});

/** From the page of the specification. */
const REQUEST = `old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=
`;

describe('a request to a witness', () => {
  it("is the specification's example", () => {
    const { oldSize, proof, note } = parseAddCheckpoint(REQUEST);
    expect(oldSize).toBe(20852014n);
    expect(proof.map(toBase64)).toEqual(REQUEST.split('\n').slice(1, 5));
    expect(Buffer.from(note).toString()).toBe(REQUEST.slice(REQUEST.indexOf('\n\n') + 2));
    expect(formatAddCheckpoint({ oldSize, proof, note })).toBe(REQUEST);
  });

  it('comes back as it was written, the checkpoint to the byte', async () => {
    fc.assert(fc.property(requests, (one) => void expect(parseAddCheckpoint(formatAddCheckpoint(one))).toEqual(one)));
    const proof = await proveConsistency(TREE.reader(), 257n, 300n);
    expect(toHex(parseAddCheckpoint(formatAddCheckpoint({ oldSize: 257n, proof, note: NOTE })).note)).toBe(toHex(NOTE));
  });

  it('that is malformed is refused with what is wrong', () => {
    const line = 'PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n';
    const cases: [string, string][] = [
      ['', 'request_malformed'],
      ['\n\n', 'request_malformed'],
      [REQUEST.replace('old ', 'old'), 'request_malformed'],
      [REQUEST.replace('old ', 'new '), 'request_malformed'],
      [REQUEST.replace('old 20852014', 'old 020852014'), 'request_malformed'],
      [REQUEST.replace('old 20852014', 'old 20852164'), 'request_malformed'],
      [REQUEST.replace('old 20852014\n', ''), 'request_malformed'],
      [REQUEST.replace(line, line.repeat(61)), 'request_malformed'],
      [REQUEST.replace(line, line.repeat(9000)), 'request_malformed'],
      [REQUEST.replace(line, line.replace('=', '')), 'request_malformed'],
      [REQUEST.replace('\n\n', '\n\n\n'), 'checkpoint_malformed'],
      [REQUEST.trimEnd(), 'note_malformed'],
      [REQUEST.slice(0, REQUEST.indexOf('\n\n') + 2), 'note_malformed'],
      [`${REQUEST}\n`, 'note_malformed'],
      [`${REQUEST}x\n`, 'signature_malformed'],
      [REQUEST.replaceAll('\n', '\r\n'), 'control_character'],
      [REQUEST.replace(line, line.repeat(12_000)), 'too_large'],
    ];
    for (const [text, code] of cases)
      expect([refusal(() => parseAddCheckpoint(text)), text.slice(0, 100)]).toEqual([code, text.slice(0, 100)]);
    expect(refusal(() => parseAddCheckpoint(REQUEST.replace(line, line.repeat(60))))).toBe('accepted');
    expect(refusal(() => parseAddCheckpoint(REQUEST.replace('old 20852014', 'old 20852163')))).toBe('accepted');
    expect(refusal(() => formatAddCheckpoint({ oldSize: 301n, proof: [], note: NOTE }))).toBe('request_malformed');
  });

  it('that is hostile is refused with a code or is the request that it is read as', () => {
    const anything = fc.oneof(
      injured(requests.map(formatAddCheckpoint)),
      injured(fc.constant(REQUEST)),
      fc.uint8Array(),
      fc.string({ unit: 'binary' }).map(utf8),
    );
    fc.assert(
      fc.property(anything, (bytes) => {
        const code = refusal(() => expect(utf8(formatAddCheckpoint(parseAddCheckpoint(bytes)))).toEqual(bytes));
        expect([...NOTE_CODES, 'request_malformed', 'accepted']).toContain(code);
      }),
      { numRuns: 500 },
    );
  });
});
