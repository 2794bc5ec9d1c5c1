import type { JsonValue } from '@/lib/chain/canonical-json';
import { JsonFault, readJsonText } from '@/lib/chain/read-json';
import type { RecordInput } from '@/lib/schema/record';
import { entryLabel, type RegistryEntry } from '@/lib/schema/registry';
import type { Classification } from '@/lib/schema/vocabulary';
import { combine, highest, type Standing, union } from './registry-combine';
import { callId, type DerivedAction, derivedId, findResources, findSubject, type OwnAccesses } from './registry-derive';
import type { RegistryIndex } from './registry-match';

/**
 * What the registry puts into a record, in `details.registry`. `entry` is the tool's entry (or the data source's, where no tool is named), `data_source` that of the
 * data behind the tool; without `entry` the name is not on the registry. `claimed` is what the sender wrote, where the registry raised it.
 */
export type RegistryMark = {
  version: number;
  entry?: string;
  data_source?: string;
  claimed?: { data_classification: Classification; domains: string[] };
};

/** What a record gains; members that are absent stay as they were sent. */
export interface RegistryAddition {
  data_classification?: Classification;
  domains?: string[];
  registry: RegistryMark;
}

export interface Applied {
  addition: RegistryAddition;
  /** The name of the tool, where the record is a call of one. */
  tool?: string;
  /** Records of what the call read or modified, which its sender did not send. */
  derived: RecordInput[];
}

/**
 * What the registry says of a record, or null where it says nothing: pure, and what a preview asks as well.
 * @param own what the sender tells on its own in the same request.
 */
export function applyRegistry(record: RecordInput, registry: RegistryIndex, own: OwnAccesses): Applied | null {
  const looked = lookUp(record, registry);
  if (looked === null) return null;
  const claimed = standingOf(record);
  const { tool, source } = looked;
  const now = combine(claimed, considered(looked));
  const raised = now.classification !== claimed.classification;
  const widened = now.domains.length !== claimed.domains.length;
  const addition: RegistryAddition = { registry: markOf(registry.version, looked) };
  if (raised) addition.data_classification = now.classification;
  if (widened) addition.domains = [...now.domains];
  if (raised || widened) addition.registry.claimed = { data_classification: claimed.classification, domains: [...claimed.domains] };
  if (record.action !== 'tool_invoked') return { addition, derived: [] };
  return { addition, tool: looked.toolName, derived: tool ? derive(record, tool, source ?? null, addition.registry, now, own) : [] };
}

/** The data source behind a tool, where it is classified higher than the tool's entry and than what the sender wrote; else null. For a preview to say why. */
export function raisingSource(record: RecordInput, registry: RegistryIndex): string | null {
  const { tool, source } = lookUp(record, registry) ?? {};
  if (!tool || !source) return null;
  const without = highest(tool.classification, record.data_classification);
  return highest(without, source.classification) === without ? null : entryLabel(source);
}

interface Looked {
  /** undefined: none is named; null: the name is unknown. */
  tool?: RegistryEntry | null;
  source?: RegistryEntry | null;
  toolName?: string;
}

/**
 * A call of a tool is looked up by `details.tool`, and the data behind it by the entry's resource type. An access is looked up by `details.tool` and by
 * `details.data_source`; where it names no source, its resource type may be one, but need not be.
 */
function lookUp(record: RecordInput, registry: RegistryIndex): Looked | null {
  const { action } = record;
  if (action !== 'tool_invoked' && action !== 'data_accessed' && action !== 'data_modified') return null;
  const toolName = named(record.details?.tool);
  const looked: Looked = {};
  if (toolName !== undefined) {
    looked.toolName = toolName;
    looked.tool = registry.find('tool', toolName);
  }
  const sourceName = action === 'tool_invoked' ? undefined : named(record.details?.data_source);
  const type = action === 'tool_invoked' ? looked.tool?.resource_type : (record.resource_type ?? looked.tool?.resource_type);
  if (sourceName !== undefined) looked.source = registry.find('data_source', sourceName);
  else if (type !== undefined) looked.source = registry.find('data_source', type) ?? undefined;
  return looked.tool === undefined && looked.source === undefined ? null : looked;
}

