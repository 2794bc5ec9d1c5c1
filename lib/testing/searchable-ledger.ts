import { readdirSync } from 'node:fs';
import { copiesFolder } from '@/lib/archive/make-copy';
import { listSegments, type Segment } from '@/lib/archive/segments';
import { pool } from '@/lib/db';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import type { RecordInput } from '@/lib/schema/record';
import { agentRecord } from './agent-record';
import { archive } from './archived-ledger';
import { folderStore, newLedger } from './open-archive';

export const TEXTS = [
  'Ticket 4711',
  'straße',
  'STRASSE',
  'İstanbul',
  'O’Neil',
  "it's",
  '%',
  '_',
  '\\',
  '"quoted"',
  '； DROP',
  'ﬁnal',
  '🩺 visit',
  'a\nb',
  "'); DROP TABLE copy; --",
  '$1',
];
export const AGENTS = ['triage', 'claims', "O'Hara-1"].map((name) => name.replace("'", ''));
export const TOOLS = ['ehr.read', 'ehr.write', 'mail.send'];
export const DOMAINS = ['hipaa', 'soc2', 'soc2-type', 'pci-dss'];
const pick = <T>(list: readonly T[], i: number): T => list[i % list.length]!;
/** As different from one another as records are. */
function records(count: number): RecordInput[] {
  return Array.from({ length: count }, (_, i) =>
    agentRecord({
      conversation_id: `talk-${i % 7}`,
      agent_name: pick(AGENTS, i),
      action: pick(['tool_invoked', 'data_accessed', 'agent_response_generated'] as const, i + 1),
      timestamp: `2025-0${1 + (i % 9)}-1${i % 10}T0${i % 10}:30:00.000Z`,
      details: {
        tool: pick(TOOLS, i >> 1),
        model: pick(['m-1', 'm-2'], i >> 2),
        note: `${pick(TEXTS, i)} and ${pick(TEXTS, i >> 3)}`,
        deep: { list: [{ n: i, flag: i % 2 === 0 }] },
      },
      ...(i % 3 !== 0 && { outcome: pick(['success', 'failure', 'denied'] as const, i) }),
      ...(i % 4 === 0 && { subject_id: `P-${i % 11}` }),
      ...(i % 5 === 0 && { resource_type: 'patient_record', resource_id: `r/${i % 6}` }),
      ...(i % 2 === 0 && { domains: [pick(DOMAINS, i >> 1)] }),
      ...(i % 6 === 0 && { purpose: `TREATMENT of ${pick(TEXTS, i)}` }),
      data_classification: pick(['public', 'internal', 'confidential', 'restricted'] as const, i),
    }),
  );
}

/** Archived in segments of so many `rows`. @returns it with the folder of its copies, and each body as it was in the database */
export async function searchableLedger(
  count: number,
  rows: number,
): Promise<{ ledger: LedgerRow; copies: string; bodies: Map<bigint, Buffer>; segments: Segment[] }> {
  const ledger = await newLedger(records(count));
  const { rows: stored } = await pool('verification').query<{ seq: string; body: Buffer }>(
    'SELECT seq, body FROM records WHERE ledger_id = $1 ORDER BY seq',
    [ledger.id],
  );
  await archive(ledger, folderStore(ledger.slug), { bounds: { rows, bytes: 1e9 } });
  const bodies = new Map(stored.map(({ seq, body }) => [BigInt(seq), body]));
  return { ledger, copies: copiesFolder(ledger)!, bodies, segments: await listSegments(ledger.id, 0n, 100) };
}

/** Of what was found, in its order. */
export const seqs = ({ hits }: { hits: readonly { seq: bigint }[] }) => hits.map(({ seq }) => seq);
/** The copies in a folder, by name. */
export const filesOf = (dir: string) =>
  readdirSync(dir)
    .filter((name) => name.endsWith('.parquet'))
    .sort();
