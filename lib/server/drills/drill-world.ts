import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { proveInclusion } from '@/lib/chain/tiles';
import { formatTlogProof } from '@/lib/chain/tlog-proof';
import type { VerifierKey } from '@/lib/chain/verifier-key';
import { prisma } from '@/lib/db';
import { runJob } from '@/lib/jobs/run-job';
import { appendRecords } from '@/lib/ledger/append-records';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { nodeSha256 } from '@/lib/ledger/node-sha256';
import { prepareAgentRecord } from '@/lib/ledger/prepare-record';
import { newestCheckpoint } from '@/lib/ledger/read-checkpoints';
import { dbTiles } from '@/lib/ledger/read-tree';
import { findRun } from '@/lib/ledger/read-verifications';
import { checkpointLedger, type Step } from '@/lib/proofs/checkpoint-ledger';
import { openSigner } from '@/lib/proofs/open-signer';
import { Pace } from '@/lib/proofs/pace';
import type { CheckpointDto } from '@/lib/schema/proofs';
import type { VerificationDto } from '@/lib/schema/verification';
import { verifierKeys } from '@/lib/signer/keep-keys';
import type { Signer } from '@/lib/signer/sign-checkpoint';
import { insertRun } from '@/lib/verification/insert-run';
import { runVerification } from '@/lib/verification/run-verification';
import { placeDrillHold } from './place-hold';

/** Where a drill takes place: a database that is thrown away, and a signer of its own beside it. The environment points at both. */
export interface DrillWorld {
  /** A superuser. */
  adminUrl: string;
}

/** A ledger of its own for one attack, signed and verified, and what somebody outside keeps of it. */
export interface Subject {
  world: DrillWorld;
  ledger: LedgerRow;
  signer: Signer;
  /** The log's keys, as whoever is outside wrote them down. */
  keys: VerifierKey[];
  /** What somebody outside holds: a checkpoint that he saw, and the receipt of one record with its proof under it. */
  outside: { checkpoint: CheckpointDto; receipt: string } | null;
  pace: Pace;
  /** Of the next checkpoint: each is some seconds after the one before. */
  clock: number;
}

/** Entries under the checkpoint that is held outside, and at the attack. */
export const OUTSIDE = 700;
export const SIZE = 1_000;

let made = 0;

export async function makeSubject(world: DrillWorld): Promise<Subject> {
  const slug = `drill-${++made}`;
  const origin = `drill.example/ledgers/${slug}`;
  await prisma().$queryRaw`SELECT create_ledger(${slug}, ${origin}, 'agents', ${slug}, false)`;
  const ledger = (await prisma().ledger.findUniqueOrThrow({ where: { slug }, omit: { created_at: true } })) as LedgerRow;
  const signer = openSigner();
  if (signer === null) throw new Error('a drill needs a signer: SIGNER_DIR is not set');
  const keys = verifierKeys(signer.keys.current, origin);
  const subject: Subject = { world, ledger, signer, keys, outside: null, pace: new Pace(Date.now()), clock: Date.now() - 60_000 };
  await append(subject, 300);
  await sign(subject);
  await append(subject, OUTSIDE - 300);
  await sign(subject);
  await keepOutside(subject, 257n);
  await append(subject, SIZE - OUTSIDE);
  await sign(subject);
  await placeDrillHold(ledger);
  return subject;
}

/** Hands the newest checkpoint, and a receipt under it, to somebody outside. */
export async function keepOutside(subject: Subject, index: bigint): Promise<void> {
  const checkpoint = (await newestCheckpoint(subject.ledger.id))!;
  const proof = await proveInclusion(dbTiles(subject.ledger.id), index, BigInt(checkpoint.size), nodeSha256);
  subject.outside = { checkpoint, receipt: formatTlogProof({ index, proof, note: checkpoint.note }) };
}

export async function append({ ledger }: Subject, count: number): Promise<void> {
  const records = Array.from({ length: count }, (_, i) =>
    prepareAgentRecord(
      {
        id: randomUUID(),
        timestamp: '2026-11-20T12:00:00.000Z',
        action: 'data_accessed',
        actor_id: 'claims-triage',
        actor_type: 'agent',
        agent_name: 'claims-triage',
        data_classification: 'restricted',
        resource_type: 'patient_record',
        resource_id: `P-${i % 50}`,
        ...(i % 4 === 0 ? {} : { conversation_id: `c-${i % 20}` }),
      },
      { key_id: '0193a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b', channel: 'api' },
    ),
  );
  await appendRecords(ledger.id, records);
}

/** One step of the signer, as the running process makes it. */
export function sign(subject: Subject): Promise<Step> {
  subject.clock += 5_000;
  return checkpointLedger(subject.ledger, subject.signer, subject.pace, new Date(subject.clock));
}

/** A run over the whole ledger, kept like any other. */
export async function verify({ ledger }: Subject): Promise<VerificationDto> {
  const id = await prisma().$transaction((tx) => insertRun(tx, ledger.id, { kind: 'ledger' }, 'drill', 'start'));
  await runJob(id, { verification: runVerification }, new AbortController().signal);
  const run = await findRun(prisma(), ledger, id);
  if (run === null || run.state !== 'done') throw new Error(`a verification of the drill is ${run?.state}: ${run?.error}`);
  return run;
}

/** As a superuser for whom no trigger stands in the way. */
export async function attack({ world }: Subject, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: world.adminUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ t: string }>(
      `SELECT DISTINCT tgrelid::regclass::text AS t FROM pg_trigger WHERE tgname IN ('append_only_row', 'append_only_statement')`,
    );
    await client.query('BEGIN');
    for (const { t } of rows) await client.query(`ALTER TABLE ${t} DISABLE TRIGGER USER`);
    await work(client);
    for (const { t } of rows)
      for (const name of ['append_only_row', 'append_only_statement']) await client.query(`ALTER TABLE ${t} ENABLE ALWAYS TRIGGER ${name}`);
    await client.query('COMMIT');
  } finally {
    await client.end();
  }
}
