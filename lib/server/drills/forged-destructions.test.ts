import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { closeDatabase } from '@/lib/db';
import { closeAppenders } from '@/lib/ledger/append-records';
import { freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { makeSubject, verify } from './drill-world';
import { forgeCertificate, forgeDestruction } from './forge-destruction';

let db: TestDatabase;
let dir: string;
beforeAll(async () => {
  db = await freshDatabase();
  dir = mkdtempSync(path.join(os.tmpdir(), 'holdfast-forged-'));
  process.env.SIGNER_DIR = dir;
});
afterAll(async () => {
  await closeAppenders();
  await closeDatabase();
  await db.drop();
  delete process.env.SIGNER_DIR;
  rmSync(dir, { recursive: true, force: true });
});

it.each([
  ['without a certificate, for want of a request', forgeDestruction, 'a request of these records in the access ledger'],
  [
    'with entries of the access ledger and a certificate, for its signature',
    forgeCertificate,
    'a certificate that this ledger’s keys signed',
  ],
])('a deletion that is passed off as a destruction %s is found', async (_how, forge, words) => {
  const subject = await makeSubject(db);
  await forge(subject);
  const run = await verify(subject);
  expect(run.breaks.map(({ code, seq }) => `${code}@${seq}`).sort()).toEqual(['body_missing@200', 'destruction_unproven@200']);
  expect(run.breaks.find(({ code }) => code === 'destruction_unproven')!.expected).toContain(words);
});