function named(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function considered({ tool, source }: Looked): (RegistryEntry | null)[] {
  return [tool, source].filter((entry) => entry !== undefined);
}

function markOf(version: number, { tool, source }: Looked): RegistryMark {
  if (tool === undefined) return source ? { version, entry: entryLabel(source) } : { version };
  return { version, ...(tool && { entry: entryLabel(tool) }), ...(source && { data_source: entryLabel(source) }) };
}

function standingOf(record: RecordInput): Standing {
  return { classification: record.data_classification, domains: union(record.domains ?? [], []) };
}

const YIELDS = { reads: 'data_accessed', modifies: 'data_modified' } as const satisfies Record<string, DerivedAction>;

function derive(
  cause: RecordInput,
  entry: RegistryEntry,
  source: RegistryEntry | null,
  mark: RegistryMark,
  standing: Standing,
  own: OwnAccesses,
): RecordInput[] {
  if (entry.access === 'none' || entry.resource_type === undefined) return [];
  const action = YIELDS[entry.access];
  if (own.ofCall(cause, action)) return [];
  const resourceType = entry.resource_type;
  const read = argumentsOf(cause);
  const touched = findResources(entry, read);
  const subject = findSubject(entry, read) ?? cause.subject_id;
  const call = callId(cause);
  const base = {
    timestamp: cause.timestamp,
    action,
    actor_id: cause.actor_id,
    actor_type: cause.actor_type,
    agent_name: cause.agent_name,
    data_classification: standing.classification,
    ...(cause.conversation_id !== undefined && { conversation_id: cause.conversation_id }),
    resource_type: resourceType,
    ...(subject !== undefined && { subject_id: subject }),
    ...(cause.on_behalf_of !== undefined && { on_behalf_of: cause.on_behalf_of }),
    ...(cause.purpose !== undefined && { purpose: cause.purpose }),
    ...(cause.outcome !== undefined && { outcome: cause.outcome }),
    ...(standing.domains.length > 0 && { domains: [...standing.domains] }),
    details: {
      derived_from: cause.id,
      tool: cause.details?.tool,
      ...(call !== undefined && { tool_call_id: call }),
      registry: { version: mark.version, entry: entryLabel(entry), ...(source && { data_source: entryLabel(source) }) },
      ...(touched.missing !== undefined && { resource_missing: touched.missing }),
      ...(touched.count !== undefined && { resources: touched.count }),
    },
  };
  if (touched.ids.length === 0) return [{ ...base, id: derivedId(cause.id, 0) }];
  return touched.ids
    .map((id, ordinal): RecordInput => ({ ...base, id: derivedId(cause.id, ordinal), resource_id: id }))
    .filter((record) => !own.ofResource(cause, action, resourceType, record.resource_id ?? ''));
}

/** The tool's arguments: the content part if there is one, else `details.arguments`, as JSON or as the text of it. Read once, when first asked for. */
function argumentsOf(record: RecordInput): () => JsonValue | undefined {
  let read: { value: JsonValue | undefined } | undefined;
  return () => {
    read ??= { value: readArguments(record) };
    return read.value;
  };
}

function readArguments(record: RecordInput): JsonValue | undefined {
  const part = record.content?.find((each) => each.part === 'tool_arguments');
  const given = part?.text ?? (record.details?.arguments as JsonValue | undefined);
  if (typeof given !== 'string') return given;
  try {
    // Strictly: of arguments that two readers could read differently, none is taken for what the tool did.
    return readJsonText(given);
  } catch (error) {
    if (error instanceof JsonFault) return undefined;
    throw error;
  }
}
