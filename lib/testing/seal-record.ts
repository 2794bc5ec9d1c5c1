import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { canonicalize, type JsonValue } from '@/lib/chain/canonical-json';
import { appendRecord } from '@/lib/ledger/append-records';
import { findLedger } from '@/lib/ledger/find-ledger';
import { prepareAgentRecord } from '@/lib/ledger/prepare-record';
import { dataKeyFor } from '@/lib/vault/data-keys';
import { makeLocalKeys } from '@/lib/vault/local-keys';
import { sealPart } from '@/lib/vault/seal-part';
import { agentRecord } from './agent-record';
import { asAdmin, type TestDatabase } from './fresh-database';

/** A key file of its own for a test, and lib/env pointed at it. */
export function freshVault(): { file: string; drop(): void } {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'holdfast-vault-'));
  const file = path.join(folder, 'keys.json');
  process.env.VAULT_KEY_FILE = file;
  makeLocalKeys(file);
  const drop = () => {
    delete process.env.VAULT_KEY_FILE;
    rmSync(folder, { recursive: true, force: true });
  };
  return { file, drop };
}

/**
 * A response with sealed words, of ledger `main` where no other is named, past ingest: so that a body can be made to say what ingest never would.
 * @param claim members of its commitments that say something else than what was sealed
 * @returns the record's id
 */
export async function sealRecord(
  db: TestDatabase,
  what: {
    ledger?: string;
    conversation: string;
    texts: string[];
    subject?: string | null;
    claim?: Record<string, JsonValue>;
    timestamp?: string;
  },
): Promise<string> {
  const { conversation, texts, subject = null, claim = {}, timestamp } = what;
  const ledger = (await findLedger(what.ledger ?? 'main'))!;
  const record = agentRecord({
    action: 'agent_response_generated',
    conversation_id: conversation,
    ...(subject !== null && { subject_id: subject }),
    ...(timestamp !== undefined && { timestamp }),
  });
  const key = await dataKeyFor({ ledgerId: ledger.id, conversationId: conversation, recordId: record.id, subjectId: subject });
  const parts = texts.map((text, index) =>
    sealPart(key, { origin: ledger.origin, conversationId: conversation, recordId: record.id, part: 'response', index }, text),
  );
  const prepared = prepareAgentRecord(record, { key_id: randomUUID(), channel: 'api' });
  const content = parts.map(({ commitment }) => ({ ...commitment, ...claim }));
  prepared.body = Buffer.from(canonicalize({ ...JSON.parse(prepared.body.toString()), content }));
  await appendRecord(ledger.id, prepared);
  await asAdmin(db.adminUrl, async (c) => {
    for (const { commitment, nonce, sha256, ciphertext } of parts)
      await c.query(
        'INSERT INTO content_parts (ledger_id, record_id, part_index, part, key_id, nonce, ciphertext_sha256, ciphertext) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)',
        [ledger.id, record.id, commitment.index, commitment.part, key.id, nonce, sha256, ciphertext],
      );
  });
  return record.id;
}
