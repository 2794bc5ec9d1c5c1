import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { addLocalKey, dropLocalKeys, makeLocalKeys, readLocalKeys } from './local-keys';

const context = { ledger: '1', key: 'a' };
let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'holdfast-keys-'));
  file = path.join(folder, 'vault', 'keys.json');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('a file of keys is made once, for its owner alone', () => {
  expect(readLocalKeys(file)).toBeNull();
  expect(makeLocalKeys(file)).toBe(true);
  const first = readFileSync(file);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(path.dirname(file)).mode & 0o777).toBe(0o700);
  expect(makeLocalKeys(file)).toBe(false);
  expect(readFileSync(file)).toEqual(first);
});

it('a file that others may read is refused', () => {
  makeLocalKeys(file);
  for (const mode of [0o640, 0o604, 0o666]) {
    chmodSync(file, mode);
    expect(() => readLocalKeys(file)).toThrow('can be read by others');
  }
});

it('a damaged file is refused, with what to do, and without what is in it', () => {
  makeLocalKeys(file);
  const good = JSON.parse(readFileSync(file, 'utf8'));
  const [{ key }] = good.keys;
  const bad = [
    '',
    '{',
    '{}',
    JSON.stringify({ ...good, format: 'other' }),
    JSON.stringify({ ...good, current: 'local:none' }),
    JSON.stringify({ ...good, keys: [{ ...good.keys[0], key: key.replace(/^./, (c: string) => (c === 'A' ? 'B' : 'A')) }] }),
    JSON.stringify({ ...good, keys: [{ ...good.keys[0], key: key.slice(4) }] }),
  ];
  for (const text of bad) {
    writeFileSync(file, text);
    expect(() => readLocalKeys(file)).toThrow(/Restore it from a copy\.$/);
    expect(() => readLocalKeys(file)).not.toThrow(key);
  }
});

it('what a key wrapped is unwrapped after others were added, for its context alone, and not once its key was dropped', async () => {
  makeLocalKeys(file);
  const old = readLocalKeys(file)!.current;
  const { secret, wrapped } = await old.make(context);
  const next = addLocalKey(file);
  const now = readLocalKeys(file)!;
  expect(now.current.id).toBe(next);
  expect(await now.all.get(old.id)!.unwrap(wrapped, context)).toEqual(secret);
  const faults: [string, Promise<Buffer>][] = [
    ['by another key', now.current.unwrap(wrapped, context)],
    ['for another key', now.all.get(old.id)!.unwrap(wrapped, { ...context, key: 'b' })],
    ['for another ledger', now.all.get(old.id)!.unwrap(wrapped, { ...context, ledger: '2' })],
    ['cut', now.all.get(old.id)!.unwrap(wrapped.subarray(0, 20), context)],
  ];
  for (const [what, opened] of faults) await expect(opened, what).rejects.toMatchObject({ code: 'unreadable' });
  dropLocalKeys(file, new Set([old.id, next]));
  // The current one stays, whoever asks.
  expect([...readLocalKeys(file)!.all.keys()]).toEqual([next]);
});
