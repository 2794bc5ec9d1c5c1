import 'server-only';

/** What a wrapped key is bound to: it can be unwrapped for this and for nothing else. */
export interface KeyContext {
  /** The ledger's number, decimal. */
  ledger: string;
  /** The data key's id, or the name of a secret of the ledger. */
  key: string;
}

/**
 * A key that encrypts other keys. It never leaves its place: a file that only this process's user reads, or a key service. What `wrap` gives back is
 * safe to lie beside what it protects; it is worthless once the key that made it is gone.
 */
export interface KeyEncryption {
  /** Stands beside each key that it wrapped. */
  readonly id: string;
  /** Where it is, for people. */
  readonly place: string;
  /** A new secret of 32 bytes, and the same wrapped. */
  make(context: KeyContext): Promise<{ secret: Buffer; wrapped: Buffer }>;
  wrap(secret: Buffer, context: KeyContext): Promise<Buffer>;
  /** @throws VaultError unreadable: not wrapped by this key, for another context, or changed; unavailable: its place does not answer */
  unwrap(wrapped: Buffer, context: KeyContext): Promise<Buffer>;
}

/** By name, not by class: pages and the listener are two module graphs in one process, each with a class of its own. */
export function isVaultError(error: unknown): error is VaultError {
  return error instanceof Error && error.name === 'VaultError';
}

export type VaultErrorCode = 'unavailable' | 'unreadable' | 'shredded';

/** Why something cannot be sealed or opened. The message is for the log: it names no key material. */
export class VaultError extends Error {
  override readonly name = 'VaultError';
  constructor(
    readonly code: VaultErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
