import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { utf8 } from './bytes';
import { canonicalize } from './canonical-json';
import { type ColumnName, type Columns, compareColumns } from './check-projection';
import { entryHash, genesisHash, type Sha256 } from './entry-hash';
import { type ChainBreak, type ChainEntry, ChainWalk } from './verify-chain';
import { type ConversationStep, ConversationWalk, compareSummary, MissingNumbers, type WalkedConversation } from './verify-conversations';

const hash: Sha256 = (bytes) => createHash('sha256').update(bytes).digest();
const GENESIS = genesisHash('test.example/x', hash);

interface Link {
  entry: ChainEntry;
  body: Uint8Array | null;
}
function chain(length: number): Link[] {
  let previousHash: Uint8Array = GENESIS;
  return Array.from({ length }, (_, i) => {
    const body = utf8(`{"n":${i}}`);
    const header = { seq: BigInt(i), receivedAtUs: BigInt(1000 + (i >> 1)), conversationSeq: 0n, previousHash, bodyHash: hash(body) };
    const integrityHash = entryHash(header, hash);
    previousHash = integrityHash;
    return { entry: { ...header, id: `id-${i}`, integrityHash }, body };
  });
}
function walk(links: readonly Link[], last: bigint, from = 0n, previousHash: Uint8Array | null = GENESIS): ChainBreak[] {
  const walker = new ChainWalk({ seq: from, previousHash, receivedAtUs: null }, hash);
  const breaks = links.flatMap(({ entry, body }) => walker.step(entry, body === null ? null : { body, columns: null }));
  return [...breaks, ...walker.finish(last)];
}
const places = (breaks: ChainBreak[]) => breaks.map((found) => `${found.code}@${found.seq}`);

describe('a walk along the chain', () => {
  it('finds nothing on a sound chain, whole or in parts that start from what is stored', () => {
    const links = chain(12);
    expect(walk(links, 11n)).toEqual([]);
    for (let cut = 1; cut < 12; cut++) expect(walk(links.slice(cut), 11n, BigInt(cut), links[cut - 1].entry.integrityHash)).toEqual([]);
  });

  it('places a gap by what is missing: at the start, in the middle, at the end', () => {
    const links = chain(10);
    const [gap] = walk(links.slice(3), 9n);
    expect(gap).toMatchObject({ seq: 0n, code: 'sequence_gap', expected: '0 … 2 (3 entries)', found: 'no entry', recordId: null });
    expect(places(walk([...links.slice(0, 4), ...links.slice(5)], 9n))).toEqual(['sequence_gap@4']);
    expect(places(walk(links.slice(0, 7), 9n))).toEqual(['sequence_gap@7']);
    expect(places(walk([], 9n))).toEqual(['sequence_gap@0']);
    expect(walk([], -1n)).toEqual([]);
  });

  it('tells one change once, wherever it is', () => {
    const changed = (i: number, over: Partial<ChainEntry>) =>
      chain(10).map((link, k) => (k === i ? { ...link, entry: { ...link.entry, ...over } } : link));
    const other = hash(utf8('other'));
    expect(places(walk(changed(4, { receivedAtUs: 1_000_000n }), 9n))).toEqual(['hash_mismatch@4', 'time_reversed@5']);
    expect(places(walk(changed(4, { previousHash: other }), 9n))).toEqual(['link_broken@4', 'hash_mismatch@4']);
    expect(places(walk(changed(4, { integrityHash: other }), 9n))).toEqual(['hash_mismatch@4', 'link_broken@5']);
    expect(places(walk(changed(4, { bodyHash: other }), 9n))).toEqual(['hash_mismatch@4', 'body_altered@4']);
    expect(places(walk(changed(9, { conversationSeq: 3n }), 9n))).toEqual(['hash_mismatch@9']);
    expect(
      places(
        walk(
          chain(10).map((link, k) => (k === 4 ? { ...link, body: utf8('{}') } : link)),
          9n,
        ),
      ),
    ).toEqual(['body_altered@4']);
    expect(
      places(
        walk(
          chain(10).map((link, k) => (k === 4 ? { ...link, body: null } : link)),
          9n,
        ),
      ),
    ).toEqual(['body_missing@4']);
  });

  it('never throws for what stands in the store', () => {
    const odd = fc.record({
      seq: fc.bigInt({ min: -5n, max: 2n ** 63n - 1n }),
      receivedAtUs: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      conversationSeq: fc.bigInt({ min: -5n, max: 2n ** 63n - 1n }),
      previousHash: fc.uint8Array({ maxLength: 40 }),
      bodyHash: fc.uint8Array({ maxLength: 40 }),
      integrityHash: fc.uint8Array({ maxLength: 40 }),
      id: fc.string(),
    });
    fc.assert(
      fc.property(fc.array(fc.tuple(odd, fc.option(fc.uint8Array()))), (links) => {
        const found = walk(
          links.map(([entry, body]) => ({ entry, body })),
          3n,
        );
        expect(found.length).toBeGreaterThanOrEqual(links.length);
      }),
    );
  });

  it('finds any removal, swap and repetition', () => {
    fc.assert(
      fc.property(fc.nat({ max: 11 }), fc.nat({ max: 11 }), fc.constantFrom('remove', 'swap', 'repeat'), (i, j, what) => {
        const links = chain(12);
        if (what === 'remove') links.splice(i, 1);
        else if (what === 'repeat') links.splice(j, 0, links[i]);
        else if (i === j) return;
        else [links[i], links[j]] = [links[j], links[i]];
        expect(walk(links, 11n).length).toBeGreaterThan(0);
      }),
    );
  });
});

