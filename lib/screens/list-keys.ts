import 'server-only';
import { auditedRead } from '@/lib/access-log/audited-read';
import { chooseLedger } from '@/lib/access-log/choose-ledger';
import type { Viewer } from '@/lib/auth/viewer';
import { prisma } from '@/lib/db';
import { may } from '@/lib/policy/permissions';
import type { KeyRow } from '@/lib/schema/screens';
import type { ApiKey } from '@/prisma/generated/client';

export interface KeyList {
  keys: KeyRow[];
  may_manage: boolean;
  /** Only ledgers of agents take ingest keys. */
  kinds: ('ingest' | 'read')[];
  /** Agents that keys were made for, to choose from. */
  agents: string[];
}

/** For the API, where the ledger need not be named. */
export async function listKeysOf(viewer: Viewer, asked: string | null): Promise<KeyList> {
  return listKeys(viewer, await chooseLedger(viewer, asked));
}

export async function listKeys(viewer: Viewer, slug: string): Promise<KeyList> {
  return auditedRead(viewer, slug, 'settings.read', { action: 'screen_viewed', screen: '/settings/keys' }, async ({ ledger, role }) => {
    const rows = await prisma().apiKey.findMany({
      where: { ledger_id: ledger.id },
      include: { user: { select: { name: true } } },
      orderBy: [{ created_at: 'desc' }, { id: 'asc' }],
    });
    const agents = new Set(rows.flatMap((row) => row.agent_names));
    return {
      keys: rows.map(keyRow),
      may_manage: may(role, 'keys.manage'),
      kinds: ledger.kind === 'agents' ? ['ingest', 'read'] : ['read'],
      agents: [...agents].sort(),
    };
  });
}

export function keyRow(row: ApiKey & { user: { name: string } | null }): KeyRow {
  return {
    id: row.id,
    name: row.name,
    kind: row.kind as KeyRow['kind'],
    hint: row.hint,
    agent_names: row.agent_names,
    may_write_user: row.may_write_user,
    created_at: row.created_at.toISOString(),
    created_by: row.user?.name ?? 'Holdfast',
    expires_at: row.expires_at?.toISOString() ?? null,
    revoked_at: row.revoked_at?.toISOString() ?? null,
    last_used_at: row.last_used_at?.toISOString() ?? null,
  };
}
