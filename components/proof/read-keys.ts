import { parseVerifierKey } from '@/lib/chain/verifier-key';
import type { SignerKeyDto } from '@/lib/schema/proofs';

const ML_DSA = 0x06;
/** Of a paste: a ledger has two keys at a time, and a witness or two sign as well. */
const MOST = 64;

/**
 * Verifier keys as someone pastes them: one a line, `#` begins a remark. They count for every size: whoever brings them says so.
 * @throws NoteError for a line that is no key; RangeError for none, or more than 64
 */
export function readKeys(text: string): SignerKeyDto[] {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (lines.length === 0) throw new RangeError('Paste at least one verifier key: name, id and key, joined by plus.');
  if (lines.length > MOST) throw new RangeError(`These are more than ${MOST} keys.`);
  return lines.map((vkey) => ({
    vkey,
    kind: parseVerifierKey(vkey).type === ML_DSA ? 'ml-dsa-44' : 'ed25519',
    incarnation: 1,
    from_size: '0',
    to_size: null,
    introduced_at: '',
  }));
}
