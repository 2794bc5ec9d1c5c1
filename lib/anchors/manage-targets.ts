import 'server-only';
import { auditedChange } from '@/lib/access-log/audited-change';
import { auditedRead } from '@/lib/access-log/audited-read';
import { chooseLedger } from '@/lib/access-log/choose-ledger';
import { requireConfirmed } from '@/lib/auth/require-confirmed';
import type { Viewer } from '@/lib/auth/viewer';
import { prisma } from '@/lib/db';
import type { Tx } from '@/lib/ledger/bounded-read';
import { newestCheckpoint } from '@/lib/ledger/read-checkpoints';
import { readTargets, targetOf } from '@/lib/ledger/read-targets';
import { newWebhookSecret } from '@/lib/outbound/sign-webhook';
import { type AnchorChange, type AnchorWish, WitnessConfig } from '@/lib/schema/anchors';
import { RefusalError } from '@/lib/schema/errors';
import type { AnchorKind, AnchorTargetDto } from '@/lib/schema/proofs';
import { isUuid } from '@/lib/schema/uuid';
import type { AnchorTarget } from '@/prisma/generated/client';
import { attemptTarget } from './anchor-due';
import { checkTarget, describeConfig, readWitnessKeys } from './target-config';

const SCREEN = '/settings/proofs';
const MOST_TARGETS = 32;
/** First key of the advisory lock under which places are added; the second is the ledger. */
const TARGETS_LOCK = 1212435544;

/** The places outside of a ledger and how they do; without secrets. */
export async function listTargets(viewer: Viewer, asked: string | null): Promise<{ rows: AnchorTargetDto[] }> {
  const what = { action: 'screen_viewed' as const, screen: '/api/v1/settings/anchors' };
  return auditedRead(viewer, await chooseLedger(viewer, asked), 'proofs.manage', what, async ({ ledger }) => ({
    rows: await readTargets(prisma(), ledger.id),
  }));
}

/** @returns the target, and the secret of a webhook, which is told now and never again. @throws RefusalError at the pointer of what cannot be */
export async function addTarget(
  viewer: Viewer,
  asked: string | null,
  wish: AnchorWish,
): Promise<AnchorTargetDto & { secret: string | null }> {
  const slug = await chooseLedger(viewer, asked);
  const record = (made: AnchorTargetDto) => ({
    action: 'anchor_target_changed' as const,
    screen: SCREEN,
    resource: { type: 'anchor_target', id: made.id },
    details: { change: 'added', kind: wish.kind, name: wish.name, every_seconds: wish.every_seconds, config: describeConfig(wish) },
  });
  return auditedChange(viewer, slug, 'proofs.manage', record, async (tx, { ledger }) => {
    requireConfirmed(viewer);
    checkTarget(wish);
    // Two people at once add one after the other, each beside what the other has added.
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(${TARGETS_LOCK}::int, ${ledger.id}::int)`;
    await checkAmongOthers(tx, ledger.id, wish);
    const secret = wish.kind === 'webhook' ? newWebhookSecret() : null;
    const row = await tx.anchorTarget.create({
      data: {
        ledger_id: ledger.id,
        kind: wish.kind,
        name: wish.name,
        every_seconds: wish.every_seconds,
        config: secret === null ? wish.config : { ...wish.config, secret },
        created_by: viewer.person.email,
      },
    });
    return { ...targetOf(row), secret };
  });
}

/** A name that stands beside each checkpoint says which place it was; and two targets that are one witness would count twice for a quorum. */
async function checkAmongOthers(tx: Tx, ledgerId: number, wish: AnchorWish): Promise<void> {
  const others = await tx.anchorTarget.findMany({ where: { ledger_id: ledgerId, removed_at: null } });
  if (others.length >= MOST_TARGETS) throw new RefusalError('conflict', `A ledger has at most ${MOST_TARGETS} places outside.`);
  if (others.some(({ name }) => name === wish.name)) throw new RefusalError('conflict', 'Another place has this name.', '/name');
  if (wish.kind !== 'witness') return;
  const [{ name }] = readWitnessKeys(wish.config.vkey);
  const names = others.flatMap(({ kind, config }) => {
    const known = kind === 'witness' ? WitnessConfig.safeParse(config) : null;
    return known?.success ? readWitnessKeys(known.data.vkey)[0].name : [];
  });
  if (names.includes(name)) throw new RefusalError('conflict', `The witness ${name} is among the places already.`, '/config/vkey');
}

/** @throws RefusalError not_found where the ledger has none of that id; conflict where its new name is taken */
export async function changeTarget(viewer: Viewer, asked: string | null, id: string, change: AnchorChange): Promise<AnchorTargetDto> {
  const slug = await chooseLedger(viewer, asked);
  const record = ({ before, after }: Changed) => ({
    action: 'anchor_target_changed' as const,
    screen: SCREEN,
    resource: { type: 'anchor_target', id },
    details: { change: 'changed', kind: after.kind, name: before.name, ...differences(before, after) },
  });
  const { after } = await auditedChange(viewer, slug, 'proofs.manage', record, async (tx, { ledger }) => {
    requireConfirmed(viewer);
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(${TARGETS_LOCK}::int, ${ledger.id}::int)`;
    const before = await lock(tx, ledger.id, id);
    if (change.name !== undefined && change.name !== before.name) {
      const taken = await tx.anchorTarget.count({ where: { ledger_id: ledger.id, removed_at: null, name: change.name } });
      if (taken > 0) throw new RefusalError('conflict', 'Another place has this name.', '/name');
    }
    // What was changed is tried at once, whatever it waited for.
    const row = await tx.anchorTarget.update({ where: { id }, data: { ...change, next_at: new Date() } });
    return { before, after: targetOf(row) };
  });
  return after;
}

