import type { ConversationDto, EntryDto, InForce } from '@/lib/schema/screens';

/** One step of the replay, in the order of the ledger. Nothing that was recorded is left out, and nothing missing is skipped. */
export type TranscriptRow =
  /** Words of the user or of the agent; what was in force when they were said. */
  | { kind: 'speech'; entry: EntryDto; speaker: 'user' | 'agent'; inForce: InForce; disagrees: string[] }
  /** A tool call with what it read or changed. `letter` names it through the page; `continued` when other entries came between. */
  | { kind: 'exhibit'; letter: string; continued: boolean; entries: EntryDto[] }
  /** Something that takes effect here: opening, closing, a grant, a prompt, a model. */
  | { kind: 'ruling'; entry: EntryDto; ruling: Ruling }
  /** Numbers of the sender that never arrived. */
  | { kind: 'gap'; from: number; to: number }
  /** Entries of the conversation that the ledger numbered and this page does not have: must not happen. */
  | { kind: 'hole'; from: string; to: string }
  | { kind: 'other'; entry: EntryDto };

export type Ruling = 'opened' | 'closed' | 'prompt' | 'model' | 'granted' | 'revoked';

const RULINGS: Record<string, Ruling> = {
  conversation_started: 'opened',
  conversation_ended: 'closed',
  prompt_changed: 'prompt',
  model_changed: 'model',
  access_granted: 'granted',
  access_revoked: 'revoked',
};
const SPEAKERS: Record<string, 'user' | 'agent'> = { user_message_received: 'user', agent_response_generated: 'agent' };
const EXHIBITS = new Set(['tool_invoked', 'data_accessed', 'data_modified']);

/** A member of `details` when it is a text or a number. */
export function detail(entry: EntryDto, name: string): string | null {
  const value = entry.body?.details?.[name];
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : null;
}

export function exhibitLetter(index: number): string {
  const letter = String.fromCharCode(65 + (index % 26));
  return index < 26 ? letter : `${exhibitLetter(Math.floor(index / 26) - 1)}${letter}`;
}

/** Neighbouring numbers as ranges: [3, 4, 7] → 3–4, 7–7. */
export function toRanges(numbers: number[]): { from: number; to: number }[] {
  const ranges: { from: number; to: number }[] = [];
  for (const number of [...numbers].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last !== undefined && number === last.to + 1) last.to = number;
    else ranges.push({ from: number, to: number });
  }
  return ranges;
}

function nextInForce(now: InForce, entry: EntryDto): InForce {
  const at = { since: entry.body?.timestamp ?? entry.received_at, seq: entry.seq };
  const version = detail(entry, 'version');
  const model = detail(entry, 'model');
  if (entry.body?.action === 'prompt_changed' && version !== null) return { ...now, prompt: { version, ...at } };
  if (entry.body?.action === 'model_changed' && model !== null) return { ...now, model: { name: model, ...at } };
  return now;
}

/** Where the agent's own report of a response names another prompt or model than the one in force. */
function disagreements(entry: EntryDto, inForce: InForce): string[] {
  const reported = detail(entry, 'prompt_version');
  const model = detail(entry, 'model');
  const found: string[] = [];
  if (reported !== null && inForce.prompt !== null && reported !== inForce.prompt.version) found.push(`reports prompt ${reported}`);
  if (model !== null && inForce.model !== null && model !== inForce.model.name) found.push(`reports model ${model}`);
  return found;
}

/** Entries of one conversation, in order of conversation_seq, as the rows of its replay. */
export function buildTranscript(dto: Pick<ConversationDto, 'entries' | 'missing_agent_seqs' | 'in_force_at_start'>): TranscriptRow[] {
  const rows: TranscriptRow[] = [];
  const letters = new Map<string, string>();
  const missing = toRanges(dto.missing_agent_seqs);
  let inForce = dto.in_force_at_start;
  let expected: bigint | null = null;

  for (const entry of dto.entries) {
    const position = BigInt(entry.conversation_seq);
    if (expected !== null && position > expected) rows.push({ kind: 'hole', from: String(expected), to: String(position - 1n) });
    expected = position + 1n;

    const agentSeq = entry.body?.agent_seq;
    while (agentSeq !== undefined && missing[0] !== undefined && missing[0].to < agentSeq) rows.push({ kind: 'gap', ...missing.shift()! });

    const action = entry.body?.action ?? '';
    inForce = nextInForce(inForce, entry);
    const ruling = RULINGS[action];
    const speaker = SPEAKERS[action];
    if (ruling !== undefined) rows.push({ kind: 'ruling', entry, ruling });
    else if (speaker !== undefined) {
      rows.push({ kind: 'speech', entry, speaker, inForce, disagrees: speaker === 'agent' ? disagreements(entry, inForce) : [] });
    } else if (EXHIBITS.has(action)) addExhibit(rows, letters, entry);
    else rows.push({ kind: 'other', entry });
  }
  for (const range of missing) rows.push({ kind: 'gap', ...range });
  return rows;
}

function addExhibit(rows: TranscriptRow[], letters: Map<string, string>, entry: EntryDto): void {
  const call = detail(entry, 'tool_call_id') ?? entry.id;
  const known = letters.get(call);
  const last = rows.at(-1);
  if (known !== undefined && last?.kind === 'exhibit' && last.letter === known) {
    last.entries.push(entry);
    return;
  }
  const letter = known ?? exhibitLetter(letters.size);
  letters.set(call, letter);
  rows.push({ kind: 'exhibit', letter, continued: known !== undefined, entries: [entry] });
}

export interface Completeness {
  shown: number;
  total: number;
  complete: boolean;
  /** "27 of 27 records, complete": complete means that no number of the ledger and none of the sender is missing. */
  words: string;
}

export function completeness(dto: Pick<ConversationDto, 'entries' | 'summary' | 'next_after'>, holes: number): Completeness {
  const shown = dto.entries.length;
  const total = dto.summary.record_count;
  const base = `${shown} of ${total} ${total === 1 ? 'record' : 'records'}`;
  const complete = shown === total && holes === 0 && dto.summary.missing === 0;
  if (complete) return { shown, total, complete, words: `${base}, complete` };
  const parts: string[] = [];
  if (holes > 0) parts.push(`${holes === 1 ? 'one place' : `${holes} places`} where the ledger’s numbers leap`);
  if (dto.summary.missing > 0) parts.push(`${dto.summary.missing} of the sender’s numbers never arrived`);
  if (shown < total && dto.next_after !== null) parts.push('more follow');
  return { shown, total, complete, words: [base, ...parts].join(', ') };
}
