import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { utf8 } from '@/lib/chain/bytes';
import { formatCertificate } from '@/lib/chain/destruction-certificate';
import { formatNote } from '@/lib/chain/signed-note';
import { formatVerifierKey } from '@/lib/chain/verifier-key';
import { someCertificate } from '@/lib/testing/make-certificate';
import { testSigner } from '@/lib/testing/sign-notes';
import { verifyFile } from './verify-file';

const LEDGER = 'audit.example.org/ledgers/clinic';
const signer = testSigner(LEDGER, 0x01, 1);
const KEY = formatVerifierKey(signer.key);
const text = formatCertificate(someCertificate(LEDGER, KEY));
const note = formatNote(text, [signer.sign(text)]);
const json = (over: Record<string, unknown> = {}) =>
  JSON.stringify({
    format: 'holdfast/signed-certificate/v1',
    sha256: createHash('sha256').update(note).digest('hex'),
    note,
    certificate: someCertificate(LEDGER, KEY),
    ...over,
  });
const judge = async (file: string, trusted: string[] = [KEY]) => {
  const { verdict } = await verifyFile(utf8(file), { trusted });
  return { kind: verdict.kind, verdict: verdict.verdict };
};

it('a certificate is valid by a key that was given, and consistent by its own', async () => {
  for (const file of [note, json()]) {
    expect(await judge(file)).toEqual({ kind: 'certificate', verdict: 'valid' });
    expect(await judge(file, [])).toEqual({ kind: 'certificate', verdict: 'consistent' });
  }
});

it('is tampered with where its text was changed, or what stands beside it', async () => {
  expect(await judge(note.replace('"destroyed":2', '"destroyed":1'))).toMatchObject({ verdict: 'tampered' });
  expect(await judge(json({ note: note.replace('"destroyed":2', '"destroyed":1') }))).toMatchObject({ verdict: 'tampered' });
  expect(await judge(json({ certificate: someCertificate(LEDGER, KEY, { number: 4 }) }))).toMatchObject({ verdict: 'tampered' });
  expect(await judge(json({ sha256: 'ab'.repeat(32) }))).toMatchObject({ verdict: 'tampered' });
});

it('cannot be verified by keys that did not sign it, and what is none is told', async () => {
  expect(await judge(note, [formatVerifierKey(testSigner('audit.example.org/ledgers/other', 0x01, 2).key)])).toMatchObject({
    verdict: 'cannot_verify',
  });
  expect(await judge(note, [formatVerifierKey(testSigner(LEDGER, 0x01, 9).key)])).toMatchObject({ verdict: 'cannot_verify' });
  expect(await judge(`holdfast/destruction-certificate/v1\n{}\n`)).toEqual({ kind: 'certificate', verdict: 'cannot_verify' });
  expect(await judge('{"format":"holdfast/signed-certificate/v1","note":5}')).toMatchObject({ kind: 'unknown' });
});
