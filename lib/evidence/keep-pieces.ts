import 'server-only';
import { pool } from '@/lib/db';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { RefusalError } from '@/lib/schema/errors';
import { isVaultError } from '@/lib/vault/key-encryption';
import { type PieceSealer, pieceSealer } from '@/lib/vault/seal-pieces';

/**
 * How the pieces of a bundle are kept. Those of one with words are sealed, so that words lie nowhere in the clear; and none is kept any more once words in it
 * were shredded: shredding deletes what is there and marks the export, for which this waits.
 * @throws RefusalError vault_unavailable
 */
export async function keeperOf(
  exportId: string,
  ledger: LedgerRow,
  withWords: boolean,
): Promise<(ordinal: number, piece: Buffer) => Promise<void>> {
  const sealer = withWords ? await sealerOf(ledger, exportId) : null;
  return async (ordinal, piece) => {
    const bytes = sealer === null ? piece : sealer.seal(ordinal, piece);
    const { rowCount } = await pool('verification').query(
      'INSERT INTO export_pieces (export_id, ordinal, bytes) SELECT id, $2::int, $3::bytea FROM exports WHERE id = $1 AND shredded_at IS NULL FOR SHARE',
      [exportId, ordinal, bytes],
    );
    if (rowCount === 0) throw shreddedMeanwhile();
  };
}

/**
 * The file, piece by piece, as it was made.
 * @param bytes of the whole file: one that ends before is an error, so that nobody takes half of it for all
 * @throws RefusalError vault_unavailable, before the first piece
 */
export async function keptPieces(exportId: string, ledger: LedgerRow, withWords: boolean, bytes: number): Promise<AsyncGenerator<Buffer>> {
  return readPieces(exportId, withWords ? await sealerOf(ledger, exportId) : null, bytes);
}

export function shreddedMeanwhile(): RefusalError {
  return new RefusalError('conflict', 'Words of it were shredded while it was made. Make it again.');
}

async function sealerOf(ledger: LedgerRow, exportId: string): Promise<PieceSealer> {
  try {
    return await pieceSealer(ledger.id, exportId);
  } catch (error) {
    if (!isVaultError(error)) throw error;
    throw new RefusalError(
      'vault_unavailable',
      'The vault does not answer, so that a bundle with words can be neither kept nor given out.',
    );
  }
}

async function* readPieces(exportId: string, sealer: PieceSealer | null, bytes: number): AsyncGenerator<Buffer> {
  let given = 0;
  for (let ordinal = 0; given < bytes; ordinal++) {
    const { rows } = await pool('screens').query<{ bytes: Buffer }>(
      'SELECT bytes FROM export_pieces WHERE export_id = $1 AND ordinal = $2',
      [exportId, ordinal],
    );
    if (rows[0] === undefined) throw new Error('a piece of an export is no longer there');
    const piece = sealer === null ? rows[0].bytes : sealer.open(ordinal, rows[0].bytes);
    given += piece.length;
    yield piece;
  }
}
