import 'server-only';
import type { Check } from '@/lib/schema/verification';
import type { ProofState } from './read-proof-state';

/** The last tree that the signer of the present incarnation signed, by its own memory. */
export type RememberedTree = { state: 'known'; size: bigint; root: Uint8Array } | { state: 'unknown'; why: string };

export async function recallTree(_state: ProofState): Promise<RememberedTree> {
  return { state: 'unknown', why: 'The signer’s memory is not on this machine.' };
}

/** The keys that the database names, against those that the signer holds. */
export async function compareKeys(state: ProofState): Promise<{ outcome: Check['outcome']; say: string }> {
  return {
    outcome: 'not_checked',
    say: `The signer’s keys are not on this machine: the ${state.keys.length} that the database names were taken for its own.`,
  };
}
