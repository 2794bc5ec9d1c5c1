import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { utf8 } from '@/lib/chain/bytes';
import { readTimeStamp } from '@/lib/chain/read-time-stamp';
import { type BundleVerdict, verifyBundle } from '@/lib/chain/verify-bundle';
import { nodeSha256 } from '@/lib/ledger/node-sha256';
import { hasOpenssl, startTimeAuthority, type TimeAuthority } from '@/lib/testing/time-authority';

const present = hasOpenssl();
if (!present) console.warn('skipped: openssl, which plays the time-stamping authority, is not installed');

const ROOT = new Uint8Array(32).fill(7);
const TEXT = `audit.example.org/ledgers/stamped\n3\n${Buffer.from(ROOT).toString('base64')}\n`;
const NOTE = `${TEXT}\n— audit.example.org/ledgers/stamped AAAAAQI=\n`;
let authority: TimeAuthority;
let stamp: Buffer;

function stampOf(text: string): Buffer {
  writeFileSync(path.join(authority.dir, 'stamped'), text);
  authority.openssl('ts', '-query', '-data', 'stamped', '-sha256', '-cert', '-out', 'stamped.tsq');
  return authority.reply(readFileSync(path.join(authority.dir, 'stamped.tsq')));
}

beforeAll(async () => {
  if (!present) return;
  authority = await startTimeAuthority();
  stamp = stampOf(TEXT);
}, 60_000);
afterAll(() => authority?.close());

/** A bundle of no record whose checkpoint was stamped: nothing else of it matters here. */
async function judge(tsr: Uint8Array): Promise<BundleVerdict> {
  const files = new Map<string, Uint8Array>([
    ['checkpoint', utf8(NOTE)],
    ['entries.jsonl', new Uint8Array(0)],
    ['proofs.jsonl', new Uint8Array(0)],
    ['keys.json', utf8('{"keys":[],"incarnations":[]}')],
    [
      'anchors/anchors.json',
      utf8('[{"kind":"timestamp","target":"An authority","anchored_at":"2026-11-21T00:00:00.000Z","file":"anchors/1-timestamp.tsr"}]'),
    ],
    ['anchors/1-timestamp.tsr', tsr],
  ]);
  const manifest = {
    format: 'holdfast/evidence/v1',
    ledger: { name: 'Stamped', slug: 'stamped', origin: 'audit.example.org/ledgers/stamped', kind: 'agents' },
    checkpoint: {
      number: '1',
      incarnation: 1,
      origin: 'audit.example.org/ledgers/stamped',
      size: '3',
      root: Buffer.from(ROOT).toString('hex'),
    },
    scope: { kind: 'range', from: '0', to: '0' },
    records: { count: 0, bodies: 0 },
    content: false,
    files: [...files].map(([name, bytes]) => ({ path: name, bytes: bytes.length, sha256: Buffer.from(nodeSha256(bytes)).toString('hex') })),
  };
  files.set('manifest.json', utf8(JSON.stringify(manifest)));
  return verifyBundle(files, { hash: nodeSha256 });
}
const anchorsOf = (verdict: BundleVerdict) => verdict.checks.filter(({ name }) => name === 'anchors');
const codes = (verdict: BundleVerdict) => verdict.breaks.filter(({ path: at }) => at.startsWith('anchors/')).map(({ code }) => code);

describe.skipIf(!present)('a time stamp in a bundle', () => {
  it('of this checkpoint is told with the time that openssl reads out of it, and nobody is said to have signed it', async () => {
    const verdict = await judge(stamp);
    expect(codes(verdict)).toEqual([]);
    writeFileSync(path.join(authority.dir, 'read.tsr'), stamp);
    const told = /Time stamp: (.+)/.exec(authority.openssl('ts', '-reply', '-in', 'read.tsr', '-text').toString())![1];
    expect(anchorsOf(verdict)).toEqual([
      {
        name: 'anchors',
        outcome: 'not_checked',
        say: expect.stringContaining(new Date(Math.floor(Date.parse(told) / 1000) * 1000).toISOString().slice(0, 19)),
      },
    ]);
    expect(verdict.not_checked.join(' ')).toContain('openssl ts -verify');
  });

  it('of another checkpoint is found', async () => {
    const verdict = await judge(stampOf(TEXT.replace('\n3\n', '\n4\n')));
    expect(codes(verdict)).toEqual(['stamp_mismatch']);
    expect(anchorsOf(verdict)[0].outcome).toBe('failed');
  });

  it('that is none is found', async () => {
    expect(codes(await judge(utf8('granted, believe me')))).toEqual(['malformed']);
    expect(codes(await judge(stamp.subarray(0, -1)))).toEqual(['malformed']);
    expect(codes(await judge(Buffer.concat([stamp, Buffer.alloc(1)])))).toEqual(['malformed']);
  });

  it('never throws in its reader, whatever bytes come, nor for a stamp with one byte changed', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void readTimeStamp(bytes)));
    const before = readTimeStamp(stamp)!;
    fc.assert(
      fc.property(fc.nat(stamp.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const bent = Buffer.from(stamp);
        bent[at] ^= change;
        const read = readTimeStamp(bent);
        expect(read === null || Number.isFinite(read.at)).toBe(true);
      }),
      { numRuns: 500 },
    );
    expect(before.algorithm).toBe('2.16.840.1.101.3.4.2.1');
  });
});
