import 'server-only';
import type pg from 'pg';
import type { ChainBreak } from '@/lib/chain/verify-chain';
import type { ConversationStep } from '@/lib/chain/verify-conversations';
import { projectBody } from '@/lib/ledger/project-body';

/** A record that names a person in a conversation. */
export interface Naming {
  conversationId: string;
  person: string;
  seq: bigint;
  recordId: string;
}

/** Pairs a query: two look-ups by primary key each. */
const PAGE = 2_000;
/** Bodies a query, of the few that are to be told. */
const BODIES = 100;

/**
 * Who is named in a conversation: the first in its own line, all others in conversation_people. A hold on a person reaches whole conversations by these, so that whoever
 * takes a row of them away makes it reach less. What nobody names any more, because it was destroyed, is forgotten there.
 */
export class NamedPeople {
  /** By conversation and person: the first record that names them. */
  readonly #named = new Map<string, Naming>();

  take(naming: Naming): void {
    const key = `${naming.conversationId}\n${naming.person}`;
    if (!this.#named.has(key)) this.#named.set(key, naming);
  }

  takeSteps(steps: readonly ConversationStep[]): void {
    for (const { conversationId, subjectId, seq, recordId } of steps)
      if (subjectId !== null) this.take({ conversationId, person: subjectId, seq, recordId });
  }

  /** Those that are in neither, of conversations that are in the list; forgets what was gathered. */
  async missing(client: pg.ClientBase, ledgerId: number): Promise<Naming[]> {
    const all = [...this.#named.values()];
    this.#named.clear();
    const missing: Naming[] = [];
    for (let at = 0; at < all.length; at += PAGE) {
      const page = all.slice(at, at + PAGE);
      const { rows } = await client.query<{ n: string }>(LACKING, [
        ledgerId,
        page.map(({ conversationId }) => conversationId),
        page.map(({ person }) => person),
        page.map(({ seq }) => String(seq)),
      ]);
      missing.push(...rows.map(({ n }) => page[Number(n) - 1]!));
    }
    return missing;
  }
}

/** Looked up one by one, whatever statistics say. */
const LACKING = `SELECT u.n FROM unnest($2::text[], $3::text[], $4::bigint[]) WITH ORDINALITY u (talk, person, seq, n)
   CROSS JOIN LATERAL (SELECT c.subject_id FROM conversations c WHERE c.ledger_id = $1 AND c.conversation_id = u.talk OFFSET 0) c
  WHERE c.subject_id IS DISTINCT FROM u.person
    AND (SELECT true FROM conversation_people p WHERE p.ledger_id = $1 AND p.conversation_id = u.talk AND p.subject_id = u.person LIMIT 1) IS NOT TRUE
    AND NOT EXISTS (SELECT FROM destroyed_of($1, ARRAY[u.seq])) ORDER BY u.n`;

/** Of records that are here, those whose bodies say it: a column that says otherwise is a break of its own. */
export async function saidByBodies(client: pg.ClientBase, ledgerId: number, namings: readonly Naming[]): Promise<Naming[]> {
  const said: Naming[] = [];
  for (let at = 0; at < namings.length; at += BODIES) {
    const page = namings.slice(at, at + BODIES);
    const { rows } = await client.query<{ seq: string; body: Buffer }>(
      'SELECT seq, body FROM records WHERE ledger_id = $1 AND seq = ANY ($2::bigint[])',
      [ledgerId, page.map(({ seq }) => String(seq))],
    );
    const bodies = new Map(rows.map(({ seq, body }) => [BigInt(seq), projectBody(body)]));
    said.push(
      ...page.filter(({ seq, conversationId, person }) => {
        const columns = bodies.get(seq);
        return columns?.conversationId === conversationId && columns.subjectId === person;
      }),
    );
  }
  return said;
}

export function unnamed({ conversationId, person, seq, recordId }: Naming): ChainBreak {
  const say = (what: string) => `conversation_people ${conversationId}: ${what}`;
  return { seq, recordId, code: 'projection_altered', expected: say(`${person}, whom this record names`), found: say('(none)') };
}
