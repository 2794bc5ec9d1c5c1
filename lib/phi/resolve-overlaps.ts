import type { Finding } from './finding';

/**
 * One finding for each place: where findings overlap, their union stays, under the type of the surer one (of two that are equally sure, the longer one; a
 * longer one that holds the other whole counts as surer). Nothing that a rule found falls out of the spans: a mask covers all of it.
 */
export function resolveOverlaps(findings: readonly Finding[]): Finding[] {
  const sorted = [...findings].sort((a, b) => a.start - b.start || b.end - a.end || b.score - a.score || (a.rule < b.rule ? -1 : 1));
  const resolved: Finding[] = [];
  for (const finding of sorted) {
    const last = resolved.at(-1);
    if (last === undefined || finding.start >= last.end) {
      resolved.push({ ...finding });
      continue;
    }
    // Sorted by start: the later one cannot hold the earlier one unless both begin together.
    const sameSpan = finding.start === last.start && finding.end === last.end;
    const held = finding.end <= last.end && !sameSpan;
    if (!held && finding.score > last.score) Object.assign(last, { type: finding.type, score: finding.score, rule: finding.rule });
    last.end = Math.max(last.end, finding.end);
  }
  return resolved;
}
