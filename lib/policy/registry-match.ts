import { REGISTRY_LIMITS, type Registry, type RegistryEntry, type RegistryKind } from '@/lib/schema/registry';

/** A registry made ready for look-ups. */
export interface RegistryIndex {
  version: number;
  /** The entry that decides for a name: the exact one, else the longest pattern that matches; null where the name is unknown. */
  find(kind: RegistryKind, name: string): RegistryEntry | null;
}

/** Names that were asked for are remembered up to this many: a sender can make up names without end. */
const REMEMBERED = 4_096;

export function indexRegistry({ version, entries }: Registry): RegistryIndex {
  const exact = { tool: new Map<string, RegistryEntry>(), data_source: new Map<string, RegistryEntry>() };
  const patterns: { kind: RegistryKind; pattern: string; entry: RegistryEntry }[] = [];
  for (const entry of entries) {
    if (entry.name !== undefined) exact[entry.kind].set(entry.name, entry);
    else if (entry.pattern !== undefined) patterns.push({ kind: entry.kind, pattern: entry.pattern, entry });
  }
  // Of two that are equally long the one that sorts first: which one does not matter, but it is the same each time.
  patterns.sort((a, b) => b.pattern.length - a.pattern.length || (a.pattern < b.pattern ? -1 : 1));
  const known = new Map<string, RegistryEntry | null>();
  return {
    version,
    find(kind, name) {
      const named = exact[kind].get(name);
      if (named) return named;
      if (patterns.length === 0 || name.length === 0 || name.length > REGISTRY_LIMITS.nameChars) return null;
      const key = `${kind}\n${name}`;
      const before = known.get(key);
      if (before !== undefined) return before;
      const found = patterns.find((each) => each.kind === kind && matchesGlob(each.pattern, name))?.entry ?? null;
      if (known.size >= REMEMBERED) known.clear();
      known.set(key, found);
      return found;
    },
  };
}

/** Whether the pattern matches the whole text; `*` stands for any characters, none included. At most their lengths' product in steps. */
export function matchesGlob(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  // Where the last star stands and how far it reaches: only it ever has to take one character more.
  let star = -1;
  let reach = 0;
  while (t < text.length) {
    if (pattern[p] === '*') {
      star = p++;
      reach = t;
    } else if (pattern[p] === text[t]) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++reach;
    } else return false;
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}
