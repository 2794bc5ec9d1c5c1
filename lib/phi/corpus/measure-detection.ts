import type { Finding, PhiType } from '../finding';
import type { Label, Sentence } from './read-corpus';

export interface Score {
  type: PhiType | 'all';
  labels: number;
  /** Labels with a finding of their type upon them. */
  found: number;
  /** Labels upon which a finding of any type lies: these are masked, under whatever name. */
  touched: number;
  findings: number;
  /** Findings with a label of their type beneath them. */
  right: number;
}

export interface Miss {
  kind: 'missed' | 'wrong';
  type: PhiType;
  text: string;
  sentence: string;
  rule?: string;
}

type Detect = (text: string) => readonly Finding[];

/** How much of the labels is found and how much of what is found is labelled, by type and over all. Characters count for `covered` alone. */
export function measureDetection(sentences: readonly Pick<Sentence, 'text' | 'labels'>[], detect: Detect) {
  const scores = new Map<PhiType | 'all', Score>();
  const of = (type: PhiType | 'all') => {
    const score = scores.get(type) ?? { type, labels: 0, found: 0, touched: 0, findings: 0, right: 0 };
    scores.set(type, score);
    return score;
  };
  const add = (type: PhiType, member: Exclude<keyof Score, 'type'>) => {
    of(type)[member] += 1;
    of('all')[member] += 1;
  };
  const misses: Miss[] = [];
  let labelled = 0;
  let covered = 0;
  for (const { text, labels } of sentences) {
    const findings = detect(text);
    for (const label of labels) {
      add(label.type, 'labels');
      labelled += label.end - label.start;
      for (const finding of findings) covered += Math.max(0, Math.min(finding.end, label.end) - Math.max(finding.start, label.start));
      if (findings.some((finding) => overlap(finding, label))) add(label.type, 'touched');
      if (findings.some((finding) => finding.type === label.type && overlap(finding, label))) add(label.type, 'found');
      else misses.push({ kind: 'missed', type: label.type, text: text.slice(label.start, label.end), sentence: text });
    }
    for (const finding of findings) {
      add(finding.type, 'findings');
      if (labels.some((label) => label.type === finding.type && overlap(finding, label))) add(finding.type, 'right');
      else
        misses.push({
          kind: 'wrong',
          type: finding.type,
          text: text.slice(finding.start, finding.end),
          sentence: text,
          rule: finding.rule,
        });
    }
  }
  const total = of('all');
  const byType = [...scores.values()].filter((score) => score.type !== 'all').sort((a, b) => (a.type < b.type ? -1 : 1));
  return { byType, total, misses, covered: labelled === 0 ? 1 : covered / labelled };
}

function overlap(a: Pick<Label, 'start' | 'end'>, b: Pick<Label, 'start' | 'end'>): boolean {
  return a.start < b.end && b.start < a.end;
}
