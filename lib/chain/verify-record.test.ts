import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RecordProofDto, SignerKeyDto } from '@/lib/schema/proofs';
import { NaiveTree } from '@/lib/testing/naive-tree';
import { injured, testSigner } from '@/lib/testing/sign-notes';
import { toBase64 } from './base64';
import { fromHex, toHex, utf8 } from './bytes';
import { formatCheckpoint } from './checkpoint';
import { entryHash, genesisHash, sha256 } from './entry-hash';
import { formatNote } from './signed-note';
import { formatTlogProof, parseTlogProof } from './tlog-proof';
import { formatVerifierKey } from './verifier-key';
import { type RecordVerdict, verifyRecord } from './verify-record';

const ORIGIN = 'audit.example.org/ledgers/clinic';
const LOG = testSigner(ORIGIN, 0x01, 1);
const LOG_PQ = testSigner(ORIGIN, 0x06, 2);
const WITNESS = testSigner('witness.example/w1', 0x04, 3);
const NOW = 1_800_000_000n;

const bodies = Array.from({ length: 7 }, (_, i) => utf8(`{"action":"user_message_received","id":"record-${i}","v":1}`));
const entries: { previousHash: Uint8Array; integrityHash: Uint8Array; receivedAtUs: bigint }[] = [];
for (const [i, body] of bodies.entries()) {
  const previousHash = entries[i - 1]?.integrityHash ?? genesisHash(ORIGIN);
  const receivedAtUs = 1_795_176_191_123_456n + BigInt(i);
  const integrityHash = entryHash({ seq: BigInt(i), receivedAtUs, conversationSeq: BigInt(i + 1), previousHash, bodyHash: sha256(body) });
  entries.push({ previousHash, integrityHash, receivedAtUs });
}
const TREE = new NaiveTree(entries.map(({ integrityHash }) => integrityHash));
const key = (signer: typeof LOG, from: string, to: string | null): SignerKeyDto => ({
  vkey: formatVerifierKey(signer.key),
  kind: signer.key.type === 0x06 ? 'ml-dsa-44' : 'ed25519',
  incarnation: 1,
  from_size: from,
  to_size: to,
  introduced_at: '2026-01-01T00:00:00.000Z',
});
const KEYS = [key(LOG, '0', null), key(LOG_PQ, '0', null)];

function proofOf(seq: number, size = entries.length): RecordProofDto {
  const { previousHash, integrityHash, receivedAtUs } = entries[seq];
  const root = TREE.root(size);
  const text = formatCheckpoint({ origin: ORIGIN, size: BigInt(size), root, extensions: [] });
  const note = formatNote(text, [LOG.sign(text), LOG_PQ.sign(text, NOW), WITNESS.sign(text, NOW)]);
  return {
    seq: `${seq}`,
    id: `record-${seq}`,
    received_at_us: `${receivedAtUs}`,
    conversation_seq: `${seq + 1}`,
    previous_hash: toHex(previousHash),
    body_hash: toHex(sha256(bodies[seq])),
    integrity_hash: toHex(integrityHash),
    body: toBase64(bodies[seq]),
    tlog_proof: formatTlogProof({ index: BigInt(seq), proof: TREE.path(seq, 0, size), note }),
    keys: KEYS,
    checkpoint: { number: '3', size: `${size}`, root: toHex(root), signed_at: '2027-01-15T08:00:00.000Z', anchors: [], witnessed: false },
  };
}
const outcomes = ({ steps }: RecordVerdict) => steps.map(({ name, outcome, why }) => `${name} ${outcome}${why === null ? '' : ` ${why}`}`);
const failures = (verdict: RecordVerdict) => outcomes(verdict).filter((line) => line.includes(' failed '));
const sha = (hex: string) => createHash('sha256').update(hex, 'hex').digest('hex');

