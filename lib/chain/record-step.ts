import type { SignerKeyDto } from '@/lib/schema/proofs';
import type { NoteErrorCode } from './signed-note';
import type { SignatureFault } from './verify-note';

/** A piece of a preimage, in the order in which they are joined. */
export interface PreimagePart {
  name:
    | 'tag'
    | 'seq'
    | 'received_at_us'
    | 'conversation_seq'
    | 'previous_hash'
    | 'body_hash'
    | 'prefix'
    | 'integrity_hash'
    | 'left'
    | 'right';
  hex: string;
}

export interface StepSigner {
  name: string;
  /** Eight hexadecimal digits. */
  key_id: string;
  /** null for a key that is not known here. */
  kind: SignerKeyDto['kind'] | null;
  /** RFC 3339 UTC; null for a signature without a time, or one that was not checked. */
  signed_at: string | null;
  signature: string;
}

/** Why a step failed or was not taken. */
export type StepFault =
  | 'differs'
  | 'malformed'
  | 'body_archived'
  | 'not_covered'
  | 'other_index'
  | 'wrong_length'
  | 'unknown_key'
  | SignatureFault
  | NoteErrorCode;

export interface RecordStep {
  name: 'body_digest' | 'record_id' | 'entry_hash' | 'proof' | 'leaf_hash' | 'path_node' | 'root' | 'checkpoint' | 'signature';
  outcome: 'passed' | 'failed' | 'not_checked';
  why: StepFault | null;
  /** What is hashed, or signed, in hex; empty where the step compares only. */
  preimage: string;
  /** SHA-256 of the preimage in hex; in steps that compare, what was found. */
  hash: string;
  /** What `hash` must be, in hex; null where the next step alone shows whether it was right. */
  expected: string | null;
  /** Where the preimage is joined from pieces. */
  parts: PreimagePart[];
  /** Of a path_node: which of the two hashes the proof gave, and how far up (1 is above the leaf). */
  node?: { step: number; sibling: 'left' | 'right' };
  /** Of a signature. */
  signer?: StepSigner;
}
