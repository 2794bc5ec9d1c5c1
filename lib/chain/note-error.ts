/** Why a signed note, or what is in one or around one, is refused. All that the readers of notes, keys, checkpoints, proofs and witness requests throw. */
export type NoteErrorCode =
  | 'too_large'
  | 'utf8_invalid'
  | 'control_character'
  | 'note_malformed'
  | 'signature_malformed'
  | 'too_many_signatures'
  | 'key_malformed'
  | 'key_type_unknown'
  | 'key_id_mismatch'
  | 'checkpoint_malformed'
  | 'proof_malformed'
  | 'request_malformed'
  | 'signature_invalid'
  | 'no_known_signature'
  | 'half_signed'
  | 'origin_mismatch'
  | 'not_included';

export class NoteError extends Error {
  override readonly name = 'NoteError';
  readonly code: NoteErrorCode;
  constructor(code: NoteErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
