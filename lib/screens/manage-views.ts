import 'server-only';
import type * as z from 'zod/mini';
import { actorOf } from '@/lib/access-log/access-entry';
import { recordedChange } from '@/lib/access-log/audited-change';
import type { Viewer } from '@/lib/auth/viewer';
import { prisma } from '@/lib/db';
import { RefusalError } from '@/lib/schema/errors';
import type { SavedView } from '@/lib/schema/screens';
import type { SaveViewBody } from '@/lib/schema/settings';
import { isUuid } from '@/lib/schema/uuid';

/** A person's menu, not a store. */
const MOST = 100;
const SHOWN = { id: true, screen: true, name: true, query: true } as const;

/** Belongs to the frame, and is read within its look. */
export function listViews(userId: string): Promise<SavedView[]> {
  return prisma().savedView.findMany({ where: { user_id: userId }, select: SHOWN, orderBy: { name: 'asc' }, take: MOST });
}

/** Saves a view under a name; the same name on the same screen is overwritten. @throws RefusalError conflict */
export function saveView(viewer: Viewer, { screen, name, query }: z.infer<typeof SaveViewBody>): Promise<SavedView> {
  const user_id = viewer.person.id;
  const record = { action: 'settings_changed' as const, screen, details: { change: 'view saved', view: name, query } };
  return recordedChange(actorOf(viewer, null), null, record, async (tx) => {
    const where = { user_id_screen_name: { user_id, screen, name } };
    if ((await tx.savedView.findUnique({ where })) === null && (await tx.savedView.count({ where: { user_id } })) >= MOST)
      throw new RefusalError('conflict', `There are ${MOST} saved views already; delete one first.`);
    return tx.savedView.upsert({ where, create: { user_id, screen, name, query }, update: { query }, select: SHOWN });
  });
}

/** @throws RefusalError not_found: no view of this person */
export function deleteView(viewer: Viewer, id: string): Promise<SavedView> {
  const record = (view: SavedView) => ({
    action: 'settings_changed' as const,
    screen: view.screen,
    details: { change: 'view deleted', view: view.name },
  });
  return recordedChange(actorOf(viewer, null), null, record, async (tx) => {
    const view = isUuid(id) ? await tx.savedView.findFirst({ where: { id, user_id: viewer.person.id }, select: SHOWN }) : null;
    if (view === null) throw new RefusalError('not_found', 'There is no such view of yours.');
    await tx.savedView.delete({ where: { id } });
    return view;
  });
}
