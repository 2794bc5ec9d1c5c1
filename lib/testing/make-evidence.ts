import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { canonicalScope, findPositions } from '@/lib/evidence/find-positions';
import { makeBundle } from '@/lib/evidence/make-bundle';
import { appendRecords } from '@/lib/ledger/append-records';
import { type LedgerRow, listLedgers } from '@/lib/ledger/find-ledger';
import { prepareAgentRecord } from '@/lib/ledger/prepare-record';
import { newestCheckpoint } from '@/lib/ledger/read-checkpoints';
import { checkpointLedger } from '@/lib/proofs/checkpoint-ledger';
import { openSigner } from '@/lib/proofs/open-signer';
import { Pace } from '@/lib/proofs/pace';
import type { CheckpointDto, EvidenceScope } from '@/lib/schema/proofs';
import type { RecordInput } from '@/lib/schema/record';
import { asAdmin, type TestDatabase } from './fresh-database';

const SOURCE = { key_id: '00000000-0000-4000-8000-000000000001', channel: 'api' } as const;

/** A ledger of its own with these records, signed by a signer of its own. @returns it with its checkpoint, and how to throw the signer away */
export async function signedLedger(
  db: TestDatabase,
  slug: string,
  records: readonly RecordInput[],
): Promise<{ ledger: LedgerRow; checkpoint: CheckpointDto; drop(): void }> {
  await asAdmin(db.adminUrl, (client) =>
    client.query("SELECT create_ledger($1, $2, 'agents', 'Evidence', false)", [slug, `audit.example.org/ledgers/${slug}`]),
  );
  const ledger = (await listLedgers()).find((one) => one.slug === slug)!;
  for (let at = 0; at < records.length; at += 500)
    await appendRecords(
      ledger.id,
      records.slice(at, at + 500).map((record) => prepareAgentRecord(record, SOURCE)),
    );
  const dir = mkdtempSync(path.join(os.tmpdir(), 'holdfast-evidence-'));
  process.env.SIGNER_DIR = dir;
  await checkpointLedger(ledger, openSigner()!, new Pace(Date.now()));
  return { ledger, checkpoint: (await newestCheckpoint(ledger.id))!, drop: () => rmSync(dir, { recursive: true, force: true }) };
}

export async function bundleOf(ledger: LedgerRow, wished: EvidenceScope, checkpoint: CheckpointDto): Promise<Buffer> {
  const scope = canonicalScope(wished);
  const pieces: Buffer[] = [];
  const seqs = await findPositions(ledger, scope, BigInt(checkpoint.size));
  await makeBundle({ ledger, scope, seqs, checkpoint, keep: async (_, piece) => void pieces.push(piece) });
  return Buffer.concat(pieces);
}
