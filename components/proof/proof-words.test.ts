import { expect, it } from 'vitest';
import type { AnchorTargetDto, SignerKeyDto } from '@/lib/schema/proofs';
import { everyWords, targetState, unanchored } from './anchor-words';
import { noteSigners } from './note-keys';

it('says an interval in the largest unit that is exact', () => {
  expect([1, 60, 90, 300, 3600, 5400, 86_400, 172_800].map(everyWords)).toEqual([
    'every second',
    'every minute',
    'every 90 seconds',
    'every 5 minutes',
    'every hour',
    'every 90 minutes',
    'every day',
    'every 2 days',
  ]);
});

const target = (part: Partial<AnchorTargetDto>) =>
  ({ enabled: true, failures: 0, last_success_at: null, last_error: null, ...part }) as AnchorTargetDto;

it('does not let an earlier success stand for a target that fails, nor a setting for a success', () => {
  expect(targetState(target({ failures: 3, last_success_at: '2026-11-20T12:00:00Z' }))).toEqual({
    tone: 'attention',
    words: 'Failed 3 times in a row; last worked',
    at: '2026-11-20T12:00:00Z',
  });
  expect(targetState(target({}))).toMatchObject({ tone: 'waiting', words: 'Not tried yet' });
  expect(targetState(target({ enabled: false, last_success_at: '2026-11-20T12:00:00Z' })).tone).toBe('pending');
});

it('counts the records that no anchor covers, beyond 2^53 too', () => {
  const anchor = { kind: 'witness' as const, target: '', anchored_at: '', size: '9007199254740993' };
  expect(unanchored({ anchor }, '9007199254741000')).toBe('7');
  expect(unanchored({ anchor }, '5')).toBe('0');
  expect(unanchored({ anchor: null }, '5')).toBeNull();
});

it('tells the ledger’s keys under a note from others, also where another uses the same name', () => {
  const line = (id: string) => btoa(String.fromCharCode(...id.match(/../g)!.map((byte) => Number.parseInt(byte, 16)), 1, 2, 3, 4, 5));
  const keys = [{ vkey: 'localhost/clinic+0a0b0c0d+AQ==', kind: 'ed25519' } as SignerKeyDto];
  const note = `localhost/clinic\n2\nAAAA\n\n— localhost/clinic ${line('0a0b0c0d')}\n— localhost/clinic ${line('ffffffff')}\n— witness.example ${line('01020304')}\n`;
  expect(noteSigners(note, keys).map(({ name, keyId, key }) => [name, keyId, key?.kind ?? null])).toEqual([
    ['localhost/clinic', '0a0b0c0d', 'ed25519'],
    ['localhost/clinic', 'ffffffff', null],
    ['witness.example', '01020304', null],
  ]);
  expect(noteSigners('no note at all', keys)).toEqual([]);
});
