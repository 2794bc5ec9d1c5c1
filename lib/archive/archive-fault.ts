import 'server-only';

/**
 * store: the store does not answer or will not do. contradicted: what is there is not what was put. evidence: what the database has is not what its entries name,
 * so that it is not archived or taken away. signer: nobody here can sign for this ledger. lost: another process archives it. not_there: records or segments that
 * should be there are not. clock: this machine's clock is not the database's.
 */
export type ArchiveFaultCode = 'store' | 'contradicted' | 'evidence' | 'signer' | 'lost' | 'not_there' | 'clock';

/** What stopped an archival, in words for an administrator. Nothing was taken away that is not confirmed. */
export class ArchiveFault extends Error {
  override readonly name = 'ArchiveFault';
  constructor(
    readonly code: ArchiveFaultCode,
    message: string,
    /** evidence: positions of the records that are not what they were. */
    readonly seqs: readonly bigint[] = [],
  ) {
    super(message);
  }
}

/** SQLSTATEs of the functions in migration "archive". */
export const LEASE_LOST = 'HF020';
export const HELD = 'HF011';
export const ALTERED = 'HF021';
export const NOT_SO = 'HF022';
export const NOT_COUNTED = 'HF023';
export const BUSY = '55P03';

export function sqlState(error: unknown): string | undefined {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}
