import 'server-only';
import { randomUUID } from 'node:crypto';
import { auditedChange } from '@/lib/access-log/audited-change';
import { auditedRead } from '@/lib/access-log/audited-read';
import { chooseLedger } from '@/lib/access-log/choose-ledger';
import { requireConfirmed } from '@/lib/auth/require-confirmed';
import type { Viewer } from '@/lib/auth/viewer';
import { prisma } from '@/lib/db';
import { readContentSettings } from '@/lib/ledger/read-content-settings';
import { holdsAgainst, listShreddings, lockHolds, readShreddingsOf } from '@/lib/ledger/read-holds';
import { countScope } from '@/lib/ledger/read-words';
import { RefusalError } from '@/lib/schema/errors';
import type { ShreddingDto, ShreddingPreview, ShreddingWish, WordsScope } from '@/lib/schema/words';
import { forgetAllDataKeys } from '@/lib/vault/data-keys';

const SCREEN = '/api/v1/shreddings';

/** What was shredded: when, by whom, under which authority. @throws RefusalError as auditedRead */
export async function readShreddings(viewer: Viewer, asked: string | null): Promise<{ rows: ShreddingDto[] }> {
  const what = { action: 'screen_viewed' as const, screen: SCREEN };
  return auditedRead(viewer, await chooseLedger(viewer, asked), 'records.read', what, async ({ ledger }) => ({
    rows: await listShreddings(prisma(), ledger.id),
  }));
}

/** What would be destroyed now, and the holds that stand against it. @throws RefusalError not_found; and as auditedRead */
export async function previewShredding(viewer: Viewer, asked: string | null, scope: WordsScope): Promise<ShreddingPreview> {
  const what = {
    action: 'screen_viewed' as const,
    screen: `${SCREEN}/preview`,
    resource: { type: scope.kind, id: scope.value },
    ...(scope.kind === 'subject' && { subjectId: scope.value }),
  };
  return auditedRead(viewer, await chooseLedger(viewer, asked), 'content.shred', what, async ({ ledger }) => {
    const { known, ...counted } = await countScope(prisma(), ledger.id, scope);
    if (!known) throw new RefusalError('not_found', 'Nothing is kept, or was ever kept, under that name.', '/scope/value');
    const { backup_horizon_days: days } = await readContentSettings(prisma(), ledger.id);
    return {
      scope,
      ...counted,
      ...(await holdsAgainst(prisma(), ledger.id, scope)),
      backups_until: new Date(Date.now() + days * 86_400_000).toISOString(),
    };
  });
}

/**
 * Destroys the data keys of a scope. Keys, shredding and access record go in one transaction; ciphertexts and chain stay as they are.
 * @throws RefusalError reauthentication_required; format where the name was not typed as it is; not_found; conflict where nothing is left; under_hold; and
 * as auditedChange
 */
export async function requestShredding(viewer: Viewer, asked: string | null, wish: ShreddingWish): Promise<ShreddingDto> {
  const { scope, authority, reason } = wish;
  const record = (done: ShreddingDto) => ({
    action: 'content_shredded' as const,
    screen: SCREEN,
    resource: { type: scope.kind, id: scope.value },
    ...(scope.kind === 'subject' && { subjectId: scope.value }),
    details: { shredding: done.id, authority, reason, keys: done.keys, parts: done.parts, backups_until: done.backups_until },
  });
  const shredding = await auditedChange<ShreddingDto>(
    viewer,
    await chooseLedger(viewer, asked),
    'content.shred',
    record,
    async (tx, { ledger }) => {
      requireConfirmed(viewer);
      if (wish.confirm !== scope.value)
        throw new RefusalError('format', 'Type the name of what is to be shredded exactly as it is.', '/confirm');
      await lockHolds(tx, ledger.id);
      const { known, keys } = await countScope(tx, ledger.id, scope);
      if (!known) throw new RefusalError('not_found', 'Nothing is kept, or was ever kept, under that name.', '/scope/value');
      const { holds, holds_total: total } = await holdsAgainst(tx, ledger.id, scope);
      if (total > 0) {
        const named = [...new Set(holds.map(({ matter }) => matter))].join(', ');
        const by = named.length <= 400 ? named : `${named.slice(0, 400)} …`;
        throw new RefusalError('under_hold', `Held by${total === 1 ? '' : ` ${total} holds`}: ${by}. Nothing was destroyed.`);
      }
      if (keys === 0) throw new RefusalError('conflict', 'All of it was shredded before; nothing is left.');
      const id = randomUUID();
      await tx.$queryRaw`
      SELECT id FROM shred_content(${id}::uuid, ${ledger.id}, ${scope.kind}, ${scope.value}, ${authority}, ${reason}, ${viewer.person.email})`;
      const [done] = await readShreddingsOf(tx, ledger.id, [id]);
      return done!;
    },
    PATIENCE_MS,
  );
  // What this process holds of it in memory goes at once; others hold it for five minutes at most, and seal nothing with it.
  forgetAllDataKeys();
  return shredding;
}

/** A person with a hundred thousand conversations, or millions of tokens in the index of words. */
const PATIENCE_MS = 120_000;
