import { expect, it } from 'vitest';
import { utf8 } from '@/lib/chain/bytes';
import { formatCheckpoint } from '@/lib/chain/checkpoint';
import { leafHash } from '@/lib/chain/merkle';
import { formatNote } from '@/lib/chain/signed-note';
import { formatTlogProof } from '@/lib/chain/tlog-proof';
import { formatVerifierKey } from '@/lib/chain/verifier-key';
import { testSigner } from '@/lib/testing/sign-notes';
import { verifyFile } from './verify-file';

const ORIGIN = 'audit.example.org/ledgers/clinic';
const SIGNERS = [testSigner(ORIGIN, 0x01, 1), testSigner(ORIGIN, 0x06, 2)];
const KEYS = SIGNERS.map(({ key }) => formatVerifierKey(key));
const HASH = new Uint8Array(32).fill(5);
const TEXT = formatCheckpoint({ origin: ORIGIN, size: 1n, root: leafHash(HASH), extensions: [] });
const receipt = (signers: typeof SIGNERS) =>
  utf8(
    formatTlogProof({
      index: 0n,
      proof: [],
      note: formatNote(
        TEXT,
        signers.map((signer) => signer.sign(TEXT)),
      ),
    }),
  );
const judge = async (bytes: Uint8Array, trusted: string[]) => (await verifyFile(bytes, { trusted, integrityHash: HASH })).verdict.verdict;

it('a receipt is valid by the keys that were given, and cannot be verified without any', async () => {
  expect(await judge(receipt(SIGNERS), KEYS)).toBe('valid');
  expect(await judge(receipt(SIGNERS), [KEYS[0]])).toBe('valid');
  expect(await judge(receipt(SIGNERS), [])).toBe('cannot_verify');
});

it('a receipt or a checkpoint from which one of two signatures was taken off cannot be verified by keys of both kinds', async () => {
  for (const signer of SIGNERS) {
    expect(await judge(receipt([signer]), KEYS)).toBe('cannot_verify');
    expect(await judge(utf8(formatNote(TEXT, [signer.sign(TEXT)])), KEYS)).toBe('cannot_verify');
  }
});
