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
