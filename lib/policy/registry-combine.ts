import type { RegistryEntry } from '@/lib/schema/registry';
import { CLASSIFICATIONS, type Classification } from '@/lib/schema/vocabulary';

/** What a record is held to. Domains are sorted and without repeats. */
export interface Standing {
  classification: Classification;
  domains: readonly string[];
}

/** The higher one of two: what is kept is never below what anybody said of it. */
export function highest(a: Classification, b: Classification): Classification {
  return CLASSIFICATIONS.indexOf(a) >= CLASSIFICATIONS.indexOf(b) ? a : b;
}

/** Sorted by code units, each once. */
export function union(a: readonly string[], b: readonly string[]): string[] {
  return [...new Set([...a, ...b])].sort();
}

/** Highest classification, all domains. A null among the entries is a name that the registry does not know: restricted, until somebody maps it. */
export function combine(claimed: Standing, entries: readonly (RegistryEntry | null)[]): Standing {
  let { classification, domains } = claimed;
  for (const entry of entries) {
    classification = highest(classification, entry === null ? 'restricted' : entry.classification);
    if (entry !== null && entry.domains.length > 0) domains = union(domains, entry.domains);
  }
  return { classification, domains };
}
