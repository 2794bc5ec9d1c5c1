import 'server-only';
import type pg from 'pg';
import type { Segment } from '@/lib/archive/segments';
import type { ArchivedEntry } from '@/lib/chain/archive-segment';
import type { ChainBreak } from '@/lib/chain/verify-chain';

interface Trace {
  kind: 'subject' | 'resource' | 'actor' | 'agent';
  value: string;
  /** Of a resource; '' else. */
  type: string;
  /** '' where the record is in none. */
  talk: string;
  first: { seq: bigint; recordId: string };
  last: bigint;
}

/** Traces a query, each looked up by primary key. */
const PAGE = 2_000;

/**
 * What holds find archived records by, once these have left the database: retention_traces, against the bodies of one segment. Whoever takes a trace away, or makes it
 * shorter, makes a hold that is placed later reach less.
 */
export class TracedRecords {
  readonly #traces = new Map<string, Trace>();

  take({ header: { seq }, id, body }: ArchivedEntry): void {
    const { subject_id, resource_type, resource_id, actor_id, agent_name, conversation_id } = membersOf(body);
    const talk = text(conversation_id) ?? '';
    const add = (kind: Trace['kind'], value: unknown, type = '') => {
      if (typeof value !== 'string') return;
      const key = JSON.stringify([kind, value, type, talk]);
      const known = this.#traces.get(key);
      if (known === undefined) this.#traces.set(key, { kind, value, type, talk, first: { seq, recordId: id }, last: seq });
      else known.last = seq;
    };
    add('subject', subject_id);
    if (text(resource_type) !== null) add('resource', resource_id, text(resource_type)!);
    add('actor', actor_id);
    add('agent', agent_name);
  }

  /** Traces that are not there, or do not reach as far. Of a segment that is not noted yet none is asked for. */
  async missing(client: pg.ClientBase, segment: Segment): Promise<ChainBreak[]> {
    if (segment.notedTo < segment.lastSeq) return [];
    const all = [...this.#traces.values()];
    const missing: ChainBreak[] = [];
    for (let at = 0; at < all.length; at += PAGE) {
      const page = all.slice(at, at + PAGE);
      const { rows } = await client.query<{ n: string }>(LACKING, [
        segment.ledgerId,
        page.map(({ kind }) => kind),
        page.map(({ value }) => value),
        page.map(({ type }) => type),
        page.map(({ talk }) => talk),
        page.map(({ first }) => String(first.seq)),
        page.map(({ last }) => String(last)),
      ]);
      for (const { n } of rows) {
        const { kind, first, last } = page[Number(n) - 1]!;
        const where = `retention_traces of the ${kind} of #${first.seq}, as far as #${last}, segment ${segment.number}`;
        missing.push({ ...first, code: 'projection_altered', expected: where, found: 'none that reaches so far' });
      }
    }
    return missing;
  }
}

/** Looked up one by one, whatever statistics say. */
const LACKING = `SELECT u.n FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[]) WITH ORDINALITY u (kind, value, type, talk, low, high, n)
  CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM retention_traces t WHERE t.ledger_id = $1 AND t.kind = u.kind AND t.value = u.value AND t.type = u.type
      AND t.conversation_id = u.talk AND t.first_seq <= u.low AND t.last_seq >= u.high) AS there OFFSET 0) x WHERE NOT x.there ORDER BY u.n`;

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);

function membersOf(body: Uint8Array): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'));
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
