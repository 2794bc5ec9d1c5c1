import 'server-only';
import { auditedChange } from '@/lib/access-log/audited-change';
import { chooseLedger } from '@/lib/access-log/choose-ledger';
import { insertKey, revokeKeyRow } from '@/lib/auth/api-keys';
import { forgetKey } from '@/lib/auth/authenticate-key';
import { requireConfirmed } from '@/lib/auth/require-confirmed';
import type { Viewer } from '@/lib/auth/viewer';
import { prisma } from '@/lib/db';
import { RefusalError } from '@/lib/schema/errors';
import type { KeyRow } from '@/lib/schema/screens';
import { isUuid } from '@/lib/schema/uuid';
import type { LedgerKind } from '@/lib/schema/vocabulary';
import { keyRow } from './list-keys';

const SCREEN = '/settings/keys';

export interface KeyWish {
  name: string;
  kind: 'ingest' | 'read';
  agent_names: string[];
  may_write_user: boolean;
  /** RFC 3339. */
  expires_at?: string;
}

/** @throws RefusalError at the pointer of what does not fit together. */
export function checkKeyWish(wish: KeyWish, ledgerKind: LedgerKind, now: Date): void {
  if (wish.kind === 'read') {
    if (wish.agent_names.length > 0) throw new RefusalError('out_of_range', 'A read key writes as no agent.', '/agent_names');
    if (wish.may_write_user) throw new RefusalError('out_of_range', 'A read key writes nothing.', '/may_write_user');
  } else {
    // What people did is written by the product alone; a key that could write there could hide a look among others.
    if (ledgerKind !== 'agents') throw new RefusalError('conflict', 'Only ledgers of agents take records through keys.', '/kind');
    if (wish.agent_names.length === 0) throw new RefusalError('required', 'Name the agents that may write with this key.', '/agent_names');
  }
  if (wish.expires_at !== undefined && Date.parse(wish.expires_at) <= now.getTime()) {
    throw new RefusalError('out_of_range', 'The expiry lies in the past.', '/expires_at');
  }
}

/** @returns the row and the secret, which is told now and never again. */
export async function issueKey(
  viewer: Viewer,
  ledger: string | null | undefined,
  wish: KeyWish,
  now: Date = new Date(),
): Promise<{ key: KeyRow; secret: string }> {
  const record = ({ key }: { key: KeyRow }) => ({
    action: 'key_issued' as const,
    screen: SCREEN,
    resource: { type: 'api_key', id: key.id },
    details: {
      name: key.name,
      kind: key.kind,
      agent_names: key.agent_names,
      may_write_user: key.may_write_user,
      ...(key.expires_at === null ? {} : { expires_at: key.expires_at }),
    },
  });
  return auditedChange(viewer, await chooseLedger(viewer, ledger), 'keys.manage', record, async (tx, granted) => {
    requireConfirmed(viewer);
    checkKeyWish(wish, granted.ledger.kind, now);
    const { row, secret } = await insertKey(tx, {
      ledgerId: granted.ledger.id,
      kind: wish.kind,
      name: wish.name,
      agentNames: [...new Set(wish.agent_names)].sort(),
      mayWriteUser: wish.may_write_user,
      expiresAt: wish.expires_at === undefined ? null : new Date(wish.expires_at),
      createdBy: viewer.person.id,
    });
    return { key: keyRow({ ...row, user: { name: viewer.person.name } }), secret };
  });
}

/**
 * Works at once in this process, within five seconds in others. The password is not asked for again: a leaked key must be easy to stop.
 * @throws RefusalError not_found; conflict where it was revoked before
 */
export async function revokeKey(viewer: Viewer, id: string, now: Date = new Date()): Promise<KeyRow> {
  const known = isUuid(id) ? await prisma().apiKey.findUnique({ where: { id }, include: { ledger: true } }) : null;
  if (known === null) throw new RefusalError('not_found', 'There is no such key.');
  const record = {
    action: 'key_revoked' as const,
    screen: SCREEN,
    resource: { type: 'api_key', id },
    details: { name: known.name, kind: known.kind },
  };
  const row = await auditedChange(viewer, known.ledger.slug, 'keys.manage', record, async (tx) => {
    if (!(await revokeKeyRow(tx, id, now))) throw new RefusalError('conflict', 'The key was revoked before.');
    return tx.apiKey.findUniqueOrThrow({ where: { id }, include: { user: { select: { name: true } } } });
  });
  forgetKey(id);
  return keyRow(row);
}
