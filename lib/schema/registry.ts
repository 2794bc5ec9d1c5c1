import * as z from 'zod/mini';
import { CLASSIFICATIONS, IDENTIFIER } from './vocabulary';

/** The registry of a ledger: which tools and data sources its agents use, and what each of them means for a record. */

export const REGISTRY_KINDS = ['tool', 'data_source'] as const;
export type RegistryKind = (typeof REGISTRY_KINDS)[number];
/** What a call of a tool does to data; a call that reads or modifies yields a record of its own. */
export const TOOL_ACCESS = ['reads', 'modifies', 'none'] as const;
export type ToolAccess = (typeof TOOL_ACCESS)[number];

export const REGISTRY_LIMITS = {
  entries: 2_000,
  /** UTF-16 units of a tool's or data source's name that can be looked up; a longer one counts as unknown. */
  nameChars: 128,
  domains: 16,
  /** Canonical bytes of all entries together. */
  bytes: 1_048_576,
  /** Resources of one call that get a record each; of more, one record tells how many. */
  resources: 16,
} as const;

/** What the catalogue of retention knows; any other of the same pattern may be used. */
export const KNOWN_DOMAINS = [
  'hipaa',
  'soc2',
  'financial',
  'sec-17a-4',
  'finra',
  'pci-dss',
  'eu-ai-act',
  'nydfs',
  'mifid2',
  'part-11',
  'gdpr',
  'glba',
] as const;

const name = z.string().check(z.minLength(1), z.maxLength(REGISTRY_LIMITS.nameChars), z.refine(isWellFormed));
/** RFC 6901: empty for the whole, or steps that each begin with a slash. */
const pointer = z.string().check(z.maxLength(256), z.regex(/^(\/([^~/]|~[01])*)*$/u), z.refine(isWellFormed));
const domain = z.string().check(z.regex(/^[a-z0-9][a-z0-9-]{0,31}$/));

export const RegistryEntry = z.strictObject({
  kind: z.enum(REGISTRY_KINDS),
  /** Exactly this name, or any that the pattern matches (`*` stands for any characters, none included): one of the two. */
  name: z.optional(name),
  pattern: z.optional(name),
  resource_type: z.optional(z.string().check(z.regex(IDENTIFIER))),
  domains: z._default(z.array(domain).check(z.maxLength(REGISTRY_LIMITS.domains)), []),
  classification: z.enum(CLASSIFICATIONS),
  access: z._default(z.enum(TOOL_ACCESS), 'none'),
  /** Where in the tool's arguments the id of the resource stands, and that of the person whom the data is about. */
  resource_pointer: z.optional(pointer),
  subject_pointer: z.optional(pointer),
});
export type RegistryEntry = z.infer<typeof RegistryEntry>;

const entries = z.array(RegistryEntry).check(z.maxLength(REGISTRY_LIMITS.entries));
const note = z.string().check(z.trim(), z.maxLength(500), z.refine(isWellFormed));

/** A registry as a file: what an export writes and an import reads. `version` and `ledger` tell where it came from and decide nothing. */
export const RegistryFile = z.strictObject({
  format: z.literal('holdfast/registry/v1'),
  ledger: z.optional(z.string().check(z.maxLength(63))),
  version: z.optional(z.int().check(z.gte(0))),
  entries,
});
export type RegistryFile = z.infer<typeof RegistryFile>;

/** A new version: all entries, and the number of the version that they were made from. */
export const SaveRegistryBody = z.strictObject({ if_version: z.int().check(z.gte(0)), entries, note: z.optional(note) });
export type SaveRegistryBody = z.infer<typeof SaveRegistryBody>;

export const PreviewRegistryBody = z.strictObject({ entries });

/** One version, whole. Number 0 is the empty registry that every ledger begins with. */
export interface Registry {
  version: number;
  entries: readonly RegistryEntry[];
}

/** How an entry is named in records, in the access ledger and on screens: "chart.read", "mcp__*". */
export function entryLabel(entry: Pick<RegistryEntry, 'name' | 'pattern'>): string {
  return entry.name ?? entry.pattern ?? '';
}

/** What makes two entries the same one; a registry has no two of a key. */
export function entryKey(entry: Pick<RegistryEntry, 'kind' | 'name' | 'pattern'>): string {
  return `${entry.kind}\n${entry.name === undefined ? 'pattern' : 'name'}\n${entryLabel(entry)}`;
}

function isWellFormed(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

/** A version without its entries. */
export const RegistryVersion = z.object({
  version: z.int(),
  /** SHA-256 of the canonical form of the entries, hex; null for version 0. */
  sha256: z.nullable(z.string()),
  entries: z.int(),
  changed_by: z.nullable(z.string()),
  changed_at: z.nullable(z.string()),
  note: z.nullable(z.string()),
});
export type RegistryVersion = z.infer<typeof RegistryVersion>;

export const RegistryAnswer = z.object({
  registry: z.object({ ...RegistryVersion.shape, entries: z.array(RegistryEntry) }),
  newest: z.int(),
});
export type RegistryAnswer = z.infer<typeof RegistryAnswer>;

/** How often a tool was called, as counted when its calls came in. `tool` null: calls without a name that can be looked up, together. */
export const ToolUse = z.object({
  tool: z.nullable(z.string()),
  count: z.int(),
  /** How many of these came while the registry did not know the name. */
  unmapped: z.int(),
  first_at: z.string(),
  last_at: z.string(),
  /** The entry that decides by now. */
  entry: z.nullable(z.string()),
});
export type ToolUse = z.infer<typeof ToolUse>;
export const ToolUseAnswer = z.object({ tools: z.array(ToolUse), version: z.int() });

/** Records that would have been kept otherwise, and the same for each of them. */
export const PreviewGroup = z.object({
  kind: z.enum(REGISTRY_KINDS),
  name: z.string(),
  /** The entry that would decide; null where none would. */
  entry: z.nullable(z.string()),
  /** The data source behind it, where that is what makes the classification higher than the entry's own; else null. */
  raised_by: z.nullable(z.string()),
  records: z.int(),
  classification: z.object({ is: z.enum(CLASSIFICATIONS), would_be: z.enum(CLASSIFICATIONS) }),
  domains: z.object({ added: z.array(z.string()), removed: z.array(z.string()) }),
  /** Records that would be derived beyond those that are there, below zero where fewer. */
  derived: z.int(),
});
export type PreviewGroup = z.infer<typeof PreviewGroup>;
export const PreviewAnswer = z.object({
  /** Of the last seven days' calls of tools and accesses of data: how many were looked at, and how many would have been kept otherwise. */
  looked_at: z.int(),
  changed: z.int(),
  derived: z.int(),
  since: z.string(),
  /** False where there are more than a preview looks at; then `since` is the time of the oldest of these. */
  complete: z.boolean(),
  /** Largest first, at most 100. */
  groups: z.array(PreviewGroup),
  more_groups: z.int(),
});
export type PreviewAnswer = z.infer<typeof PreviewAnswer>;

/** What the screen shows; `suggestion` only for who may map. */
export interface RegistryDto {
  registry: RegistryAnswer['registry'];
  newest: number;
  versions: RegistryVersion[];
  unmapped: (ToolUse & { suggestion: RegistryEntry | null })[];
  tools: ToolUse[];
  nameless: ToolUse | null;
  may_manage: boolean;
}
