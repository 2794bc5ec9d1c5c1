import type { Purpose } from '@/lib/policy/purposes';

/** A line a purpose: `other*: Another purpose`, the asterisk where a note is asked for. */
export function writePurposes(purposes: readonly Purpose[]): string {
  return purposes.map(({ code, say, needs_note: note }) => `${code}${note ? '*' : ''}: ${say}`).join('\n');
}

/** Reads what {@link writePurposes} writes; empty lines are passed over. */
export function readPurposes(text: string): { ok: true; purposes: Purpose[] } | { ok: false; say: string } {
  const purposes: Purpose[] = [];
  for (const [i, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '') continue;
    const read = /^([a-z][a-z0-9_]{0,39})(\*)?\s*:\s*(\S.{0,79})$/u.exec(line);
    if (read === null)
      return { ok: false, say: `Line ${i + 1} is not of the form “code: what the dialog says”; a code is of small letters, digits and _.` };
    if (purposes.some(({ code }) => code === read[1])) return { ok: false, say: `The code ${read[1]} stands twice.` };
    purposes.push({ code: read[1]!, say: read[3]!.trim(), needs_note: read[2] === '*' });
  }
  return purposes.length === 0 ? { ok: false, say: 'There has to be at least one purpose.' } : { ok: true, purposes };
}
