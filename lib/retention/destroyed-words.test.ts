import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { closeDatabase, prisma } from '@/lib/db';
import { closeAppenders } from '@/lib/ledger/append-records';
import { findLedger } from '@/lib/ledger/find-ledger';
import { agentRecord } from '@/lib/testing/agent-record';
import { hotPositions, signAgain } from '@/lib/testing/archived-ledger';
import { type DestroyableLedger, destroy, OLD, recount } from '@/lib/testing/destroyable-ledger';
import { freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { makeViewer } from '@/lib/testing/make-person';
import { type IngestDoor, openIngestDoor } from '@/lib/testing/open-ingest-door';
import { verifyEntries } from '@/lib/verification/verify-entries';
import { revealContent } from '@/lib/words/reveal-content';

const AGENT = agentRecord().agent_name;
let db: TestDatabase;
let door: IngestDoor;
let w: DestroyableLedger;
const signer = mkdtempSync(path.join(os.tmpdir(), 'holdfast-signer-'));
beforeAll(async () => {
  db = await freshDatabase();
  process.env.SIGNER_DIR = signer;
  door = await openIngestDoor(db, [AGENT]);
  const ledger = (await findLedger('main'))!;
  const [officer, second, auditor] = [
    await makeViewer({ [ledger.id]: 'compliance_officer' }),
    await makeViewer({ [ledger.id]: 'compliance_officer' }),
    await makeViewer({ [ledger.id]: 'auditor' }),
  ];
  w = { ledger, slug: 'main', officer, second, auditor };
});
afterAll(async () => {
  await door.close();
  await closeAppenders();
  await closeDatabase();
  await db.drop();
  rmSync(signer, { recursive: true, force: true });
});

const said = (talk: string, text: string, over: object = {}) => ({
  ...agentRecord({ action: 'agent_response_generated', conversation_id: talk, timestamp: OLD }),
  content: [{ part: 'response' as const, text }],
  ...over,
});
/** All of it before the one checkpoint that covers it. */
const [gone, going] = [`talk-${randomUUID()}`, `talk-${randomUUID()}`];
const record = said(gone, 'Stop the tablets.');
const OLDER = said(going, 'Old words.');
const NEWER = said(going, 'New words.', { timestamp: new Date().toISOString() });
beforeAll(async () => {
  for (const one of [record, OLDER, NEWER]) expect((await door.post(one)).status).toBe(201);
  await signAgain(w.ledger);
  await recount(w.ledger.id);
});
async function reveal(conversation_id: string): Promise<object[]> {
  const lines: object[] = [];
  for await (const line of await revealContent(w.auditor, 'main', { conversation_id, purpose: 'audit' }))
    if (!('end' in line)) lines.push(line);
  return lines;
}
const codes = async () => (await verifyEntries({ ledgerId: w.ledger.id, scope: { kind: 'ledger' }, onProgress: () => {} })).breaks.codes;
it('words that were destroyed answer no guess: sent again, right or wrong, the record is refused alike; and nobody can open them', async () => {
  expect((await door.post(record)).status).toBe(200);
  await destroy(w, { kind: 'conversation', value: gone });
  expect(await hotPositions(w.ledger.id)).toEqual([1, 2]);
  const again = async (text: string) => {
    const answer = await door.post({ ...record, content: [{ part: 'response', text }] });
    return [answer.status, ((await answer.json()) as { code?: string }).code];
  };
  const right = await again('Stop the tablets.');
  expect(right).toEqual([409, 'idempotency_conflict']);
  expect(await again('Take more tablets.')).toEqual(right);
  expect(await reveal(gone)).toEqual([]);
  expect(await codes()).toEqual({});
});

it('the words of a conversation that goes on keep their key; what is left of it verifies and opens', async () => {
  await destroy(w, { kind: 'conversation', value: going });
  expect(await hotPositions(w.ledger.id)).toEqual([2]);
  expect(await reveal(going)).toMatchObject([{ text: 'New words.' }]);
  expect(await codes()).toEqual({});
  const [parts] = await prisma().$queryRaw<{ n: number }[]>`
    SELECT count(*)::int AS n FROM content_parts p JOIN content_keys k ON k.ledger_id = p.ledger_id AND k.id = p.key_id WHERE k.conversation_id = ${going}`;
  expect(parts!.n).toBe(1);
});
