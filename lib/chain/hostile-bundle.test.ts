import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { NaiveTree } from '@/lib/testing/naive-tree';
import { testSigner } from '@/lib/testing/sign-notes';
import { toHex, utf8 } from './bytes';
import { formatCheckpoint } from './checkpoint';
import { entryHash, genesisHash, sha256 } from './entry-hash';
import { formatNote } from './signed-note';
import { formatVerifierKey } from './verifier-key';
import { verifyBundle } from './verify-bundle';

const ORIGIN = 'audit.example.org/ledgers/clinic';
const LOG = testSigner(ORIGIN, 0x01, 1);
const ID = '01890000-0000-7000-8000-000000000000';
const BODY = utf8(`{"id":"${ID}"}`);
const HEADER = { seq: 0n, receivedAtUs: 1n, conversationSeq: 0n, previousHash: genesisHash(ORIGIN), bodyHash: sha256(BODY) };
const SEAL = entryHash(HEADER);
const ROOT = new NaiveTree([SEAL]).root(1);
const json = (value: unknown) => utf8(`${JSON.stringify(value)}\n`);
const text = formatCheckpoint({ origin: ORIGIN, size: 1n, root: ROOT, extensions: [] });
const KEY = {
  vkey: formatVerifierKey(LOG.key),
  kind: 'ed25519',
  incarnation: 1,
  from_size: '0',
  to_size: null,
  introduced_at: '2026-01-01T00:00:00Z',
};

interface Parts {
  entries?: Uint8Array;
  proofs?: Uint8Array;
  keys?: unknown[];
  anchors?: unknown[];
  more?: [string, Uint8Array][];
  count?: number;
  lines?: unknown[];
}

const ENTRY = json({
  seq: '0',
  id: ID,
  received_at_us: '1',
  conversation_seq: '0',
  previous_hash: toHex(HEADER.previousHash),
  body_hash: toHex(HEADER.bodyHash),
  integrity_hash: toHex(SEAL),
});
const PROOF = json({ seq: '0', proof: [] });

/** A sound bundle of one record, but for what is given. */
function bundle({ entries = ENTRY, proofs = PROOF, keys = [KEY], anchors = [], more = [], count = 1, lines = [] }: Parts) {
  const files = new Map<string, Uint8Array>([
    ['records/000000000000.json', BODY],
    ['entries.jsonl', entries],
    ['proofs.jsonl', proofs],
    ['checkpoint', utf8(formatNote(text, [LOG.sign(text)]))],
    ['keys.json', json({ keys, incarnations: [] })],
    ['anchors/anchors.json', json(anchors)],
    ...more,
  ]);
  const manifest = {
    format: 'holdfast/evidence/v1',
    ledger: { name: 'Clinic', slug: 'clinic', origin: ORIGIN, kind: 'agents' },
    checkpoint: { number: '1', incarnation: 1, origin: ORIGIN, size: '1', root: toHex(ROOT) },
    scope: { kind: 'range', from: '0', to: '0' },
    records: { count, bodies: 1 },
    content: false,
    files: [...[...files].map(([path, bytes]) => ({ path, bytes: bytes.length, sha256: toHex(hash(bytes)) })), ...lines],
  };
  return files.set('manifest.json', json(manifest));
}
/** Verdict and the places of its breaks, and how long it took. */
async function judge(parts: Parts) {
  const began = performance.now();
  const { verdict, breaks } = await verifyBundle(bundle(parts), { trusted: [KEY.vkey], hash });
  return { verdict, paths: breaks.map(({ path }) => path), ms: performance.now() - began };
}
const newlines = new Uint8Array(100_000_000).fill(10);
const hash = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();
const stamp = (file: string) => ({ kind: 'webhook', target: 'somewhere', anchored_at: '2026-01-01T00:00:00Z', file });

describe('a bundle from somebody who would hang whoever checks it', () => {
  it('is judged as it is where nothing is wrong', async () => {
    expect(await judge({})).toMatchObject({ verdict: 'valid', paths: [] });
    const more: [string, Uint8Array][] = [['anchors/1-webhook.json', utf8('{}')]];
    expect(await judge({ anchors: [stamp('anchors/1-webhook.json')], more })).toMatchObject({ verdict: 'valid' });
  });

  it('has lists of a hundred million lines read no further than the manifest counts', async () => {
    for (const parts of [{ entries: newlines }, { proofs: newlines }, { entries: newlines, count: 50_000 }]) {
      const { verdict, ms } = await judge(parts);
      expect(verdict).toBe('tampered');
      // Their hash alone takes most of it.
      expect(ms).toBeLessThan(5_000);
    }
  }, 30_000);

  it('has one line as long as it likes refused', async () => {
    const long = utf8(`{"seq":"0","proof":[],"x":"${'x'.repeat(9_000)}"}\n`);
    expect(await judge({ proofs: long })).toMatchObject({ verdict: 'tampered' });
  });

  it('cannot claim more records than a bundle holds', async () => {
    expect(await judge({ count: 50_001 })).toMatchObject({ verdict: 'cannot_verify', paths: ['manifest.json'] });
    const lines = Array.from({ length: 52_000 }, (_, i) => ({ path: `x${i}`, bytes: 0, sha256: '0'.repeat(64) }));
    expect(await judge({ lines })).toMatchObject({ verdict: 'cannot_verify', paths: ['manifest.json'] });
  });

  it('has at most 256 keys, and none twice, nor two that a signature could both name', async () => {
    const keys = (n: number) =>
      Array.from({ length: n }, (_, i) => ({ ...KEY, vkey: formatVerifierKey(testSigner(`log.example/${i}`, 0x01, 3).key) }));
    expect(await judge({ keys: [KEY, ...keys(255)] })).toMatchObject({ verdict: 'valid' });
    expect(await judge({ keys: [KEY, ...keys(256)] })).toMatchObject({ verdict: 'tampered', paths: ['keys.json'] });
    expect(await judge({ keys: [KEY, { ...KEY, from_size: '1' }] })).toMatchObject({ verdict: 'tampered', paths: ['keys.json'] });
    const sameId = { ...KEY, vkey: KEY.vkey.replace(/[^+]+$/, 'AQ==') };
    expect(await judge({ keys: [KEY, sameId] })).toMatchObject({ verdict: 'tampered', paths: ['keys.json'] });
  });

  it('has no anchors beyond a thousand, and none that names another file than its own', async () => {
    const witnesses = (n: number) => Array.from({ length: n }, () => ({ ...stamp(''), kind: 'witness', file: null }));
    expect(await judge({ anchors: witnesses(1_000) })).toMatchObject({ verdict: 'valid' });
    expect(await judge({ anchors: witnesses(1_001) })).toMatchObject({ verdict: 'tampered' });
    for (const file of ['anchors/run-me.html', 'anchors/2-webhook.json', 'anchors/1-timestamp.tsr', 'records/000000000000.json']) {
      const { verdict, paths } = await judge({ anchors: [stamp(file)], more: [[file, utf8('{}')]] });
      expect([file, verdict, paths.includes('anchors/anchors.json')]).toEqual([file, 'tampered', true]);
    }
    const twice = [stamp('anchors/1-webhook.json'), stamp('anchors/1-webhook.json')];
    expect(await judge({ anchors: twice, more: [['anchors/1-webhook.json', utf8('{}')]] })).toMatchObject({ verdict: 'tampered' });
  });
});