describe('columns against their body', () => {
  const body = {
    action: 'tool_invoked',
    actor_id: 'a',
    actor_type: 'agent',
    conversation_id: 'c',
    data_classification: 'internal',
    id: 'i',
    submitted: 's',
    timestamp: '2026-11-20T12:00:00.000Z',
    v: 1,
  };
  const columns = (over: Partial<Record<ColumnName, string | null>> = {}, headerConversationSeq = '3'): Columns => ({
    headerConversationSeq,
    values: {
      'entries.id': 'i',
      'entries.submitted': 's',
      id: 'i',
      occurred_at: '2026-11-20T12:00:00.000Z',
      action: 'tool_invoked',
      actor_id: 'a',
      actor_type: 'agent',
      conversation_id: 'c',
      conversation_seq: '3',
      agent_name: null,
      resource_type: null,
      resource_id: null,
      subject_id: null,
      outcome: null,
      classification: 'internal',
      tool: null,
      model: null,
      domains: null,
      phi: 'false',
      ...over,
    },
  });
  const compare = (c: Columns, of: object = body) => compareColumns(utf8(canonicalize(of as never)), c);

  it('agree, or are named with both values', () => {
    expect(compare(columns())).toEqual([]);
    for (const field of Object.keys(columns().values) as ColumnName[]) {
      expect(compare(columns({ [field]: 'forged' }))).toEqual([
        { field, expected: columns().values[field] ?? (field === 'conversation_seq' ? '3' : '(none)'), found: 'forged' },
      ]);
    }
  });

  it('hold the header to the conversation that the body names', () => {
    expect(compare(columns({ conversation_seq: '0' }, '0')).map((d) => d.field)).toEqual(['entries.conversation_seq']);
    const { conversation_id: _, ...without } = body;
    expect(compare(columns({ conversation_id: null }), without).map((d) => d.field)).toEqual(['entries.conversation_seq']);
    expect(compare(columns({ conversation_id: null, conversation_seq: '0' }, '0'), without)).toEqual([]);
  });

  it('say so where the body is no record', () => {
    for (const text of ['', '[]', '1', 'null', '{', '{"a":1,"a":2}', '\ufeff{}'])
      expect(compareColumns(utf8(text), columns())).toEqual([
        { field: 'body', expected: 'a record in canonical JSON', found: 'bytes that are none' },
      ]);
  });
});