describe('one record', () => {
  it('is verified from its body to the signatures, and each step can be done by hand', () => {
    const dto = proofOf(4);
    const verdict = verifyRecord(dto);
    expect(verdict.verdict).toBe('valid');
    expect(outcomes(verdict)).toEqual([
      'body_digest passed',
      'record_id passed',
      'entry_hash passed',
      'proof passed',
      'leaf_hash passed',
      'path_node passed',
      'path_node passed',
      'path_node passed',
      'root passed',
      'checkpoint passed',
      'signature passed',
      'signature passed',
      'signature not_checked unknown_key',
    ]);
    const hashed = verdict.steps.filter(({ preimage }) => preimage !== '');
    expect(hashed.length).toBe(8);
    for (const step of hashed) {
      expect(sha(step.preimage)).toBe(step.hash);
      if (step.parts.length > 0) expect(step.parts.map(({ hex }) => hex).join('')).toBe(step.preimage);
      if (step.expected !== null) expect(step.expected).toBe(step.hash);
    }
    const [body, , entry, , leaf] = verdict.steps;
    expect(Buffer.from(body.preimage, 'hex').toString()).toBe(bodies[4].reduce((all, byte) => all + String.fromCharCode(byte), ''));
    expect(entry.parts.map(({ name }) => name)).toEqual(['tag', 'seq', 'received_at_us', 'conversation_seq', 'previous_hash', 'body_hash']);
    expect(Buffer.from(entry.parts[0].hex, 'hex').toString()).toBe('holdfast/entry/v1\n');
    expect(entry.parts.slice(1, 4).map(({ hex }) => BigInt(`0x${hex}`).toString())).toEqual([
      dto.seq,
      dto.received_at_us,
      dto.conversation_seq,
    ]);
    expect(leaf.preimage).toBe(`00${dto.integrity_hash}`);
    const nodes = verdict.steps.filter(({ name }) => name === 'path_node');
    expect(nodes.map(({ node }) => node)).toEqual([
      { step: 1, sibling: 'right' },
      { step: 2, sibling: 'right' },
      { step: 3, sibling: 'left' },
    ]);
    expect(nodes[2].hash).toBe(dto.checkpoint?.root);
    const signers = verdict.steps.flatMap(({ signer }) => signer ?? []);
    expect(signers.map(({ name, kind, signed_at }) => [name, kind, signed_at])).toEqual([
      [ORIGIN, 'ed25519', null],
      [ORIGIN, 'ml-dsa-44', '2027-01-15T08:00:00.000Z'],
      ['witness.example/w1', null, null],
    ]);
  });

  it('is verified at every place of every size', () => {
    for (let size = 1; size <= entries.length; size++)
      for (let seq = 0; seq < size; seq++) expect(verifyRecord(proofOf(seq, size)).verdict).toBe('valid');
  });

  it('that was changed is found where it was changed', () => {
    const dto = proofOf(4);
    const other = proofOf(3);
    const flip = (hex: string) => toHex(fromHex(hex).with(7, fromHex(hex)[7] ^ 1));
    const proof = (change: Partial<ReturnType<typeof parseTlogProof>>) =>
      formatTlogProof({ ...parseTlogProof(dto.tlog_proof as string), ...change });
    const siblings = TREE.path(4, 0, 7);
    const shown = dto.checkpoint as NonNullable<RecordProofDto['checkpoint']>;
    const cases: [string, Partial<RecordProofDto>, string[]][] = [
      ['a body', { body: toBase64(utf8('{"action":"user_message_received","id":"record-4","v":2}')) }, ['body_digest failed differs']],
      ['a body that is no base 64', { body: '%' }, ['body_digest failed malformed']],
      ['a digest', { body_hash: flip(dto.body_hash) }, ['body_digest failed differs', 'entry_hash failed differs']],
      ['an id', { id: 'record-3' }, ['record_id failed differs']],
      ['a time', { received_at_us: '1' }, ['entry_hash failed differs']],
      ['a number in its conversation', { conversation_seq: '4' }, ['entry_hash failed differs']],
      ['a link', { previous_hash: flip(dto.previous_hash) }, ['entry_hash failed differs']],
      ['an entry hash', { integrity_hash: flip(dto.integrity_hash) }, ['entry_hash failed differs', 'root failed differs']],
      ['a position', { seq: '3' }, ['entry_hash failed differs', 'proof failed other_index']],
      ['a whole other entry', { ...other, tlog_proof: dto.tlog_proof }, ['proof failed other_index', 'root failed differs']],
      ['an index', { ...other, tlog_proof: proof({ index: 3n }) }, ['root failed differs']],
      ['a path', { tlog_proof: proof({ proof: siblings.with(1, new Uint8Array(32)) }) }, ['root failed differs']],
      ['a shorter path', { tlog_proof: proof({ proof: siblings.slice(1) }) }, ['root failed wrong_length']],
      ['a size that is shown', { checkpoint: { ...shown, size: '8' } }, ['checkpoint failed differs']],
      ['a root that is shown', { checkpoint: { ...shown, root: '00' } }, ['checkpoint failed differs']],
      [
        // The path is the same in a tree of 8: the signatures alone bind the size.
        'a signed size',
        { checkpoint: null, tlog_proof: (dto.tlog_proof as string).replace('\n7\n', '\n8\n') },
        ['signature failed invalid', 'signature failed invalid'],
      ],
    ];
    for (const [what, change, expected] of cases) {
      const verdict = verifyRecord({ ...dto, ...change });
      expect([what, verdict.verdict, failures(verdict)]).toEqual([what, 'tampered', expected]);
    }
  });

  it('whose whole history was made anew fails at the signatures', () => {
    const forged = testSigner(ORIGIN, 0x01, 9);
    const text = formatCheckpoint({ origin: ORIGIN, size: 7n, root: TREE.root(7), extensions: [] });
    const dto = proofOf(4);
    const withNote = (signatures: ReturnType<typeof forged.sign>[]) =>
      verifyRecord({ ...dto, tlog_proof: formatTlogProof({ index: 4n, proof: TREE.path(4, 0, 7), note: formatNote(text, signatures) }) });
    expect(withNote([forged.sign(text)]).verdict).toBe('cannot_verify');
    expect(withNote([{ ...forged.sign(text), keyId: LOG.key.keyId }]).verdict).toBe('tampered');
    expect(withNote([{ ...forged.sign(text), keyId: LOG.key.keyId }, LOG_PQ.sign(text)]).verdict).toBe('tampered');
    // The id of a known key under another name is another key.
    expect(withNote([{ ...LOG.sign(text), name: 'other.example' }]).verdict).toBe('cannot_verify');
  });

  it('from which one of two signatures was taken off is not called proven, whichever it was', () => {
    const text = formatCheckpoint({ origin: ORIGIN, size: 7n, root: TREE.root(7), extensions: [] });
    for (const left of [LOG.sign(text), LOG_PQ.sign(text, NOW)]) {
      const note = formatNote(text, [left]);
      const dto = { ...proofOf(4), tlog_proof: formatTlogProof({ index: 4n, proof: TREE.path(4, 0, 7), note }) };
      const verdict = verifyRecord(dto);
      expect([verdict.verdict, outcomes(verdict).at(-1)]).toEqual(['cannot_verify', 'signature not_checked half_signed']);
    }
  });

  it('is as good as the keys that are trusted, for the sizes for which they are in force', () => {
    const dto = proofOf(4);
    expect(verifyRecord(dto, [key(LOG, '0', '7')]).verdict).toBe('valid');
    expect(verifyRecord(dto, [key(LOG, '7', null)]).verdict).toBe('valid');
    for (const trusted of [[], [key(LOG, '0', '6')], [key(LOG, '8', null)], [key(WITNESS, '0', null)]])
      expect(verifyRecord(dto, trusted).verdict).toBe('cannot_verify');
    expect(outcomes(verifyRecord(dto, [{ ...KEYS[0], vkey: 'x' }])).at(-1)).toBe('signature not_checked key_malformed');
    expect(verifyRecord(dto, [...KEYS, key(WITNESS, '0', null)]).steps.at(-1)?.signer?.signed_at).toBe('2027-01-15T08:00:00.000Z');
  });

  it('that is archived, not covered yet or unreadable is told as such', () => {
    const archived = verifyRecord({ ...proofOf(4), body: null });
    expect([archived.verdict, outcomes(archived)[0]]).toEqual(['valid', 'body_digest not_checked body_archived']);
    const uncovered = verifyRecord({ ...proofOf(4), tlog_proof: null, checkpoint: null });
    expect([uncovered.verdict, outcomes(uncovered).at(-1)]).toEqual(['cannot_verify', 'proof not_checked not_covered']);
    // What contradicts is tampered also where the proof is missing.
    expect(verifyRecord({ ...proofOf(4), tlog_proof: null, conversation_seq: '1' }).verdict).toBe('tampered');
    const unreadable = verifyRecord({ ...proofOf(4), tlog_proof: 'x' });
    expect([unreadable.verdict, outcomes(unreadable).at(-1)]).toEqual(['cannot_verify', 'proof failed proof_malformed']);
    for (const change of [{ seq: '04' }, { received_at_us: 'x' }, { previous_hash: '00' }, { integrity_hash: 'g'.repeat(64) }])
      expect(verifyRecord({ ...proofOf(4), ...change })).toMatchObject({
        verdict: 'cannot_verify',
        steps: [{ name: 'entry_hash', why: 'malformed' }],
      });
  });

  it('from hostile fields gets a verdict, and never a good one that it does not deserve', () => {
    const dto = proofOf(4);
    const wild = (text: string) =>
      fc.oneof(
        injured(fc.constant(text)).map((bytes) => Buffer.from(bytes).toString()),
        fc.string({ unit: 'binary' }),
        fc.constant(text),
      );
    const fields = fc.record({
      seq: wild(dto.seq),
      id: wild(dto.id),
      conversation_seq: wild(dto.conversation_seq),
      previous_hash: wild(dto.previous_hash),
      integrity_hash: wild(dto.integrity_hash),
      body: wild(dto.body as string),
      tlog_proof: wild(dto.tlog_proof as string),
    });
    fc.assert(
      fc.property(fields, (change) => {
        const { tlog_proof, ...rest } = change;
        const verdict = verifyRecord({ ...dto, ...change }, [KEYS[0]]).verdict;
        // A witness's signature may be hurt without a word: nobody here knows it.
        if (verdict === 'valid') for (const [name, value] of Object.entries(rest)) expect(value).toBe(dto[name as 'seq']);
        expect(['valid', 'tampered', 'cannot_verify']).toContain(verdict);
      }),
      { numRuns: 300 },
    );
  });
});
