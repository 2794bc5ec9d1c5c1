import type { RecordInput } from '@/lib/schema/record';
import type { PreviewAnswer, PreviewGroup, RegistryEntry } from '@/lib/schema/registry';
import type { RecordBody } from '@/lib/schema/screens';
import { CLASSIFICATIONS, type Classification } from '@/lib/schema/vocabulary';
import { applyRegistry, type RegistryMark, raisingSource } from './registry-apply';
import { highest } from './registry-combine';
import { OwnAccesses } from './registry-derive';
import { indexRegistry, type RegistryIndex } from './registry-match';

const GROUPS = 100;

/** A stored record, newest first in a list of them. */
export interface StoredRecord {
  id: string;
  body: RecordBody;
}

/**
 * What other entries would have made of records that are there: each is taken as its sender sent it, as far as its body tells, and counts where the entries that are in
 * force now would not make the same of it. What is raised for another reason than the registry (identifiers that were found in it) stays raised.
 */
export function previewRegistry(
  records: readonly StoredRecord[],
  entries: readonly RegistryEntry[],
  present: readonly RegistryEntry[],
): Pick<PreviewAnswer, 'looked_at' | 'changed' | 'derived' | 'groups' | 'more_groups'> {
  const wished = indexRegistry({ version: 0, entries });
  const inForce = indexRegistry({ version: 0, entries: present });
  const own = new OwnAccesses();
  const derivedNow = new Map<string, number>();
  const sent: Sent[] = [];
  for (const { id, body } of records) {
    const cause = body.details?.derived_from;
    if (typeof cause === 'string') {
      derivedNow.set(cause, (derivedNow.get(cause) ?? 0) + 1);
      continue;
    }
    const one = asSent(id, body);
    if (one === null) continue;
    sent.push(one);
    own.add(one.record);
  }
  const groups = new Map<string, PreviewGroup>();
  let changed = 0;
  let derived = 0;
  for (const one of sent) {
    const [next, now] = [outcomeOf(one, wished, own), outcomeOf(one, inForce, own)];
    if (next.key === now.key) continue;
    const is = one.body.data_classification as Classification;
    const before = one.body.domains ?? [];
    const added = next.domains.filter((domain) => !before.includes(domain));
    const removed = before.filter((domain) => !next.domains.includes(domain));
    const more = next.derived - (derivedNow.get(one.record.id) ?? 0);
    const differs = is !== next.classification || added.length > 0 || removed.length > 0;
    if (!differs && more === 0) continue;
    if (differs) changed++;
    derived += more;
    const { kind, name } = nameOf(one.record);
    const raisedBy = raisingSource(one.record, wished);
    const key = JSON.stringify([kind, name, is, next.classification, added, removed, raisedBy]);
    const known = groups.get(key);
    if (known !== undefined) {
      known.records++;
      known.derived += more;
      continue;
    }
    const classification = { is, would_be: next.classification };
    const by = { entry: next.entry, raised_by: raisedBy };
    groups.set(key, { kind, name, ...by, records: 1, classification, domains: { added, removed }, derived: more });
  }
  const all = [...groups.values()].sort((a, b) => b.records - a.records || (a.name < b.name ? -1 : 1));
  return { looked_at: sent.length, changed, derived, groups: all.slice(0, GROUPS), more_groups: Math.max(0, all.length - GROUPS) };
}

interface Sent {
  body: RecordBody;
  /** As its sender sent it. */
  record: RecordInput;
  /** The body says what was sent where the registry changed it. */
  claimed: boolean;
}

function outcomeOf({ body, record, claimed }: Sent, index: RegistryIndex, own: OwnAccesses) {
  const applied = applyRegistry(record, index, own);
  const is = body.data_classification as Classification;
  // Without a mark of what was claimed, whatever the record has is its sender's or found in it.
  const said = applied?.addition.data_classification ?? (claimed ? record.data_classification : is);
  const classification = record.details?.contains_phi === true ? highest(said, is) : said;
  const domains = applied?.addition.domains ?? record.domains ?? [];
  const derived = applied?.derived.length ?? 0;
  return {
    classification,
    domains,
    derived,
    entry: applied?.addition.registry.entry ?? null,
    key: JSON.stringify([classification, domains, derived]),
  };
}

/** Null for a body that is no agent's record of the three kinds that the registry is about. */
function asSent(id: string, body: RecordBody): Sent | null {
  if (!CLASSIFICATIONS.includes(body.data_classification as Classification)) return null;
  const { registry, ...details } = body.details ?? {};
  const claimed = (registry as RegistryMark | undefined)?.claimed;
  const record = {
    ...body,
    id,
    content: undefined,
    details,
    data_classification: claimed?.data_classification ?? body.data_classification,
    domains: claimed?.domains ?? body.domains,
  } as unknown as RecordInput;
  return { body, record, claimed: claimed !== undefined };
}

function nameOf(record: RecordInput): Pick<PreviewGroup, 'kind' | 'name'> {
  const { tool, data_source: source } = record.details ?? {};
  if (typeof tool === 'string') return { kind: 'tool', name: tool };
  return { kind: 'data_source', name: typeof source === 'string' ? source : (record.resource_type ?? '') };
}

const READING = /(^|[._:/-])(read|get|list|find|search|lookup|look_up|fetch|query|show|view|score|check|export|download)/i;
const WRITING =
  /(^|[._:/-])(write|create|add|set|update|upsert|delete|remove|move|send|post|put|patch|insert|append|record|open|close|file|pay|refund|book|cancel|tag|flag|attach|draft|request|release|issue|approve|log|redline|upload|change|edit)/i;

/**
 * What an unmapped tool probably is: what agents told of its accesses before what its name sounds like; restricted where nothing tells. A person decides.
 * @param accesses stored accesses that name a tool, newest first.
 */
export function suggestEntry(tool: string, accesses: readonly RecordBody[]): RegistryEntry {
  const own = accesses.filter((body) => body.details?.tool === tool && body.details?.derived_from === undefined);
  const seen = own.find((body) => body.resource_type !== undefined);
  const modifies = own.some((body) => body.action === 'data_modified') || (own.length === 0 && WRITING.test(tool));
  const reads = own.length > 0 || READING.test(tool);
  const domains = [...new Set(own.flatMap((body) => claimedOf(body).domains))].sort().slice(0, 16);
  const ranks = own.map((body) => CLASSIFICATIONS.indexOf(claimedOf(body).classification));
  const classification = ranks.length === 0 ? 'restricted' : (CLASSIFICATIONS[Math.max(...ranks)] ?? 'restricted');
  if (seen?.resource_type === undefined) {
    // The first word of "chart.read" is what it reads, as like as not.
    const [noun] = tool.split(/[._:/-]+/);
    const type = noun !== undefined && /^[A-Za-z0-9][A-Za-z0-9_]{1,40}$/.test(noun) && noun !== tool ? noun : undefined;
    if (type === undefined || (!modifies && !reads)) return { kind: 'tool', name: tool, domains, classification, access: 'none' };
    return { kind: 'tool', name: tool, resource_type: type, domains, classification, access: modifies ? 'modifies' : 'reads' };
  }
  return { kind: 'tool', name: tool, resource_type: seen.resource_type, domains, classification, access: modifies ? 'modifies' : 'reads' };
}

function claimedOf(body: RecordBody): { classification: Classification; domains: readonly string[] } {
  const claimed = (body.details?.registry as RegistryMark | undefined)?.claimed;
  return {
    classification: (claimed?.data_classification ?? body.data_classification) as Classification,
    domains: claimed?.domains ?? body.domains ?? [],
  };
}
