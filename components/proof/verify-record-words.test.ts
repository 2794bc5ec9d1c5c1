import { expect, it } from 'vitest';
import type { RecordStep } from '@/lib/chain/record-step';
import { formatVerifierKey, makeVerifierKey } from '@/lib/chain/verifier-key';
import type { RecordVerdict } from '@/lib/chain/verify-record';
import type { ProofLine, RecordProofDto } from '@/lib/schema/proofs';
import { coverageOf } from './coverage';
import { readKeys } from './read-keys';
import { partWords, stepWords } from './step-words';
import { verdictOfRecord } from './verify-words';

const step = (part: Partial<RecordStep>): RecordStep => ({
  name: 'root',
  outcome: 'passed',
  why: null,
  preimage: '',
  hash: '',
  expected: null,
  parts: [],
  ...part,
});
const proof = { seq: '1042', checkpoint: { number: '1204' } } as RecordProofDto;
const say = (verdict: RecordVerdict['verdict'], ...steps: RecordStep[]) => verdictOfRecord(proof, { verdict, steps });

it('names the record, the checkpoint, and the first step that failed', () => {
  expect(say('valid')).toEqual({ tone: 'verified', words: 'Record #1,042 is proven under checkpoint 1,204' });
  const failed = step({ name: 'body_digest', outcome: 'failed', why: 'differs' });
  expect(say('tampered', step({}), failed, step({ outcome: 'failed', why: 'differs' }))).toEqual({
    tone: 'broken',
    words: 'Record #1,042 is not what was signed: the words do not match the digest in their entry',
  });
});
it('calls neither proven nor broken what no checkpoint covers and what no known key signed', () => {
  expect(say('cannot_verify', step({ name: 'proof', outcome: 'not_checked', why: 'not_covered' })).tone).toBe('pending');
  const unknown = step({ name: 'signature', outcome: 'not_checked', why: 'unknown_key' });
  const said = say('cannot_verify', step({ name: 'proof' }), unknown);
  expect(said.tone).toBe('attention');
  expect(said.words).toContain('no signature by a key that is known here');
});
it('says of each step that failed that it failed', () => {
  const names: RecordStep['name'][] = ['body_digest', 'record_id', 'entry_hash', 'proof', 'root', 'checkpoint', 'signature'];
  for (const name of names) {
    const good = stepWords(step({ name })).title;
    const bad = stepWords(step({ name, outcome: 'failed', why: 'differs' })).title;
    expect(bad, name).not.toBe(good);
    expect(bad, name).toMatch(/not|another|cannot/);
  }
});
it('reads numbers out of their bytes, whole', () => {
  expect(partWords({ name: 'seq', hex: '0020000000000001' })).toEqual({ name: 'seq', meaning: '9,007,199,254,740,993' });
  expect(partWords({ name: 'previous_hash', hex: 'ff' }).meaning).toBeNull();
});

it('calls a position covered only below the size that was signed, and anchored only where an anchor reaches', () => {
  const line: Pick<ProofLine, 'checkpoint' | 'anchor'> = {
    checkpoint: { number: '7', size: '100', signed_at: '' },
    anchor: { kind: 'witness', target: '', anchored_at: '', size: '90' },
  };
  expect(coverageOf(line, '99')).toMatchObject({ covered: true, anchored: false, words: 'Covered by checkpoint 7' });
  expect(coverageOf(line, '100')).toMatchObject({ covered: false, tone: 'pending' });
  expect(coverageOf(line, '89').anchored).toBe(true);
  expect(coverageOf({ checkpoint: null, anchor: null }, '0').covered).toBe(false);
});

it('reads pasted keys line by line and refuses what is none', () => {
  const vkey = formatVerifierKey(makeVerifierKey('audit.example.org', 1, new Uint8Array(32).fill(7)));
  const pq = formatVerifierKey(makeVerifierKey('audit.example.org', 6, new Uint8Array(1312).fill(7)));
  expect(readKeys(`# from the audit firm\n ${vkey}\n\n${pq}\n`).map((key) => [key.vkey, key.kind, key.from_size, key.to_size])).toEqual([
    [vkey, 'ed25519', '0', null],
    [pq, 'ml-dsa-44', '0', null],
  ]);
  for (const text of ['', '# nothing', 'no key', `${vkey.slice(0, -4)}AAAA`]) expect(() => readKeys(text), text).toThrow();
});
