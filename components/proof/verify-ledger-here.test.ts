import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Viewer } from '@/lib/auth/viewer';
import { formatVerifierKey } from '@/lib/chain/verifier-key';
import { closeDatabase } from '@/lib/db';
import { appendRecords, closeAppenders } from '@/lib/ledger/append-records';
import { prepareAgentRecord } from '@/lib/ledger/prepare-record';
import type { SignerKeyDto } from '@/lib/schema/proofs';
import { viewConversationProof } from '@/lib/screens/view-conversation-proof';
import { agentRecord } from '@/lib/testing/agent-record';
import { freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { accessRecords, makeViewer } from '@/lib/testing/make-person';
import { signCheckpoints, type TestSigner, testSigner } from '@/lib/testing/sign-checkpoints';
import { tamper } from '@/lib/testing/tamper-ledger';
import { verifyConversation } from './verify-conversation';
import { verdictOfConversation } from './verify-conversation-words';

const SOURCE = { key_id: '0193a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b', channel: 'api' } as const;
let db: TestDatabase;
let auditor: Viewer;
let signer: TestSigner;

const talk = (id: string, count: number) =>
  Array.from({ length: count }, (_, i) =>
    prepareAgentRecord(agentRecord({ id: randomUUID(), conversation_id: id, agent_seq: i + 1 }), SOURCE),
  );

/** What the page does: asks, and verifies what came. */
async function verifyHere(id: string, keys: SignerKeyDto[] | null = null) {
  const { frame: _, ...proof } = await viewConversationProof(auditor, { id });
  return verdictOfConversation(await verifyConversation(JSON.parse(JSON.stringify(proof)), keys, () => {}));
}

async function tampered<T>(change: string, undo: string, look: () => Promise<T>): Promise<T> {
  const run = (sql: string) => tamper(db, db.ledgers.main, (client) => client.query(sql));
  await run(change);
  try {
    return await look();
  } finally {
    await run(undo);
  }
}

beforeAll(async () => {
  db = await freshDatabase();
  auditor = await makeViewer({ [db.ledgers.main]: 'auditor' });
  // A full tile before it, and one that is not full around it.
  await appendRecords(db.ledgers.main, talk('before', 290));
  await appendRecords(db.ledgers.main, talk('talk', 7));
  signer = await testSigner(db, db.ledgers.main);
  await signCheckpoints(db, db.ledgers.main, signer, [297]);
  await appendRecords(db.ledgers.main, talk('late', 2));
});
afterAll(async () => {
  await closeAppenders();
  await closeDatabase();
  await db.drop();
});

it('proves every record of a conversation under the newest checkpoint, from one entry of the access ledger', async () => {
  const before = (await accessRecords(db.ledgers.access)).length;
  expect(await verifyHere('talk')).toEqual({ tone: 'verified', words: '7 of 7 records, complete, proven here under checkpoint 1' });
  const recorded = (await accessRecords(db.ledgers.access)).slice(before);
  expect(recorded).toMatchObject([{ action: 'record_viewed', resource_type: 'conversation', resource_id: 'talk' }]);
  expect(await verifyHere('before')).toMatchObject({ tone: 'verified' });
});

it('does not call proven what no checkpoint covers', async () => {
  expect(await verifyHere('late')).toMatchObject({ tone: 'pending', words: expect.stringContaining('0 of 2 records proven') });
});

it('takes no signature but of the keys that the reader brings', async () => {
  const key = (vkey: string, kind: SignerKeyDto['kind']): SignerKeyDto => ({
    vkey,
    kind,
    incarnation: 1,
    from_size: '0',
    to_size: null,
    introduced_at: '',
  });
  expect(await verifyHere('talk', [key(formatVerifierKey(signer.ed25519.key), 'ed25519')])).toMatchObject({ tone: 'verified' });
  const other = await testSigner(db, db.ledgers.access);
  expect(await verifyHere('talk', [key(formatVerifierKey(other.ed25519.key), 'ed25519')])).toMatchObject({ tone: 'attention' });
});

it('finds words that were edited, an entry that was hashed anew, and a record that is gone', async () => {
  const edit = (table: string, set: string) => `UPDATE ${table} SET ${set} WHERE ledger_id = ${db.ledgers.main} AND seq = 292`;
  const turned = "body = convert_to(replace(convert_from(body, 'UTF8'), '\"agent_seq\":3', '\"agent_seq\":4'), 'UTF8')";
  const back = "body = convert_to(replace(convert_from(body, 'UTF8'), '\"agent_seq\":4', '\"agent_seq\":3'), 'UTF8')";
  expect(await tampered(edit('records', turned), edit('records', back), () => verifyHere('talk'))).toEqual({
    tone: 'broken',
    words: 'Broken: record #292 is not what was signed',
  });
  const flipped = (column: string) => `${column} = set_byte(${column}, 0, get_byte(${column}, 0) # 1)`;
  const hashed = edit('entries', flipped('integrity_hash'));
  expect(await tampered(hashed, hashed, () => verifyHere('talk'))).toMatchObject({ tone: 'broken' });
  const moved = (from: string, to: string) =>
    `UPDATE records SET conversation_id = '${to}' WHERE conversation_id = '${from}' AND seq = 294`;
  expect(await tampered(moved('talk', 'hidden'), moved('hidden', 'talk'), () => verifyHere('talk'))).toEqual({
    tone: 'broken',
    words: 'Entry 5 of the conversation is missing',
  });
  expect(await verifyHere('talk')).toMatchObject({ tone: 'verified' });
});
