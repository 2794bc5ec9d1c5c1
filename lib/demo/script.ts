import type { Classification } from '../schema/vocabulary';
import type { Dialogues, PromptHistory } from './words';

/** The words in which the demo's offices are described. Everything here is data; `play-conversation.ts` acts it out. */

type Range = readonly [number, number];

/** Data that a tool reads or changes. In `id`, `$subject` is the person and each # a digit that stays the same for that person. */
export interface Touch {
  does: 'reads' | 'writes';
  type: string;
  id: string;
  fields: readonly string[];
  change?: string;
  rows?: Range;
  classification?: Classification;
}

export interface ToolUse {
  tool: string;
  touches: readonly Touch[];
  /** Milliseconds. */
  takes: Range;
  arguments: Range;
  result: Range;
  /** How often this use happens; always when left out. */
  chance?: number;
  /** How often it fails. */
  fails?: number;
  /** A standing grant without which it is denied. */
  needs?: string;
}

/** A supervisor lets the agent do one thing, within the conversation, for an hour. */
export interface Permit {
  permit: string;
  approvers: string;
  reason: string;
  type: string;
  id: string;
  chance?: number;
}

export interface Turn {
  /** Length of the user's message. */
  says: Range;
  uses: readonly (ToolUse | Permit)[];
  /** Length of the agent's answer. */
  answers: Range;
  chance?: number;
}

export interface Scenario {
  title: string;
  weight: number;
  /** A role of `people`, or `subject` when the person talks for themselves. */
  by: string;
  channel: string;
  purpose: string;
  classification: Classification;
  domains: readonly string[];
  /** False for talk about nobody in particular. */
  aboutSomeone?: false;
  turns: readonly Turn[];
}

/** A moment in the history, 0 = its beginning, 1 = now. */
interface Moment {
  at: number;
}

export interface PromptVersion extends Moment {
  version: string;
  author: string;
  approver: string;
  ticket: string;
  length: number;
}
export interface ModelVersion extends Moment {
  model: string;
  approver: string;
  ticket: string;
}
export interface StandingGrant extends Moment {
  /** Several with one name are renewals. */
  name: string;
  scope: string;
  type: string;
  requester: string;
  approver: string;
  reason: string;
  ticket?: string;
  classification: Classification;
  expiresAfterDays?: number;
  revoked?: { afterDays: number; by: string; reason: string };
}

export interface Office {
  agentName: string;
  key: 'clinic' | 'claims' | 'law';
  conversations: number;
  /** Weight of each local hour, 0 to 23, on a working day, and of the weekend's days against it. */
  hours: readonly number[];
  saturday: number;
  sunday: number;
  languages: readonly string[];
  domains: readonly string[];
  people: Readonly<Record<string, readonly string[]>>;
  subjects: { prefix: string; first: number; count: number };
  scenarios: readonly Scenario[];
  /** Conversations that must be there whatever the dice say: in the morning of that day. */
  planned: readonly (Moment & { title: string })[];
  prompts: readonly PromptVersion[];
  models: readonly ModelVersion[];
  grants: readonly StandingGrant[];
  /** What is said, in English; other languages are told by their length alone. */
  words: Dialogues;
  promptTexts: PromptHistory;
}

/** Shorthands, so that the scenarios read like a list of what happens. */
export function reads(type: string, id: string, fields: readonly string[], more: Partial<Touch> = {}): Touch {
  return { does: 'reads', type, id, fields, ...more };
}
export function writes(type: string, id: string, fields: readonly string[], change: string, more: Partial<Touch> = {}): Touch {
  return { does: 'writes', type, id, fields, change, ...more };
}
export function use(tool: string, touches: Touch | readonly Touch[], more: Partial<ToolUse> = {}): ToolUse {
  const list = Array.isArray(touches) ? (touches as readonly Touch[]) : [touches as Touch];
  return { tool, touches: list, takes: [40, 900], arguments: [24, 160], result: [180, 4200], ...more };
}
