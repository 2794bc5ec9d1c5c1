import type { BreakGlassReason } from '@/lib/schema/words';

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
