import 'server-only';
import { hash } from 'node:crypto';
import { canonicalize, type JsonValue } from '@/lib/chain/canonical-json';
import type { RegistryEntry } from '@/lib/schema/registry';
import type { Prisma } from '@/prisma/generated/client';

/** SHA-256 of the canonical form of a registry's entries: what the access ledger names a version by. */
export function registryDigest(entries: readonly RegistryEntry[]): Buffer {
  return hash('sha256', canonicalize(entries as unknown as JsonValue), 'buffer');
}

/**
 * Keeps a new version in the caller's transaction. Call {@link forgetRegistry} once that is committed.
 * @returns its number and digest; null where `ifVersion` is no longer the newest
 */
export async function saveRegistry(
  tx: Prisma.TransactionClient,
  ledgerId: number,
  ifVersion: number,
  entries: readonly RegistryEntry[],
  changedBy: string,
  note: string | undefined,
): Promise<{ version: number; sha256: Buffer } | null> {
  const sha256 = registryDigest(entries);
  const [row] = await tx.$queryRaw<{ version: number | null }[]>`
    SELECT save_registry(${ledgerId}::int, ${ifVersion}::int, ${JSON.stringify(entries)}::jsonb, ${sha256}::bytea, ${changedBy}::text, ${note || null}::text) AS version`;
  return row.version === null ? null : { version: row.version, sha256 };
}
