import { PHI_TYPES, type PhiType } from '../finding';
import { FINANCE } from './finance';
import { HEALTH } from './health';
import { LAW } from './law';
import { SYSTEMS } from './systems';

export interface Label {
  type: PhiType;
  start: number;
  end: number;
}

export interface Sentence {
  domain: string;
  text: string;
  labels: Label[];
  /** Not looked at while the rules were made: every third one. */
  heldOut: boolean;
}

const MARK = /⟦([a-z_0-9]+)\|([^⟧]*)⟧/g;

/** All sentences of the corpus. @throws Error where a mark is wrong. */
export function readCorpus(): Sentence[] {
  return Object.entries({ health: HEALTH, finance: FINANCE, law: LAW, systems: SYSTEMS }).flatMap(([domain, lines]) =>
    lines
      .trim()
      .split('\n')
      .map((line, i) => ({ domain, ...readSentence(line), heldOut: i % 3 === 2 })),
  );
}

/** `Call ⟦phone|212-555-0147⟧ today.` */
export function readSentence(line: string): { text: string; labels: Label[] } {
  const labels: Label[] = [];
  let text = '';
  let from = 0;
  for (const mark of line.matchAll(MARK)) {
    const type = mark[1] as PhiType;
    if (!PHI_TYPES.includes(type)) throw new Error(`There is no type ${mark[1]}: ${line}`);
    text += line.slice(from, mark.index);
    labels.push({ type, start: text.length, end: text.length + mark[2].length });
    text += mark[2];
    from = mark.index + mark[0].length;
  }
  text += line.slice(from);
  if (/[⟦⟧]/.test(text)) throw new Error(`A mark is not closed: ${line}`);
  return { text, labels };
}