describe('the order within conversations', () => {
  const step = (conversationId: string, n: number, seq: number, over: Partial<ConversationStep> = {}): ConversationStep => ({
    conversationId,
    conversationSeq: BigInt(n),
    seq: BigInt(seq),
    recordId: `r-${seq}`,
    occurredAt: 1000 + seq,
    action: 'tool_invoked',
    actorId: 'a',
    actorType: 'agent',
    agentName: 'agent',
    subjectId: null,
    classification: 1,
    agentSeq: null,
    ...over,
  });
  function run(steps: ConversationStep[], missing = new MissingNumbers()): { breaks: string[]; walked: WalkedConversation[] } {
    const walker = new ConversationWalk(missing);
    const walked: WalkedConversation[] = [];
    const breaks = steps.flatMap((s) => {
      const { breaks: found, finished } = walker.step(s);
      if (finished) walked.push(finished);
      return found.map((b) => `${b.code}@${b.seq} ${b.expected} ≠ ${b.found}`);
    });
    const last = walker.finish();
    if (last) walked.push(last);
    return { breaks, walked };
  }

  it('is 1, 2, 3 … in each, later numbers later in the ledger', () => {
    expect(run([step('a', 1, 0), step('a', 2, 5), step('b', 1, 3), step('c', 1, 1)]).breaks).toEqual([]);
    expect(run([step('a', 1, 0), step('a', 3, 5), step('a', 4, 6)]).breaks).toEqual(['conversation_gap@5 a 2 ≠ a 3']);
    expect(run([step('a', 2, 0)]).breaks).toEqual(['conversation_gap@0 a 1 ≠ a 2']);
    expect(run([step('a', 1, 0), step('a', 1, 4), step('a', 2, 5)]).breaks).toEqual(['conversation_gap@4 a 2 ≠ a 1']);
    expect(run([step('a', 1, 9), step('a', 2, 5)]).breaks).toEqual(['conversation_gap@5 a 2 after entry 9 ≠ at entry 5']);
  });

  it('does not tell again what is known to be missing, and takes each missing number once', () => {
    const missing = new MissingNumbers();
    for (const n of [2n, 3n]) missing.add(n);
    expect(run([step('a', 1, 0), step('a', 4, 5), step('b', 1, 1), step('b', 3, 7)], missing).breaks).toEqual([
      'conversation_gap@7 b 2 ≠ b 3',
    ]);
  });

  it('makes the same line of the list as append does, and tells each difference', () => {
    const { walked } = run([
      step('a', 1, 3, { occurredAt: 50, agentName: null, agentSeq: 2 }),
      step('a', 2, 5, { occurredAt: 40, actorType: 'user', actorId: 'pat', classification: 3, agentSeq: 1 }),
      step('a', 3, 9, {
        occurredAt: 45,
        subjectId: 'S',
        actorType: 'user',
        actorId: 'other',
        action: 'conversation_ended',
        classification: null,
        agentSeq: 9,
      }),
    ]);
    const line = {
      conversation_id: 'a',
      record_count: 3n,
      first_seq: 3n,
      last_seq: 9n,
      first_at: 40,
      last_at: 50,
      agent_name: 'agent',
      user_id: 'pat',
      subject_id: 'S',
      classification: 3,
      agent_seq_max: 9n,
      agent_seq_count: 3n,
      agent_seqs: '{[1,3),[9,10)}',
      has_gap: true,
      ended: true,
    };
    expect(walked[0].summary).toEqual(line);
    expect(compareSummary(walked[0], line)).toEqual([]);
    expect(compareSummary(walked[0], { ...line, has_gap: false, user_id: null }).map((b) => [b.expected, b.found])).toEqual([
      ['conversations a user_id: pat', 'conversations a user_id: (none)'],
      ['conversations a has_gap: true', 'conversations a has_gap: false'],
    ]);
    expect(compareSummary(walked[0], null)).toMatchObject([{ code: 'projection_altered', seq: 9n, found: 'conversations a: (none)' }]);
    expect(compareSummary(null, line)).toMatchObject([{ code: 'projection_altered', seq: 3n, expected: 'conversations a: (none)' }]);
  });

  it('explains a line that counts more by the records that are missing, and by nothing else', () => {
    const { walked } = run([step('a', 1, 0)]);
    const line = { ...walked[0].summary, record_count: 3n, last_seq: 8n };
    const two = new MissingNumbers();
    two.add(2n);
    expect(compareSummary(walked[0], line, two).length).toBe(2);
    two.add(3n);
    expect(compareSummary(walked[0], line, two)).toEqual([]);
    expect(compareSummary(walked[0], line, two).length).toBe(2);
  });
});
