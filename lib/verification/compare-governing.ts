import 'server-only';
import type pg from 'pg';
import type { Segment } from '@/lib/archive/segments';
import type { ArchivedEntry } from '@/lib/chain/archive-segment';
import type { ChainBreak } from '@/lib/chain/verify-chain';
import { projectBody } from '@/lib/ledger/project-body';
import { GOVERNING_ACTIONS, isGoverning } from '@/lib/schema/vocabulary';

/** Records of a segment that say what is in force from there on: they are kept beside their entries once they have left the database (decision 027). */
export class GoverningEntries {
  readonly #digests = new Map<bigint, { id: string; digest: string }>();

  take({ header: { seq, bodyHash }, id, body }: ArchivedEntry): void {
    if (!GOVERNING_ACTIONS.some((action) => body.length > 0 && Buffer.from(body.buffer, body.byteOffset, body.byteLength).includes(action)))
      return;
    if (isGoverning(projectBody(body)?.action)) this.#digests.set(seq, { id, digest: Buffer.from(bodyHash).toString('hex') });
  }

  /** Each is here, or kept as it was, or both; and nothing else is. What was destroyed is in neither. */
  async compare(client: pg.ClientBase, segment: Segment): Promise<ChainBreak[]> {
    const { rows } = await client.query<{ seq: string; digest: string | null; here: boolean; gone: boolean }>(
      `SELECT u AS seq, encode(sha256(g.body), 'hex') AS digest, EXISTS (SELECT FROM records r WHERE r.ledger_id = $1 AND r.seq = u) AS here,
              EXISTS (SELECT FROM destroyed_of($1, ARRAY[u])) AS gone
         FROM (SELECT unnest($2::bigint[]) AS u UNION SELECT seq FROM governing_records WHERE ledger_id = $1 AND seq BETWEEN $3 AND $4 AND $5::int8multirange @> seq) s
         LEFT JOIN governing_records g ON g.ledger_id = $1 AND g.seq = s.u`,
      [
        segment.ledgerId,
        [...this.#digests.keys()].map(String),
        String(segment.firstSeq),
        String(segment.lastSeq),
        `{${segment.ranges.map(({ from, to }) => `[${from},${to}]`).join(',')}}`,
      ],
    );
    return rows.flatMap(({ seq, digest, here, gone }): ChainBreak[] => {
      const own = this.#digests.get(BigInt(seq));
      // Kept before they leave: here and kept it may be, as it is.
      const expected = gone || (here && digest === null) ? null : (own?.digest ?? null);
      if (digest === expected) return [];
      const say = (what: string | null) => `governing_records ${seq}: ${what ?? '(none)'}`;
      return [{ seq: BigInt(seq), recordId: own?.id ?? null, code: 'projection_altered', expected: say(expected), found: say(digest) }];
    });
  }
}
