import 'server-only';
import type pg from 'pg';
import { readArchived } from '@/lib/archive/read-archived';
import { inRanges } from '@/lib/chain/archive-manifest';
import type { SeqRange } from '@/lib/chain/archive-segment';
import type { ChainBreak } from '@/lib/chain/verify-chain';
import type { ConversationStep } from '@/lib/chain/verify-conversations';
import { pool } from '@/lib/db';
import { projectBody } from '@/lib/ledger/project-body';
import { ArchivedRanges } from './archived-ranges';
import { CommittedContent } from './check-content';
import { DestroyedRanges } from './destroyed-ranges';
import type { ObjectsFindings } from './verify-archive';

/** Records of a conversation that are in the archive and no longer here. */
export interface ArchivedSteps {
  steps: ConversationStep[];
  /** All of them, fetched or not. */
  seqs: ReadonlySet<bigint>;
  /** Numbers within the conversation of those whose bodies could not be fetched. */
  numbers: SeqRange[];
  /** What of these is in the archive by signed manifests. */
  signed: ArchivedRanges;
  objects: ObjectsFindings;
}

const PAGE = 500;

/** Positions that a conversation has in the archive, or that were destroyed, in the caller's snapshot, without those that are here too. */
export async function archivedPositions(client: pg.ClientBase, ledgerId: number, conversationId: string): Promise<bigint[]> {
  const { rows } = await client.query<{ seq: string }>(
    `SELECT DISTINCT s AS seq FROM (SELECT ledger_id, conversation_id, seqs FROM archive_conversations WHERE ledger_id = $1 AND conversation_id = $2
                                     UNION ALL SELECT ledger_id, conversation_id, seqs FROM destroyed_conversations WHERE ledger_id = $1 AND conversation_id = $2) a,
            unnest(a.seqs) r, generate_series(lower(r), upper(r) - 1) s
      WHERE NOT EXISTS (SELECT FROM records x WHERE x.ledger_id = $1 AND x.seq = s) ORDER BY s`,
    [ledgerId, conversationId],
  );
  return rows.map(({ seq }) => BigInt(seq));
}

/** Fetches them, each held against its segment's signed manifest and the digest in its header, and its sealed words against what it commits to. */
export async function fetchSteps(
  ledger: { id: number; origin: string },
  conversationId: string,
  seqs: readonly bigint[],
  onBreaks: (breaks: ChainBreak[]) => void,
): Promise<ArchivedSteps> {
  const objects: ObjectsFindings = { sound: 0, unreachable: 0, records: 0, breaks: 0, content: { parts: 0, shredded: 0 } };
  const destroyed = await destroyedOf(ledger, conversationId);
  // Before a store is asked: one that does not answer excuses what signed manifests name, and nothing that a row alone says.
  const signed = await ArchivedRanges.of(ledger, destroyed === null ? seqs : seqs.filter((seq) => !destroyed.has(seq)));
  objects.breaks += signed.breaks.length;
  onBreaks(signed.breaks);
  const found: ArchivedSteps = { steps: [], seqs: new Set(seqs), numbers: [], signed, objects };
  const segments = { sound: new Set<string>(), unreachable: new Set<string>() };
  const tell = (seq: bigint, id: string, code: 'archive_altered' | 'body_missing', expected: string, what: string) => {
    objects.breaks++;
    onBreaks([{ seq, recordId: id, code, expected, found: what }]);
  };
  for (let at = 0; at < seqs.length; at += PAGE) {
    const committed = new CommittedContent();
    const { rows } = await pool('verification').query<{ seq: string; id: string; conversation_seq: string; body_hash: Buffer }>(
      'SELECT seq, id, conversation_seq, body_hash FROM entries WHERE ledger_id = $1 AND seq = ANY ($2::bigint[]) ORDER BY seq',
      [ledger.id, seqs.slice(at, at + PAGE).map(String)],
    );
    const bodies = await readArchived(
      ledger,
      rows.map((row) => ({ seq: BigInt(row.seq), digest: row.body_hash })),
    );
    for (const row of rows) {
      const seq = BigInt(row.seq);
      if (destroyed?.has(seq)) {
        addNumber(found.numbers, BigInt(row.conversation_seq));
        continue;
      }
      const fetched = bodies.get(seq);
      if (fetched === undefined || !signed.has(seq))
        tell(seq, row.id, 'body_missing', row.body_hash.toString('hex'), 'no record, and no signed archive segment that holds it');
      else if (fetched.archived.state === 'contradicted')
        tell(seq, row.id, 'archive_altered', `an archived body of digest ${row.body_hash.toString('hex')}`, fetched.archived.say);
      else if (fetched.body === null) segments.unreachable.add(fetched.archived.segment);
      else {
        segments.sound.add(fetched.archived.segment);
        objects.records++;
        committed.takeBody(seq, row.id, fetched.body);
        const columns = projectBody(fetched.body);
        if (columns?.conversationId === conversationId) {
          found.steps.push({ ...columns, conversationId, seq, recordId: row.id, conversationSeq: BigInt(row.conversation_seq) });
          continue;
        }
        tell(seq, row.id, 'archive_altered', `a record of the conversation ${conversationId}`, 'another record');
      }
      addNumber(found.numbers, BigInt(row.conversation_seq));
    }
    await compareContent(committed, ledger.id, found.objects, onBreaks);
  }
  objects.sound = segments.sound.size;
  objects.unreachable = segments.unreachable.size;
  return found;
}

/** Certificates of what was destroyed of it; null where nothing was. */
async function destroyedOf(ledger: { id: number; origin: string }, conversationId: string): Promise<DestroyedRanges | null> {
  const { rows } = await pool('verification').query<{ id: string }>(
    'SELECT destruction_id AS id FROM destroyed_conversations WHERE ledger_id = $1 AND conversation_id = $2',
    [ledger.id, conversationId],
  );
  return rows.length === 0 ? null : DestroyedRanges.read(ledger, [...new Set(rows.map(({ id }) => id))]);
}

async function compareContent(
  committed: CommittedContent,
  ledgerId: number,
  objects: ObjectsFindings,
  onBreaks: (breaks: ChainBreak[]) => void,
): Promise<void> {
  const client = await pool('verification').connect();
  let failed: Error | undefined;
  try {
    const { parts, shredded } = await committed.compare(client, ledgerId, onBreaks);
    objects.content.parts += parts;
    objects.content.shredded += shredded;
  } catch (error) {
    failed = error as Error;
    throw error;
  } finally {
    client.release(failed);
  }
}

function addNumber(numbers: SeqRange[], number: bigint): void {
  if (inRanges(numbers, number)) return;
  const last = numbers.at(-1);
  if (last !== undefined && last.to + 1n === number) last.to = number;
  else numbers.push({ from: number, to: number });
}
