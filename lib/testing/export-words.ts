import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import type { Viewer } from '@/lib/auth/viewer';
import { verifyBundle } from '@/lib/chain/verify-bundle';
import { closeDatabase } from '@/lib/db';
import { EVIDENCE, exportEvidence } from '@/lib/evidence/export-evidence';
import { downloadExport, requestExport } from '@/lib/evidence/manage-exports';
import { runJob } from '@/lib/jobs/run-job';
import { closeAppenders } from '@/lib/ledger/append-records';
import { findLedger } from '@/lib/ledger/find-ledger';
import { nodeSha256 } from '@/lib/ledger/node-sha256';
import { listKeys } from '@/lib/ledger/read-checkpoints';
import { checkpointLedger } from '@/lib/proofs/checkpoint-ledger';
import { openSigner } from '@/lib/proofs/open-signer';
import { Pace } from '@/lib/proofs/pace';
import type { EvidenceScope } from '@/lib/schema/proofs';
import type { PurposeOfUse } from '@/lib/schema/words';
import { agentRecord } from './agent-record';
import { freshDatabase, type TestDatabase } from './fresh-database';
import { accessRecords, makeViewer } from './make-person';
import { type IngestDoor, openIngestDoor } from './open-ingest-door';

const AGENT = agentRecord().agent_name;
/** Of each answer, before its number. */
export const WORDS = 'Your potassium is 5.9 mmol/l: stop the tablets. \u202e🩺';
export const PURPOSE: PurposeOfUse = { purpose: 'complaint', note: 'Ticket 4711' };
export let db: TestDatabase;
let door: IngestDoor;
export let auditor: Viewer;
export let officer: Viewer;
/** Of the test file alone; the signer's, too. */
export let dir: string;

/** Call it at the top of a test file that exports words: ledger `main` with a door for its agent, and those who ask. */
export function openWordsExport(): void {
  beforeAll(async () => {
    db = await freshDatabase();
    door = await openIngestDoor(db, [AGENT]);
    auditor = await makeViewer({ [db.ledgers.main]: 'auditor' });
    officer = await makeViewer({ [db.ledgers.main]: 'compliance_officer' });
    dir = mkdtempSync(path.join(os.tmpdir(), 'holdfast-words-bundle-'));
    process.env.SIGNER_DIR = dir;
  });
  afterAll(async () => {
    await door.close();
    await closeAppenders();
    await closeDatabase();
    await db.drop();
    rmSync(dir, { recursive: true, force: true });
  });
}

/** A conversation of so many answers, each with its number behind the words. */
export async function say(conversation: string, answers: number, over: object = {}): Promise<string[]> {
  const ids: string[] = [];
  for (let i = 0; i < answers; i++) {
    const record = agentRecord({ action: 'agent_response_generated', conversation_id: conversation });
    const sent = { ...record, content: [{ part: 'response', text: `${WORDS} ${i}` }], ...over };
    expect((await door.post(sent)).status).toBe(201);
    ids.push(record.id);
  }
  return ids;
}
export const talk = (id: string): EvidenceScope => ({ kind: 'conversation', conversation_id: id });
export const fresh = () => `talk-${randomUUID().slice(0, 8)}`;
/** Bodies of the access ledger with this action, oldest first. */
export const entries = async (action: string) => (await accessRecords(db.ledgers.access)).filter((one) => one.action === action);

/** Asked for and made. @returns the export's id */
export async function make(scope: EvidenceScope, content?: PurposeOfUse, who = auditor): Promise<string> {
  const { id } = await requestExport(who, 'main', scope, content);
  await run(id);
  return id;
}
/** At once, whenever the last one was. */
export async function sign(): Promise<void> {
  const pace = Object.assign(new Pace(Date.now()), { isDue: () => true });
  await checkpointLedger((await findLedger('main'))!, openSigner()!, pace);
}
/** As the worker does, with all that was said under a checkpoint. */
export async function run(id: string): Promise<void> {
  await sign();
  await runJob(id, { [EVIDENCE]: exportEvidence }, new AbortController().signal);
}
export async function take(id: string, who = auditor): Promise<Buffer> {
  const { pieces } = await downloadExport(who, 'main', id);
  const taken: Buffer[] = [];
  for await (const piece of pieces) taken.push(piece);
  return Buffer.concat(taken);
}
export const verify = async (files: Map<string, Uint8Array>) =>
  verifyBundle(files, { hash: nodeSha256, trusted: (await listKeys(db.ledgers.main)).map(({ vkey }) => vkey) });
export const textOf = (files: Map<string, Uint8Array>, name: string) => Buffer.from(files.get(name)!).toString();
