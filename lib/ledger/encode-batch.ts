import 'server-only';
import { NumberRuns } from '@/lib/chain/number-runs';
import { boolArray, byteaArray, int2Array, int4Array, int8Array, textArray, timestampArray, uuidArray } from './binary-arrays';
import type { PreparedRecord } from './prepare-record';

/** The call of append_entries, with its parameters in the order of the function's. */
export const APPEND_SQL = `SELECT * FROM append_entries($1::int, $2::uuid[], $3::bytea[], $4::bytea[], $5::timestamptz[], $6::text[], $7::text[], $8::text[],
  $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::smallint[], $16::int[], $17::int[], $18::text[], $19::int[], $20::int[],
  $21::int[], $22::timestamptz[], $23::timestamptz[], $24::text[], $25::text[], $26::text[], $27::smallint[], $28::bigint[], $29::int[], $30::boolean[],
  $31::text[]::int8multirange[], $32::text[], $33::text[], $34::text[], $35::boolean[])`;

/** What a batch adds to one conversation. Places count from 1 within the batch. */
interface ConversationDelta {
  id: string;
  count: number;
  first: number;
  last: number;
  firstAt: number;
  lastAt: number;
  agent: string | null;
  user: string | null;
  subject: string | null;
  classification: number | null;
  agentSeqMax: number;
  agentSeqCount: number;
  agentSeqs: NumberRuns;
  ended: boolean;
}

export interface EncodedBatch {
  values: unknown[];
  /** Each record's place among the batch's conversations (from 1; 0 for none) and its ordinal there (from 1). */
  conversationOf: number[];
  ordinalOf: number[];
}

export function encodeBatch(ledgerId: number, records: readonly PreparedRecord[]): EncodedBatch {
  const n = records.length;
  const conversations: ConversationDelta[] = [];
  const places = new Map<string, number>();
  const conversationOf = new Array<number>(n);
  const ordinalOf = new Array<number>(n);
  for (let i = 0; i < n; i++) {
    const record = records[i];
    if (record.conversationId === null) {
      conversationOf[i] = 0;
      ordinalOf[i] = 0;
      continue;
    }
    let place = places.get(record.conversationId);
    if (place === undefined) {
      place = conversations.push(newDelta(record, i + 1));
      places.set(record.conversationId, place);
    }
    const delta = conversations[place - 1];
    addToDelta(delta, record, i + 1);
    conversationOf[i] = place;
    ordinalOf[i] = delta.count;
  }
  const column = <T>(pick: (record: PreparedRecord) => T) => records.map(pick);
  const per = <T>(pick: (delta: ConversationDelta) => T) => conversations.map(pick);
  const values = [
    ledgerId,
    uuidArray(column((r) => r.id)),
    byteaArray(column((r) => r.body)),
    byteaArray(column((r) => r.submitted)),
    timestampArray(column((r) => r.occurredAt)),
    textArray(
      column((r) => r.action),
      'latin1',
    ),
    textArray(
      column((r) => r.actorId),
      'latin1',
    ),
    textArray(
      column((r) => r.actorType),
      'latin1',
    ),
    textArray(
      column((r) => r.conversationId),
      'latin1',
    ),
    textArray(
      column((r) => r.agentName),
      'latin1',
    ),
    textArray(
      column((r) => r.resourceType),
      'latin1',
    ),
    textArray(
      column((r) => r.resourceId),
      'latin1',
    ),
    textArray(
      column((r) => r.subjectId),
      'latin1',
    ),
    textArray(
      column((r) => r.outcome),
      'latin1',
    ),
    int2Array(column((r) => r.classification)),
    int4Array(conversationOf),
    int4Array(ordinalOf),
    textArray(
      per((c) => c.id),
      'latin1',
    ),
    int4Array(per((c) => c.count)),
    int4Array(per((c) => c.first)),
    int4Array(per((c) => c.last)),
    timestampArray(per((c) => c.firstAt)),
    timestampArray(per((c) => c.lastAt)),
    textArray(
      per((c) => c.agent),
      'latin1',
    ),
    textArray(
      per((c) => c.user),
      'latin1',
    ),
    textArray(
      per((c) => c.subject),
      'latin1',
    ),
    int2Array(per((c) => c.classification)),
    int8Array(per((c) => c.agentSeqMax)),
    int4Array(per((c) => c.agentSeqCount)),
    boolArray(per((c) => c.ended)),
    textArray(
      per((c) => c.agentSeqs.toString()),
      'latin1',
    ),
    textArray(
      column((r) => r.tool),
      'latin1',
    ),
    textArray(
      column((r) => r.model),
      'latin1',
    ),
    textArray(
      column((r) => r.domains),
      'latin1',
    ),
    boolArray(column((r) => r.phi)),
  ];
  return { values, conversationOf, ordinalOf };
}

function newDelta(record: PreparedRecord, place: number): ConversationDelta {
  return {
    id: record.conversationId!,
    count: 0,
    first: place,
    last: place,
    firstAt: record.occurredAt,
    lastAt: record.occurredAt,
    agent: null,
    user: null,
    subject: null,
    classification: null,
    agentSeqMax: 0,
    agentSeqCount: 0,
    agentSeqs: new NumberRuns(),
    ended: false,
  };
}

function addToDelta(delta: ConversationDelta, record: PreparedRecord, place: number): void {
  delta.count++;
  delta.last = place;
  delta.firstAt = Math.min(delta.firstAt, record.occurredAt);
  delta.lastAt = Math.max(delta.lastAt, record.occurredAt);
  delta.agent ??= record.agentName;
  if (record.actorType === 'user') delta.user ??= record.actorId;
  delta.subject ??= record.subjectId;
  if (record.classification !== null) delta.classification = Math.max(delta.classification ?? 0, record.classification);
  if (record.agentSeq !== null) {
    delta.agentSeqMax = Math.max(delta.agentSeqMax, record.agentSeq);
    delta.agentSeqCount++;
    delta.agentSeqs.add(record.agentSeq);
  }
  delta.ended ||= record.action === 'conversation_ended';
}
