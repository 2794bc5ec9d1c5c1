import { chmodSync, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSigner } from '@/lib/proofs/open-signer';
import { beginRotation, givenKeys, keepKeys, readKeys } from './keep-keys';

let dir: string;
let file: string;
beforeEach(() => {
  dir = mkdtempSync(path.join(os.tmpdir(), 'holdfast-keys-'));
  file = path.join(dir, 'secret/keys.json');
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
  delete process.env.SIGNER_KEY_FILE;
  delete process.env.SIGNER_DIR;
});

describe('a signer’s keys', () => {
  it('that were given and are not there are not made: a secret that was not mounted is no first start', () => {
    Object.assign(process.env, {
      DATABASE_URL: 'postgresql://nowhere/x',
      AUTH_SECRET: 'x'.repeat(40),
      SIGNER_DIR: dir,
      SIGNER_KEY_FILE: file,
    });
    expect(() => openSigner()).toThrow(/There is no .*keys\.json, which SIGNER_KEY_FILE names/);
    expect(existsSync(path.dirname(file))).toBe(false);
    const made = keepKeys(file);
    expect(openSigner()!.keys.current.ed25519.publicKey).toEqual(made.current.ed25519.publicKey);
    expect(givenKeys(file).current.ed25519.publicKey).toEqual(made.current.ed25519.publicKey);
  });

  it.each([0o644, 0o640, 0o604, 0o610, 0o666])('are not read where others than their owner may open them: mode %o', (mode) => {
    keepKeys(file);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    chmodSync(file, mode);
    for (const use of [readKeys, keepKeys, givenKeys, beginRotation]) expect(() => use(file)).toThrow(`chmod 600 ${file}`);
    for (const own of [0o600, 0o400]) {
      chmodSync(file, own);
      expect(readKeys(file)).not.toBeNull();
    }
  });
});
