import { describe, expect, it } from 'vitest';
import type { ConversationRow, EntryDto } from '@/lib/schema/screens';
import { buildTranscript, completeness, exhibitLetter, toRanges } from './build-transcript';

const none = { prompt: null, model: null };
let count = 0;
function entry(action: string, conversationSeq: number, extra: { agent_seq?: number; details?: Record<string, unknown> } = {}): EntryDto {
  count += 1;
  const id = `id-${count}`;
  return {
    seq: String(1000 + conversationSeq),
    id,
    received_at: '2026-11-20T10:00:00.000000Z',
    conversation_seq: String(conversationSeq),
    previous_hash: '',
    integrity_hash: '',
    body_hash: '',
    body: {
      v: 1,
      id,
      timestamp: `2026-11-20T10:00:0${conversationSeq % 10}.000Z`,
      action,
      actor_id: 'a',
      actor_type: 'agent',
      agent_seq: extra.agent_seq ?? conversationSeq,
      details: extra.details ?? {},
      source: { channel: 'api' },
      submitted: '',
    },
  };
}
const build = (entries: EntryDto[], missing: number[] = [], start = none as Parameters<typeof buildTranscript>[0]['in_force_at_start']) =>
  buildTranscript({ entries, missing_agent_seqs: missing, in_force_at_start: start });

describe('nothing is left out', () => {
  it('keeps every entry exactly once and in order', () => {
    const entries = [
      'conversation_started',
      'user_message_received',
      'tool_invoked',
      'data_accessed',
      'something_new',
      'agent_response_generated',
      'conversation_ended',
    ].map((action, index) => entry(action, index + 1));
    const ids = build(entries)
      .flatMap((row) => (row.kind === 'exhibit' ? row.entries : 'entry' in row ? [row.entry] : []))
      .map((e) => e.id);
    expect(ids).toEqual(entries.map((e) => e.id));
  });
  it('shows an entry whose words are gone', () => {
    const pruned = { ...entry('user_message_received', 1), body: null };
    expect(build([pruned])).toEqual([{ kind: 'other', entry: pruned }]);
  });
});

describe('gaps are drawn where they are', () => {
  it('puts the sender’s missing numbers before the first entry that passes them', () => {
    const rows = build(
      [entry('user_message_received', 1, { agent_seq: 1 }), entry('agent_response_generated', 2, { agent_seq: 4 })],
      [2, 3, 9],
    );
    expect(rows.map((row) => (row.kind === 'gap' ? `${row.from}-${row.to}` : row.kind))).toEqual(['speech', '2-3', 'speech', '9-9']);
  });
  it('does not take late arrival for loss', () => {
    const rows = build([entry('user_message_received', 1, { agent_seq: 2 }), entry('agent_response_generated', 2, { agent_seq: 1 })]);
    expect(rows.map((row) => row.kind)).toEqual(['speech', 'speech']);
  });
  it('draws a leap of the ledger’s own numbers as a hole', () => {
    const rows = build([entry('user_message_received', 1), entry('agent_response_generated', 4)]);
    expect(rows[1]).toEqual({ kind: 'hole', from: '2', to: '3' });
  });
  it('begins a later page without a hole', () => {
    expect(build([entry('user_message_received', 501)]).map((row) => row.kind)).toEqual(['speech']);
  });
});

describe('exhibits', () => {
  const call = (id: string) => ({ details: { tool_call_id: id } });
  it('gathers what a call touched, and names a call again when something came between', () => {
    const rows = build([
      entry('tool_invoked', 1, call('x')),
      entry('data_accessed', 2, call('x')),
      entry('tool_invoked', 3, call('y')),
      entry('data_modified', 4, call('x')),
    ]);
    expect(rows.map((row) => (row.kind === 'exhibit' ? [row.letter, row.continued, row.entries.length] : row.kind))).toEqual([
      ['A', false, 2],
      ['B', false, 1],
      ['A', true, 1],
    ]);
  });
  it('does not join calls that carry no id', () => {
    expect(build([entry('tool_invoked', 1), entry('data_accessed', 2)])).toHaveLength(2);
  });
  it('goes on after Z', () => {
    expect([0, 25, 26, 51, 52].map(exhibitLetter)).toEqual(['A', 'Z', 'AA', 'AZ', 'BA']);
  });
});

describe('in force', () => {
  const start = { prompt: { version: 'v13', since: '', seq: '5' }, model: { name: 'm1', since: '', seq: '6' } };
  it('holds from the line across the page on, not before', () => {
    const rows = build(
      [
        entry('agent_response_generated', 1),
        entry('prompt_changed', 2, { details: { version: 'v14' } }),
        entry('agent_response_generated', 3),
      ],
      [],
      start,
    );
    const versions = rows.flatMap((row) => (row.kind === 'speech' ? [row.inForce.prompt?.version] : []));
    expect(versions).toEqual(['v13', 'v14']);
  });
  it('says where the agent reports another prompt or model', () => {
    const rows = build([entry('agent_response_generated', 1, { details: { prompt_version: 'v12', model: 'm1' } })], [], start);
    expect(rows[0]).toMatchObject({ disagrees: ['reports prompt v12'] });
  });
});

describe('n of n', () => {
  const summary = { record_count: 2, missing: 0 } as ConversationRow;
  const entries = [entry('user_message_received', 1), entry('agent_response_generated', 2)];
  it('says complete only when nothing is missing on either side', () => {
    expect(completeness({ entries, summary, next_after: null }, 0)).toMatchObject({ complete: true, words: '2 of 2 records, complete' });
    expect(completeness({ entries, summary: { ...summary, missing: 3 }, next_after: null }, 0)).toMatchObject({
      complete: false,
      words: '2 of 2 records, 3 of the sender’s numbers never arrived',
    });
    expect(completeness({ entries, summary, next_after: null }, 1).complete).toBe(false);
    expect(completeness({ entries, summary: { ...summary, record_count: 900 }, next_after: '2' }, 0)).toMatchObject({
      complete: false,
      words: '2 of 900 records, more follow',
    });
  });
});

it('joins neighbouring numbers', () => {
  expect(toRanges([7, 3, 4])).toEqual([
    { from: 3, to: 4 },
    { from: 7, to: 7 },
  ]);
});
