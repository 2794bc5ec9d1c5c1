import 'server-only';
import type { ApiKey, Prisma } from '@/prisma/generated/client';
import { hashApiKey, keyHint, newApiKey } from './api-key-format';

export interface NewKey {
  ledgerId: number;
  kind: 'ingest' | 'read';
  name: string;
  /** Agents that it may write as; empty for a read key. */
  agentNames: string[];
  mayWriteUser: boolean;
  expiresAt: Date | null;
  /** Users' id; null where the installation itself made it. */
  createdBy: string | null;
}

/** @returns the row and the secret, which is shown now and can never be told again: only its SHA-256 is kept. */
export async function insertKey(tx: Prisma.TransactionClient, key: NewKey): Promise<{ row: ApiKey; secret: string }> {
  const secret = newApiKey('live');
  const row = await tx.apiKey.create({
    data: {
      ledger_id: key.ledgerId,
      kind: key.kind,
      name: key.name,
      hint: keyHint(secret),
      secret_hash: new Uint8Array(hashApiKey(secret)),
      agent_names: key.agentNames,
      may_write_user: key.mayWriteUser,
      created_by: key.createdBy,
      expires_at: key.expiresAt,
    },
  });
  return { row, secret };
}

/** @returns false where it had been revoked before. Call forgetKey after the commit. */
export async function revokeKeyRow(tx: Prisma.TransactionClient, id: string, now: Date): Promise<boolean> {
  const { count } = await tx.apiKey.updateMany({ where: { id, revoked_at: null }, data: { revoked_at: now } });
  return count === 1;
}
