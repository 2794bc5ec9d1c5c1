import { detectPhi, type Finding, type PhiType } from './detect-phi';
import { maskText } from './mask-text';

export interface MaskedDetails<T> {
  /** The details with placeholders; the very object that was given where nothing was found. */
  details: T;
  /** JSON pointer (RFC 6901, of the masked details) → what stood there. */
  originals: Record<string, string>;
  /** Sorted, each once. */
  labels: PhiType[];
}

export type Detect = (text: string, hint: string) => Finding[];
const detect: Detect = (text, hint) => detectPhi(text, { hint });

/**
 * Masks every string of a record's details in which PHI stands, at any depth; the member's name counts as a word before it. Numbers stay, and so do the names
 * of members: a record whose names hold PHI is told by its labels, and its sender has to be spoken to.
 * @param details JSON: objects, arrays, strings, numbers, booleans, null; no deeper than the record allows.
 */
export function maskDetails<T>(details: T, find: Detect = detect): MaskedDetails<T> {
  const originals: Record<string, string> = {};
  const labels = new Set<PhiType>();
  const visit = (value: unknown, pointer: string, hint: string): unknown => {
    if (typeof value === 'string') {
      const findings = find(value, hint);
      if (findings.length === 0) return value;
      originals[pointer] = value;
      for (const { type } of findings) labels.add(type);
      return maskText(value, findings);
    }
    if (Array.isArray(value))
      return keepIfSame(
        value,
        value.map((item, i) => visit(item, `${pointer}/${i}`, hint)),
      );
    if (value === null || typeof value !== 'object') return value;
    const members = Object.entries(value);
    let changed = false;
    const masked = members.map(([name, member]): [string, unknown] => {
      for (const { type } of find(name, '')) labels.add(type);
      const next = visit(member, `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`, name);
      changed ||= next !== member;
      return [name, next];
    });
    return changed ? Object.fromEntries(masked) : value;
  };
  const masked = visit(details, '', '') as T;
  return { details: masked, originals, labels: [...labels].sort() };
}

function keepIfSame(before: unknown[], after: unknown[]): unknown[] {
  return after.every((item, i) => item === before[i]) ? before : after;
}
