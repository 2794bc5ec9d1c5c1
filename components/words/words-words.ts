import { countOf, formatCount } from '@/components/ui/format-count';
import type { BreakGlassReason, PartDto } from '@/lib/schema/words';

const PARTS: Record<string, string> = {
  prompt: 'Prompt',
  response: 'Response',
  tool_arguments: 'Arguments',
  tool_result: 'Result',
  document: 'Document',
  details: 'What stood in the details',
};

/** What a part of content is called. */
export function partName(part: string): string {
  return PARTS[part] ?? part;
}

/**
 * What became of the words on a page, in a sentence; there is at least one part. Where some are not where their records say, that is a break and no
 * destruction.
 */
export function barWords(parts: readonly Pick<PartDto, 'state'>[]): { words: string; broken: boolean } {
  const count = (state: PartDto['state']) => parts.filter((part) => part.state === state).length;
  const [sealed, shredded, missing] = [count('sealed'), count('shredded'), count('missing')];
  const broken = missing > 0;
  const all = `${countOf(parts.length, 'part', 'parts')} of words on this page`;
  const every = parts.length === 1 ? `The one ${all.slice(2)}` : `All ${all}`;
  if (sealed === parts.length) return { words: `${all} ${sealed === 1 ? 'is' : 'are'} sealed.`, broken };
  if (shredded === parts.length)
    return { words: `${every} ${shredded === 1 ? 'was' : 'were'} destroyed: nothing is left to reveal.`, broken };
  if (missing === parts.length)
    return { words: `${every} ${missing === 1 ? 'is' : 'are'} not where the record says, and no destruction is known.`, broken };
  const some = [
    ...(sealed > 0 ? [`${formatCount(sealed)} ${sealed === 1 ? 'is' : 'are'} sealed`] : []),
    ...(shredded > 0 ? [`${formatCount(shredded)} ${shredded === 1 ? 'was' : 'were'} destroyed`] : []),
    ...(missing > 0 ? [`${formatCount(missing)} ${missing === 1 ? 'is' : 'are'} not where the record says`] : []),
  ];
  return { words: `Of ${all}, ${some.length === 2 ? some.join(' and ') : `${some[0]}, ${some[1]} and ${some[2]}`}.`, broken };
}

/** What was detected in a record's words and details, by its labels: "date, email"; null where nothing was. */
export function foundWords(details: Record<string, unknown> | undefined): string | null {
  const labels = details?.phi_labels;
  if (!Array.isArray(labels)) return null;
  const names = labels.filter((label) => typeof label === 'string').map((label) => label.replaceAll('_', ' '));
  return names.length === 0 ? null : names.join(', ');
}

/** "4:07", until words are covered again. */
export function countdown(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

export const REASONS: Record<BreakGlassReason, string> = {
  patient_safety: 'Safety of a patient',
  medical_emergency: 'Medical emergency',
  security_incident: 'Security incident',
  legal_deadline: 'Legal deadline',
  system_failure: 'Failure of a system',
  other: 'Another reason',
};
