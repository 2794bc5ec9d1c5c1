import { canonicalize, type JsonValue } from '@/lib/chain/canonical-json';
import { entryKey, entryLabel, REGISTRY_LIMITS, type RegistryEntry } from '@/lib/schema/registry';
import { union } from './registry-combine';

/** What is wrong with a list of entries that each have the right shape. `pointer` is within the list. */
export interface EntryFault {
  pointer: string;
  detail: string;
}

export function findFault(entries: readonly RegistryEntry[]): EntryFault | null {
  const seen = new Set<string>();
  for (const [place, entry] of entries.entries()) {
    const fault = faultOf(entry);
    if (fault !== null) return { pointer: `/${place}${fault.pointer}`, detail: `${saying(entry, place)}: ${fault.detail}` };
    const key = entryKey(entry);
    if (seen.has(key)) return { pointer: `/${place}`, detail: `${saying(entry, place)} is there twice.` };
    seen.add(key);
  }
  const bytes = new TextEncoder().encode(canonicalize(entries as unknown as JsonValue)).length;
  if (bytes > REGISTRY_LIMITS.bytes)
    return { pointer: '', detail: `The entries together have ${bytes} bytes; ${REGISTRY_LIMITS.bytes} are allowed.` };
  return null;
}

function saying(entry: RegistryEntry, place: number): string {
  return entryLabel(entry) === '' ? `Entry ${place + 1}` : `“${entryLabel(entry)}”`;
}

function faultOf(entry: RegistryEntry): EntryFault | null {
  if ((entry.name === undefined) === (entry.pattern === undefined))
    return { pointer: '', detail: 'an entry has a name or a pattern, one of the two.' };
  if (entry.pattern !== undefined && !entry.pattern.includes('*'))
    return { pointer: '/pattern', detail: 'a pattern without * matches one name alone; make it a name.' };
  if (entry.pattern?.includes('**')) return { pointer: '/pattern', detail: 'two stars in a row match what one does.' };
  const pointers = entry.resource_pointer !== undefined || entry.subject_pointer !== undefined;
  if (entry.kind === 'data_source' && (entry.access !== 'none' || pointers))
    return { pointer: '/access', detail: 'what is read or modified is said of tools; a data source has neither access nor pointers.' };
  if (entry.access !== 'none' && entry.resource_type === undefined)
    return { pointer: '/resource_type', detail: 'a tool that reads or modifies data needs the type of what it reads or modifies.' };
  if (entry.access === 'none' && pointers)
    return { pointer: '/access', detail: 'pointers lead to what is read or modified; this tool does neither.' };
  return null;
}

/** The one order and spelling in which entries are kept: tools first, then by name; domains sorted. */
export function tidyEntries(entries: readonly RegistryEntry[]): RegistryEntry[] {
  const order = (entry: RegistryEntry) => `${entry.kind === 'tool' ? 0 : 1}${entryLabel(entry)}\n${entry.name === undefined ? 1 : 0}`;
  return entries
    .map((entry) => ({ ...entry, domains: union(entry.domains, []) }))
    .sort((a, b) => (order(a) < order(b) ? -1 : order(a) > order(b) ? 1 : 0));
}

export interface EntryChanges {
  added: RegistryEntry[];
  removed: RegistryEntry[];
  changed: { before: RegistryEntry; after: RegistryEntry }[];
}

export function diffEntries(before: readonly RegistryEntry[], after: readonly RegistryEntry[]): EntryChanges {
  const was = new Map(before.map((entry) => [entryKey(entry), entry]));
  const is = new Map(after.map((entry) => [entryKey(entry), entry]));
  const same = (a: RegistryEntry, b: RegistryEntry) => canonicalize(a as unknown as JsonValue) === canonicalize(b as unknown as JsonValue);
  return {
    added: after.filter((entry) => !was.has(entryKey(entry))),
    removed: before.filter((entry) => !is.has(entryKey(entry))),
    changed: after.flatMap((entry) => {
      const old = was.get(entryKey(entry));
      return old === undefined || same(old, entry) ? [] : [{ before: old, after: entry }];
    }),
  };
}
