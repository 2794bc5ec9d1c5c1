import type { Finding } from './finding';

/**
 * The text with each finding replaced by its type: `Call [phone] today`.
 * @param findings as detectPhi gave them for this very text: sorted, not overlapping.
 */
export function maskText(text: string, findings: readonly Pick<Finding, 'type' | 'start' | 'end'>[]): string {
  if (findings.length === 0) return text;
  let masked = '';
  let from = 0;
  for (const { type, start, end } of findings) {
    masked += `${text.slice(from, start)}[${type}]`;
    from = end;
  }
  return masked + text.slice(from);
}