/** It gets no more checkpoints; what came back from it stays, under its name. @throws RefusalError not_found */
export async function removeTarget(viewer: Viewer, asked: string | null, id: string): Promise<AnchorTargetDto> {
  const slug = await chooseLedger(viewer, asked);
  const record = (removed: AnchorTargetDto) => ({
    action: 'anchor_target_changed' as const,
    screen: SCREEN,
    resource: { type: 'anchor_target', id },
    details: { change: 'removed', kind: removed.kind, name: removed.name, where: removed.where },
  });
  return auditedChange(viewer, slug, 'proofs.manage', record, async (tx, { ledger }) => {
    requireConfirmed(viewer);
    const removed = await lock(tx, ledger.id, id);
    // With its secret, which nobody needs any more.
    await tx.$executeRaw`UPDATE anchor_targets SET removed_at = clock_timestamp(), enabled = false, config = config - 'secret' WHERE id = ${id}::uuid`;
    return removed;
  });
}

/** One attempt now, turned on or not, and how it went: `failures` and `last_error`. @throws RefusalError not_found; conflict before the first checkpoint */
export async function tryTarget(viewer: Viewer, asked: string | null, id: string): Promise<AnchorTargetDto> {
  const what = {
    action: 'anchor_target_changed' as const,
    screen: SCREEN,
    ...(isUuid(id) && { resource: { type: 'anchor_target', id } }),
    details: { change: 'tried' },
  };
  return auditedRead(viewer, await chooseLedger(viewer, asked), 'proofs.manage', what, async ({ ledger }) => {
    const row = await findRow(prisma(), ledger.id, id);
    if ((await newestCheckpoint(ledger.id)) === null)
      throw new RefusalError('conflict', 'No checkpoint of this ledger has been signed yet; try again in a moment.');
    await attemptTarget({ ...row, kind: row.kind as AnchorKind }, true);
    return targetOf(await findRow(prisma(), ledger.id, id));
  });
}

interface Changed {
  before: AnchorTargetDto;
  after: AnchorTargetDto;
}

async function findRow(tx: Tx, ledgerId: number, id: string): Promise<AnchorTarget> {
  const row = isUuid(id) ? await tx.anchorTarget.findUnique({ where: { id, ledger_id: ledgerId, removed_at: null } }) : null;
  if (row === null) throw new RefusalError('not_found', 'There is no such place.');
  return row;
}

/** Two people at once change one after the other, each on what the other left. */
async function lock(tx: Tx, ledgerId: number, id: string): Promise<AnchorTargetDto> {
  if (isUuid(id)) await tx.$executeRaw`SELECT id FROM anchor_targets WHERE id = ${id}::uuid FOR UPDATE`;
  return targetOf(await findRow(tx, ledgerId, id));
}

/** By name: what it was and what it is. */
function differences(before: AnchorTargetDto, after: AnchorTargetDto): Record<string, unknown> {
  const changed = (['name', 'every_seconds', 'enabled'] as const).filter((name) => before[name] !== after[name]);
  const pick = (from: AnchorTargetDto) => Object.fromEntries(changed.map((name) => [name, from[name]]));
  return { before: pick(before), after: pick(after) };
}
