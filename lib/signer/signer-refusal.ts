import 'server-only';

/**
 * Why nothing is signed. rollback: the tree is smaller than one that was signed. fork: it is as large and has another root. inconsistent: it is no
 * continuation of the one that was signed. unknown_key: the keys here are not those that the ledger names. memory_lost: what was signed last is not known here.
 */
export type SignerRefusalCode = 'rollback' | 'fork' | 'inconsistent' | 'unknown_key' | 'memory_lost';

export class SignerRefusal extends Error {
  override readonly name = 'SignerRefusal';
  readonly code: SignerRefusalCode;
  constructor(code: SignerRefusalCode, message: string) {
    super(message);
    this.code = code;
  }
}
