import 'server-only';
import path from 'node:path';
import { formatVerifierKey } from '@/lib/chain/verifier-key';
import type { ChainBreak } from '@/lib/chain/verify-chain';
import { env } from '@/lib/env';
import type { Check } from '@/lib/schema/verification';
import { readKeys, verifierKeys } from '@/lib/signer/keep-keys';
import { openMemory } from '@/lib/signer/signer-memory';
import type { ProofState } from './read-proof-state';

/** The last tree that the signer of the present incarnation signed, by its own memory outside the database. */
export type RememberedTree = { state: 'known'; size: bigint; root: Uint8Array } | { state: 'unknown'; why: string };

export function recallTree(state: ProofState): RememberedTree {
  const dir = env().SIGNER_DIR;
  const origin = originOf(state);
  if (origin === null) return { state: 'unknown', why: 'Nothing was signed yet: the signer has nothing to remember.' };
  if (dir === undefined) return { state: 'unknown', why: 'The signer’s memory is not on this machine.' };
  try {
    const remembered = openMemory(path.join(dir, 'memory')).read(origin);
    if (remembered === null) return { state: 'unknown', why: `The signer on this machine does not remember ${origin}.` };
    return { state: 'known', size: remembered.size, root: remembered.root };
  } catch (error) {
    return { state: 'unknown', why: `The signer’s memory cannot be read: ${(error as Error).message}` };
  }
}

/** The keys that the database names for the present, against those that the signer holds: whoever can write rows can write keys of their own. */
export function compareKeys(state: ProofState): { outcome: Check['outcome']; say: string; breaks: ChainBreak[] } {
  const { SIGNER_DIR: dir, SIGNER_KEY_FILE } = env();
  const origin = originOf(state);
  if (origin === null) return unchecked('Nothing was signed yet: the ledger has no keys.');
  const file = SIGNER_KEY_FILE ?? (dir === undefined ? undefined : path.join(dir, 'keys.json'));
  const named = state.keys
    .filter(({ incarnation, toSize }) => incarnation === state.incarnation && toSize === null)
    .map(({ vkey }) => vkey);
  try {
    const keys = file === undefined ? null : readKeys(file);
    if (keys === null)
      return unchecked(`The signer’s keys are not on this machine: the ${named.length} that the database names were taken for its own.`);
    const own = [keys.current, ...(keys.next === null ? [] : [keys.next])].flatMap((pair) =>
      verifierKeys(pair, origin).map(formatVerifierKey),
    );
    const strange = named.filter((vkey) => !own.includes(vkey));
    if (strange.length === 0)
      return { outcome: 'passed', say: `The ${named.length} keys that the database names are the signer’s own.`, breaks: [] };
    const found = strange.map(shortKey).join(', ');
    const seq = state.newest === null || state.newest.size === 0n ? 0n : state.newest.size - 1n;
    const expected = `keys of the signer: ${own.map(shortKey).join(', ')}`;
    return {
      outcome: 'failed',
      say: `The database names keys that the signer does not have: ${found}.`,
      breaks: [{ seq, recordId: null, code: 'checkpoint_signature_invalid', expected, found }],
    };
  } catch (error) {
    return unchecked(`The signer’s keys cannot be read: ${(error as Error).message}`);
  }
}

function unchecked(say: string): ReturnType<typeof compareKeys> {
  return { outcome: 'not_checked', say, breaks: [] };
}

function originOf(state: ProofState): string | null {
  return state.incarnations.find(({ number }) => number === state.incarnation)?.origin ?? null;
}

/** Name and id, without the key itself. */
function shortKey(vkey: string): string {
  return vkey.slice(0, vkey.lastIndexOf('+'));
}
