import 'server-only';
import { auditedChange } from '@/lib/access-log/audited-change';
import { auditedRead } from '@/lib/access-log/audited-read';
import { chooseLedger } from '@/lib/access-log/choose-ledger';
import type { Viewer } from '@/lib/auth/viewer';
import { boundedRead } from '@/lib/ledger/bounded-read';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { readVersion } from '@/lib/ledger/list-registry';
import { forgetRegistry } from '@/lib/ledger/read-registry';
import { readToolRecords } from '@/lib/ledger/read-tool-records';
import { saveRegistry } from '@/lib/ledger/save-registry';
import { diffEntries, type EntryChanges, findFault, tidyEntries } from '@/lib/policy/registry-check';
import { previewRegistry } from '@/lib/policy/registry-preview';
import { RefusalError } from '@/lib/schema/errors';
import { entryLabel, type PreviewAnswer, type RegistryAnswer, type RegistryEntry, type SaveRegistryBody } from '@/lib/schema/registry';

const SCREEN = '/registry';
const WEEK_US = 7n * 86_400n * 1_000_000n;
/** Records that a preview looks at, newest first. */
const PREVIEWED = 10_000;
/** Entries of which the access ledger's record quotes what they were and are; of the others, names; the digest stands for all. */
const QUOTED = 10;

interface Saved {
  ledgerId: number;
  before: number;
  version: number;
  sha256: string;
  changes: EntryChanges;
  note: string | undefined;
}

/**
 * Keeps a new version of the registry, whole. What changed stands in the access ledger, with the digest of all entries.
 * @throws RefusalError conflict at /if_version where somebody else changed it meanwhile; format where entries contradict each other; and as auditedChange
 */
export async function changeRegistry(viewer: Viewer, asked: string | null, body: SaveRegistryBody): Promise<RegistryAnswer> {
  const entries = checked(body.entries);
  const slug = await chooseLedger(viewer, asked);
  const record = ({ before, version, sha256, changes, note }: Saved) => ({
    action: 'registry_changed' as const,
    screen: SCREEN,
    resource: { type: 'registry', id: `${slug}/${version}` },
    details: { version, previous_version: before, entries: entries.length, sha256, ...(note && { note }), ...sayChanges(changes) },
  });
  const saved = await auditedChange<Saved>(viewer, slug, 'registry.manage', record, async (tx, { ledger }) => {
    refuseAccessLedger(ledger);
    const before = (await readVersion(tx, ledger.id, null))!;
    const changes = diffEntries(before.entries, entries);
    if (before.version === body.if_version && changes.added.length + changes.removed.length + changes.changed.length === 0)
      throw new RefusalError('conflict', 'Nothing would change: these are the entries of the present version.', '/entries');
    const kept = await saveRegistry(tx, ledger.id, body.if_version, entries, viewer.person.email, body.note);
    if (kept === null)
      throw new RefusalError('conflict', `The registry is at version ${before.version} by now: look at it again.`, '/if_version');
    return {
      ledgerId: ledger.id,
      before: before.version,
      version: kept.version,
      sha256: kept.sha256.toString('hex'),
      changes,
      note: body.note,
    };
  });
  forgetRegistry(saved.ledgerId);
  const registry = await boundedRead((tx) => readVersion(tx, saved.ledgerId, saved.version));
  return { registry: registry!, newest: saved.version };
}

/**
 * What these entries would have made of the last seven days: nothing is changed. @throws RefusalError format; and as auditedRead
 */
export async function previewChange(viewer: Viewer, asked: string | null, wish: RegistryEntry[], now = Date.now()): Promise<PreviewAnswer> {
  const entries = checked(wish);
  const from = BigInt(now) * 1_000n - WEEK_US;
  const what = { action: 'search_run' as const, screen: '/api/v1/registry/preview', details: { entries: entries.length } };
  return auditedRead(viewer, await chooseLedger(viewer, asked), 'registry.manage', what, ({ ledger }) => {
    refuseAccessLedger(ledger);
    return boundedRead(async (tx) => {
      const { records, since, complete } = await readToolRecords(tx, ledger, from, PREVIEWED);
      const week = new Date(Number(from / 1_000n)).toISOString();
      const { entries: present } = (await readVersion(tx, ledger.id, null))!;
      return { ...previewRegistry(records, entries, present), since: complete ? week : (since ?? week), complete };
    });
  });
}

function checked(wish: RegistryEntry[]): RegistryEntry[] {
  const fault = findFault(wish);
  if (fault !== null) throw new RefusalError('format', fault.detail, `/entries${fault.pointer}`);
  return tidyEntries(wish);
}

function refuseAccessLedger(ledger: LedgerRow): void {
  if (ledger.kind !== 'agents') throw new RefusalError('conflict', 'The access ledger has no agents, and so no tools to map.');
}

function sayChanges({ added, removed, changed }: EntryChanges): Record<string, unknown> {
  const names = (entries: readonly RegistryEntry[]) => entries.map((entry) => `${entry.kind}: ${entryLabel(entry)}`);
  return {
    ...(added.length > 0 && { added: names(added), added_entries: added.slice(0, QUOTED) }),
    ...(removed.length > 0 && { removed: names(removed), removed_entries: removed.slice(0, QUOTED) }),
    ...(changed.length > 0 && { changed: names(changed.map(({ after }) => after)), before_and_after: changed.slice(0, QUOTED) }),
  };
}
