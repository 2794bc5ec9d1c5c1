import 'server-only';
import { contradictStatement, openIncarnationStatement } from '@/lib/chain/incarnation-statement';
import { NoteError } from '@/lib/chain/note-error';
import { parseVerifierKey } from '@/lib/chain/verifier-key';
import type { ChainBreak } from '@/lib/chain/verify-chain';
import type { Incarnation, ProofState } from './read-proof-state';

/**
 * What the keys of each later incarnation signed at its beginning, against the row that says the same: whoever can write rows could make the older claim
 * smaller than it was. Not told of an incarnation that has no keys yet: it has signed nothing.
 */
export function compareStatements(state: ProofState): { checked: number; breaks: ChainBreak[] } {
  const later = state.incarnations.filter(
    ({ number, previous }) => previous !== null && state.keys.some((key) => key.incarnation === number),
  );
  return { checked: later.length, breaks: later.flatMap((one) => compareOne(one, state)) };
}

function compareOne({ number, origin, size, root, previous, statement }: Incarnation, state: ProofState): ChainBreak[] {
  if (previous === null) return [];
  const told = (code: ChainBreak['code'], expected: string, found: string): ChainBreak[] => [
    {
      seq: previous.size === 0n ? 0n : previous.size - 1n,
      recordId: null,
      code,
      expected: `statement of incarnation ${number}: ${expected}`,
      found,
    },
  ];
  if (statement === null) return told('checkpoint_signature_invalid', 'a signed note', 'none');
  try {
    const own = state.keys.filter(({ incarnation }) => incarnation === number);
    const said = openIncarnationStatement(
      statement,
      own.map(({ vkey }) => parseVerifierKey(vkey)),
      origin,
    );
    const ledger = state.incarnations[0].origin;
    const apart = contradictStatement(said, { ledger, previous, found: { size, root } });
    return apart === null ? [] : told('checkpoint_inconsistent', ...apart);
  } catch (error) {
    if (!(error instanceof NoteError)) throw error;
    return told('checkpoint_signature_invalid', 'signed by a key of that incarnation', error.message);
  }
}
