import { randomBytes } from 'node:crypto';
import type { Viewer } from '@/lib/auth/viewer';
import { prisma } from '@/lib/db';
import { runJob } from '@/lib/jobs/run-job';
import { countRetention } from '@/lib/ledger/count-retention';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { approveDestruction, requestDestruction } from '@/lib/retention/manage-destruction';
import { runDestruction } from '@/lib/retention/run-destruction';
import type { DestructionDto, DestructionScope } from '@/lib/schema/destruction';
import type { RecordInput } from '@/lib/schema/record';
import { agentRecord } from './agent-record';
import { asAdmin, type TestDatabase } from './fresh-database';
import { makeViewer } from './make-person';
import { newLedger } from './open-archive';

/** Of 2020 under no policy (default: a year from the event), of 2020 under HIPAA (six years from when it is recorded), and of yesterday. */
export const OLD = '2020-03-01T12:00:00.000Z';
export const NEW = new Date(Date.now() - 86_400_000).toISOString().replace(/\.\d+Z$/, '.000Z');

/** Three kinds in turn, in three conversations: positions 0, 3, 6 … are due; 1, 4 … are kept by HIPAA; 2, 5 … are new. */
export const mixed = (count = 12): RecordInput[] =>
  Array.from({ length: count }, (_, i) =>
    agentRecord({
      conversation_id: `talk-${Math.floor(i / 3) % 2}`,
      subject_id: `P-${Math.floor(i / 3) % 2}`,
      timestamp: i % 3 === 2 ? NEW : OLD,
      ...(i % 3 === 1 && { domains: ['hipaa'] }),
    }),
  );
export const old = (count: number, over: (i: number) => Partial<RecordInput> = () => ({})): RecordInput[] =>
  Array.from({ length: count }, (_, i) => agentRecord({ conversation_id: `talk-${i % 3}`, subject_id: 'P-1', timestamp: OLD, ...over(i) }));

export interface DestroyableLedger {
  ledger: LedgerRow;
  slug: string;
  officer: Viewer;
  second: Viewer;
  auditor: Viewer;
}

/** Signed and counted, with two compliance officers and an auditor; in the database that `openArchive` opened. */
export async function destroyableLedger(records: readonly RecordInput[] = mixed()): Promise<DestroyableLedger> {
  const ledger = await newLedger(records);
  await recount(ledger.id);
  const officer = await makeViewer({ [ledger.id]: 'compliance_officer' });
  const second = await makeViewer({ [ledger.id]: 'compliance_officer' });
  const auditor = await makeViewer({ [ledger.id]: 'auditor' });
  return { ledger, slug: ledger.slug, officer, second, auditor };
}

export async function recount(ledgerId: number): Promise<void> {
  while (!(await countRetention(ledgerId))?.caughtUp);
}

const never = new AbortController().signal;
export const all: DestructionScope = { kind: 'range', from: '0', to: '1000000' };
export const wish = (scope: DestructionScope = all) => ({ scope, authority: 'Retention schedule 4.2', reason: 'Its time is over' });

/** As the worker does. @returns what became of the job */
export async function work(one: DestructionDto, stopping: AbortSignal = never): Promise<{ state: string; error: string | null }> {
  await runJob(one.job!.id, { destruction: runDestruction }, stopping);
  const [job] = await prisma().$queryRaw<
    { state: string; error: string | null }[]
  >`SELECT state, error FROM jobs WHERE id = ${one.job!.id}::uuid`;
  return job!;
}

/** Asked for by one, approved by the other, carried out. */
export async function destroy({ slug, officer, second }: DestroyableLedger, scope: DestructionScope = all): Promise<DestructionDto> {
  const asked = await requestDestruction(officer, slug, wish(scope));
  const approved = await approveDestruction(second, slug, asked.id, asked.number);
  const { state, error } = await work(approved);
  if (state !== 'done') throw new Error(`the destruction ${state}: ${error}`);
  return approved;
}

/** A data key of a conversation, with a part of words for each of these positions. */
export async function keepWords(db: TestDatabase, ledgerId: number, conversation: string, seqs: readonly number[]): Promise<string> {
  return asAdmin(db.adminUrl, async (c) => {
    const { rows } = await c.query<{ id: string }>(
      `INSERT INTO content_keys (ledger_id, id, conversation_id, kek_id, wrapped, commitment) VALUES ($1, gen_random_uuid(), $2, 'k', $3, $4) RETURNING id`,
      [ledgerId, conversation, randomBytes(60), randomBytes(32)],
    );
    for (const seq of seqs)
      await c.query(
        `INSERT INTO content_parts (ledger_id, record_id, part_index, part, key_id, nonce, ciphertext_sha256, ciphertext)
         SELECT $1, e.id, 0, 'response', $2, $4, $5, $6 FROM entries e WHERE e.ledger_id = $1 AND e.seq = $3`,
        [ledgerId, rows[0]!.id, seq, randomBytes(12), randomBytes(32), randomBytes(40)],
      );
    return rows[0]!.id;
  });
}
