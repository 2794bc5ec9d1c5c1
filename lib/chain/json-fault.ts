/** Why the strict reader refuses a document. */
export type JsonFaultCode =
  | 'bom_not_allowed'
  | 'utf8_invalid'
  | 'unpaired_surrogate'
  | 'nul_character'
  | 'json_syntax'
  | 'duplicate_key'
  | 'forbidden_key'
  | 'too_deep'
  | 'too_many_members'
  | 'key_too_long'
  | 'number_unsafe'
  | 'number_not_representable';

export class JsonFault extends Error {
  override readonly name = 'JsonFault';
  readonly code: JsonFaultCode;
  /** RFC 6901, where the fault has a place in the document. */
  readonly pointer?: string;
  constructor(code: JsonFaultCode, message: string, pointer?: string) {
    super(message);
    this.code = code;
    if (pointer !== undefined) this.pointer = pointer;
  }
}
