import 'server-only';
import type { AccessWhat } from '@/lib/access-log/access-entry';
import { auditedChange } from '@/lib/access-log/audited-change';
import { auditedRead } from '@/lib/access-log/audited-read';
import { chooseLedger } from '@/lib/access-log/choose-ledger';
import { requireConfirmed } from '@/lib/auth/require-confirmed';
import type { Viewer } from '@/lib/auth/viewer';
import { prisma } from '@/lib/db';
import { readPolicies } from '@/lib/ledger/read-retention';
import { findTrigger, insertTrigger, listTriggers, readFirstDay, withdrawTrigger as withdraw } from '@/lib/ledger/read-triggers';
import { dayOf } from '@/lib/policy/retention-calendar';
import { RefusalError } from '@/lib/schema/errors';
import type { TriggerDto, TriggerWish } from '@/lib/schema/retention';
import { isUuid } from '@/lib/schema/uuid';

const SCREEN = '/api/v1/retention/triggers';

/** What was entered, newest first, and the names that policies wait for. @throws RefusalError as auditedRead */
export async function readTriggers(
  viewer: Viewer,
  asked: string | null,
): Promise<{ rows: TriggerDto[]; more: boolean; triggers: string[] }> {
  const what = { action: 'screen_viewed' as const, screen: SCREEN };
  return auditedRead(viewer, await chooseLedger(viewer, asked), 'retention.read', what, async ({ ledger }) => {
    const { policies } = await readPolicies(prisma(), ledger.id);
    return {
      ...(await listTriggers(prisma(), ledger.id)),
      triggers: [...new Set(policies.flatMap(({ trigger }) => trigger ?? []))].sort(),
    };
  });
}

/**
 * Starts the clock of the policies that wait for it, for everything of its scope, what comes in later included. Of several on one record the latest day counts.
 * @throws RefusalError reauthentication_required; enum where no policy of the ledger waits for an event of that name; out_of_range at /day where it is to come, or lies
 * before anything that the ledger has; and as auditedChange
 */
export async function enterTrigger(viewer: Viewer, asked: string | null, wish: TriggerWish, now = Date.now()): Promise<TriggerDto> {
  const record = (entered: TriggerDto): AccessWhat => ({
    action: 'retention_event_entered',
    screen: SCREEN,
    ...about(entered),
    details: { event: entered.id, trigger: wish.trigger, day: wish.day, scope: wish.scope, reason: wish.reason },
  });
  return auditedChange<TriggerDto>(viewer, await chooseLedger(viewer, asked), 'retention.manage', record, async (tx, { ledger }) => {
    requireConfirmed(viewer);
    const { policies } = await readPolicies(tx, ledger.id);
    if (!policies.some(({ trigger }) => trigger === wish.trigger))
      throw new RefusalError('enum', 'No policy of this ledger waits for an event of that name.', '/trigger');
    const today = dayOf(now);
    if (wish.day > today) throw new RefusalError('out_of_range', `That day is still to come: today is ${today} (UTC).`, '/day');
    const first = (await readFirstDay(tx, ledger.id)) ?? today;
    if (wish.day < first)
      throw new RefusalError('out_of_range', `The first day of anything in this ledger is ${first}: no clock starts before.`, '/day');
    return insertTrigger(tx, ledger.id, wish, viewer.person.email);
  });
}

/** Where it was entered wrongly: it stays on the list, and counts no more. @throws RefusalError reauthentication_required; not_found; conflict; and as auditedChange */
export async function withdrawTrigger(viewer: Viewer, asked: string | null, id: string, reason: string): Promise<TriggerDto> {
  const record = (withdrawn: TriggerDto): AccessWhat => ({
    action: 'retention_event_withdrawn',
    screen: `${SCREEN}/{id}/withdraw`,
    ...about(withdrawn),
    details: {
      event: id,
      trigger: withdrawn.trigger,
      day: withdrawn.day,
      scope: withdrawn.scope,
      entered_by: withdrawn.entered_by,
      entered_at: withdrawn.entered_at,
      reason,
    },
  });
  return auditedChange<TriggerDto>(viewer, await chooseLedger(viewer, asked), 'retention.manage', record, async (tx, { ledger }) => {
    requireConfirmed(viewer);
    const done = isUuid(id) ? await withdraw(tx, ledger.id, id, viewer.person.email, reason) : 0;
    const found = await findTrigger(tx, ledger.id, id);
    if (found === null) throw new RefusalError('not_found', 'Nothing was entered under that id in this ledger.');
    if (done === 0) throw new RefusalError('conflict', 'It was withdrawn already.');
    return found;
  });
}

function about({ scope: { kind, type, value } }: TriggerDto): Pick<AccessWhat, 'resource' | 'subjectId'> {
  return { resource: { type: type ?? kind, id: value }, ...(kind === 'subject' && { subjectId: value }) };
}
