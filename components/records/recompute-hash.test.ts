import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import type { RecordDto } from '@/lib/schema/screens';
import { recomputeHash, toMicroseconds } from './recompute-hash';

const sha = (...parts: (string | Buffer)[]) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};
const u64 = (n: bigint) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(n);
  return bytes;
};

/** Made from the format's page with another implementation of SHA-256. */
function record(text = '{"v":1,"name":"Zoë"}'): Omit<RecordDto, 'words'> {
  const genesis = sha('holdfast/genesis/v1\n', 'audit.example.org/ledgers/clinic');
  const body = sha(text);
  const integrity = sha('holdfast/entry/v1\n', u64(0n), u64(1_795_194_191_123_456n), u64(1n), genesis, body);
  return {
    ledger_origin: 'audit.example.org/ledgers/clinic',
    entry: {
      seq: '0',
      id: '0198f3a0-7b1c-7c3e-9a10-0123456789ab',
      received_at: new Date(1_795_194_191_123).toISOString().replace('.123Z', '.123456Z'),
      conversation_seq: '1',
      previous_hash: genesis.toString('hex'),
      integrity_hash: integrity.toString('hex'),
      body_hash: body.toString('hex'),
      body: null,
    },
    canonical: { encoding: 'utf8', text },
    previous: null,
    next: { seq: '1', previous_hash: integrity.toString('hex') },
    retention: null,
  };
}

it('comes to the same hashes as the format’s page', () => {
  expect(recomputeHash(record())).toMatchObject({ bodyMatches: true, integrityMatches: true, previousMatches: true, nextMatches: true });
});
it('finds one altered byte of the body, also where the body hash was altered with it', () => {
  const altered = record();
  altered.canonical = { encoding: 'utf8', text: '{"v":1,"name":"Zoe"}' };
  expect(recomputeHash(altered)).toMatchObject({ bodyMatches: false, integrityMatches: false });
  altered.entry.body_hash = sha('{"v":1,"name":"Zoe"}').toString('hex');
  expect(recomputeHash(altered)).toMatchObject({ bodyMatches: true, integrityMatches: false });
});
it('finds an altered header and a link that does not follow', () => {
  const late = record();
  late.entry.received_at = late.entry.received_at.replace('456Z', '457Z');
  expect(recomputeHash(late).integrityMatches).toBe(false);
  const moved = record();
  moved.ledger_origin = 'audit.example.org/ledgers/other';
  expect(recomputeHash(moved).previousMatches).toBe(false);
});
it('claims nothing about bytes that are not there', () => {
  expect(recomputeHash({ ...record(), canonical: null, next: null })).toMatchObject({
    bodyMatches: null,
    nextMatches: null,
    integrityMatches: true,
  });
});
it('keeps microseconds', () => {
  expect(toMicroseconds('2026-11-20T17:03:11.123456Z') % 1_000_000n).toBe(123_456n);
  expect(toMicroseconds('1970-01-01T00:00:01Z')).toBe(1_000_000n);
  expect(() => toMicroseconds('yesterday')).toThrow(RangeError);
});
