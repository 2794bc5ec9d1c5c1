import { formatCount } from '@/components/ui/format-count';
import type { PreimagePart, RecordStep, StepFault } from '@/lib/chain/record-step';
import { KEY_KINDS } from './note-keys';

export interface StepWords {
  /** What was found. */
  title: string;
  /** What is computed, for someone who wants to do it again. */
  how: string;
}

const FAULTS: Partial<Record<StepFault, string>> = {
  malformed: 'it cannot be read',
  absent: 'there is none',
  not_a_checkpoint: 'it cosigns something that is no checkpoint',
  invalid: 'it is not that key’s signature of this text',
};

function because(why: StepFault | null): string {
  return why === null ? '' : (FAULTS[why] ?? why.replaceAll('_', ' '));
}

/** A step in a reader's words. */
export function stepWords(step: RecordStep): StepWords {
  const passed = step.outcome === 'passed';
  switch (step.name) {
    case 'body_digest':
      return {
        title:
          step.why === 'body_archived'
            ? 'The words have left hot storage; their digest in the entry stands for them'
            : passed
              ? 'The words match their digest'
              : 'The words do not match the digest in their entry',
        how: 'SHA-256 of the stored bytes, exactly as they are.',
      };
    case 'record_id':
      return {
        title: passed ? 'The words are those of this record' : 'The words are those of another record',
        how: 'The id within the words, compared with the id of the entry.',
      };
    case 'entry_hash':
      return {
        title:
          step.why === 'malformed'
            ? 'The header of the entry cannot be read'
            : passed
              ? 'The entry matches its seal'
              : 'The entry does not match its seal',
        how: 'SHA-256 of these parts, one after the other: position, time of receipt, number in the conversation, the seal before, the digest of the words.',
      };
    case 'proof':
      return {
        title:
          step.why === 'not_covered'
            ? 'No checkpoint covers this record yet'
            : step.why === 'other_index'
              ? 'The proof is for another position'
              : passed
                ? 'There is a proof for this position'
                : `The proof cannot be used: ${because(step.why)}`,
        how: 'A C2SP tlog-proof: the position, a path of hashes, and a signed checkpoint.',
      };
    case 'leaf_hash':
      return { title: 'The seal as a leaf of the tree', how: 'SHA-256 of a zero byte and the seal (RFC 9162, 2.1.1).' };
    case 'path_node':
      return {
        title: `Step ${formatCount(step.node?.step ?? 0)} of the path: the ${step.node?.sibling ?? 'other'} hash comes from the proof`,
        how: 'SHA-256 of a one byte, the left hash and the right hash.',
      };
    case 'root':
      return {
        title: passed
          ? 'The path leads to the root that was signed'
          : step.why === 'wrong_length'
            ? 'The path has not the length that this place in the tree asks for'
            : 'The path leads to another root than the one that was signed',
        how: 'The last hash of the path, compared with the root in the checkpoint.',
      };
    case 'checkpoint':
      return {
        title: passed ? 'It is the checkpoint that the ledger names' : 'It is another checkpoint than the one that the ledger names',
        how: 'Size and root in the signed note, compared with what the server says beside it.',
      };
    case 'signature':
      return signatureWords(step);
  }
}

function signatureWords({ signer, outcome, why }: RecordStep): StepWords {
  const name = signer?.name ?? 'an unknown signer';
  const kind = signer?.kind ? ` with ${KEY_KINDS[signer.kind]}` : '';
  const how = 'The signed bytes are below; a signature is checked with the key, not by hashing.';
  if (why === 'half_signed')
    return {
      title: 'One of the ledger’s two signatures, Ed25519 and ML-DSA-44, is not there',
      how: 'Keys of both kinds are known, so that both must have signed.',
    };
  if (outcome === 'passed') return { title: `Signed by ${name}${kind}`, how };
  if (outcome === 'failed') return { title: `The signature of ${name} does not hold: ${because(why)}`, how };
  return {
    title: why === 'unknown_key' ? `Signed by ${name}, whose key is not known here` : `The signatures were not checked: ${because(why)}`,
    how,
  };
}

const PARTS: Record<PreimagePart['name'], string> = {
  tag: 'tag',
  seq: 'seq',
  received_at_us: 'received_at',
  conversation_seq: 'conversation_seq',
  previous_hash: 'previous_hash',
  body_hash: 'SHA-256(body)',
  prefix: 'prefix',
  integrity_hash: 'integrity_hash',
  left: 'left',
  right: 'right',
};

/** A part's name and, for numbers and text, what its bytes mean. */
export function partWords({ name, hex }: PreimagePart): { name: string; meaning: string | null } {
  const label = PARTS[name];
  if (name === 'seq' || name === 'conversation_seq') return { name: label, meaning: formatCount(BigInt(`0x${hex}`)) };
  if (name === 'received_at_us') return { name: label, meaning: `${formatCount(BigInt(`0x${hex}`))} µs since 1970` };
  if (name === 'tag') return { name: label, meaning: '"holdfast/entry/v1\\n"' };
  return { name: label, meaning: null };
}
