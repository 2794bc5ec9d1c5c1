import { countOf, formatCount } from '@/components/ui/format-count';
import { plainWords } from '@/components/ui/vocabulary-words';
import { diffEntries } from '@/lib/policy/registry-check';
import { entryKey, entryLabel, type PreviewAnswer, type PreviewGroup, type RegistryEntry, type ToolAccess } from '@/lib/schema/registry';

export const ACCESS_WORDS: Record<ToolAccess, string> = { reads: 'Reads', modifies: 'Changes', none: 'Touches no data' };

/** "Reads patient_record · restricted · hipaa" */
export function entryWords(entry: RegistryEntry): string {
  const does =
    entry.access === 'none' ? (entry.resource_type ?? 'touches no data') : `${ACCESS_WORDS[entry.access]} ${entry.resource_type}`;
  return [does, entry.classification, ...entry.domains].join(' · ');
}

/** "confidential instead of restricted, gdpr added" */
export function groupWords({ classification: { is, would_be: wouldBe }, domains: { added, removed } }: PreviewGroup): string {
  const words = [
    ...(is === wouldBe ? [] : [`${wouldBe} instead of ${is}`]),
    ...(added.length > 0 ? [`${added.join(', ')} added`] : []),
    ...(removed.length > 0 ? [`without ${removed.join(', ')}`] : []),
  ];
  return words.length === 0 ? 'as it is' : words.join(', ');
}

/** "chart.read, raised by the data source patient_record behind it" */
export function deciderWords({ entry, raised_by: source }: Pick<PreviewGroup, 'entry' | 'raised_by'>): string {
  if (entry === null) return 'no entry';
  return source === null ? entry : `${entry}, raised by the data source ${source} behind it`;
}

/** The whole of a preview in a sentence; where the look ended is said apart. */
export function previewWords({ looked_at: looked, changed, derived }: Pick<PreviewAnswer, 'looked_at' | 'changed' | 'derived'>): string {
  if (looked === 0) return 'No call of a tool and no access of data came in the last seven days: there is nothing to see the change by.';
  const of = `Of ${countOf(looked, 'call or access', 'calls and accesses')}`;
  const kept = changed === 0 ? 'none would have been kept otherwise' : `${formatCount(changed)} would have been kept otherwise`;
  if (derived === 0) return `${of}, ${kept}.`;
  const more = countOf(Math.abs(derived), 'record', 'records');
  return `${of}, ${kept}, and ${more} of data read or changed ${derived > 0 ? 'would have been derived beside them' : 'would not have been derived'}.`;
}

/** What a list of entries changes, as one line: "2 added, 1 changed". */
export function changeWords(before: readonly RegistryEntry[], after: readonly RegistryEntry[]): string {
  const { added, removed, changed } = diffEntries(before, after);
  const words = [
    ...(added.length > 0 ? [`${formatCount(added.length)} added`] : []),
    ...(changed.length > 0 ? [`${formatCount(changed.length)} changed`] : []),
    ...(removed.length > 0 ? [`${formatCount(removed.length)} removed`] : []),
  ];
  return words.length === 0 ? 'nothing changes' : words.join(', ');
}

/** The list with an entry in the place of another, or added where there was none; `null` takes it out. */
export function withEntry(entries: readonly RegistryEntry[], old: RegistryEntry | null, next: RegistryEntry | null): RegistryEntry[] {
  const rest = old === null ? [...entries] : entries.filter((entry) => entryKey(entry) !== entryKey(old));
  return next === null ? rest : [...rest, next];
}

/** What is on both lists is taken from the second. */
export function mergeEntries(here: readonly RegistryEntry[], file: readonly RegistryEntry[]): RegistryEntry[] {
  const theirs = new Set(file.map(entryKey));
  return [...here.filter((entry) => !theirs.has(entryKey(entry))), ...file];
}

export interface EntryForm {
  kind: RegistryEntry['kind'];
  /** A name, or a pattern where it has a star. */
  label: string;
  resourceType: string;
  access: ToolAccess;
  classification: RegistryEntry['classification'];
  /** As typed: apart by commas or spaces. */
  domains: string;
  resourcePointer: string;
  subjectPointer: string;
}

export function formOf(entry: RegistryEntry | null): EntryForm {
  return {
    kind: entry?.kind ?? 'tool',
    label: entry === null ? '' : entryLabel(entry),
    resourceType: entry?.resource_type ?? '',
    access: entry?.access ?? 'none',
    classification: entry?.classification ?? 'restricted',
    domains: entry?.domains.join(', ') ?? '',
    resourcePointer: entry?.resource_pointer ?? '',
    subjectPointer: entry?.subject_pointer ?? '',
  };
}

/**
 * What the form says; members that its kind does not have are left out.
 * @param old the entry that is changed: an exact name with a star stays one.
 */
export function entryOf(form: EntryForm, old: RegistryEntry | null): RegistryEntry {
  const isPattern = form.label.includes('*') && old?.name !== form.label;
  const access = form.kind === 'tool' ? form.access : 'none';
  const touches = access !== 'none';
  return {
    kind: form.kind,
    ...(isPattern ? { pattern: form.label } : { name: form.label }),
    ...(form.resourceType.trim() !== '' && { resource_type: form.resourceType.trim() }),
    domains: [
      ...new Set(
        form.domains
          .toLowerCase()
          .split(/[\s,;]+/)
          .filter(Boolean),
      ),
    ].sort(),
    classification: form.classification,
    access,
    ...(touches && form.resourcePointer.trim() !== '' && { resource_pointer: form.resourcePointer.trim() }),
    ...(touches && form.subjectPointer.trim() !== '' && { subject_pointer: form.subjectPointer.trim() }),
  };
}

export function kindWords(kind: RegistryEntry['kind']): string {
  return plainWords(kind);
}
