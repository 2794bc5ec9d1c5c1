import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { closeDatabase } from '@/lib/db';
import { closeAppenders } from '@/lib/ledger/append-records';
import { freshDatabase, type TestDatabase } from './fresh-database';

export let db: TestDatabase;
/** Of the signer, whom lib/env is pointed at. */
export let dir: string;

/** Call it at the top of a test file of drills: a database, and a signer's folder, which go with it. */
export function openDrill(): void {
  beforeAll(async () => {
    db = await freshDatabase();
    dir = mkdtempSync(path.join(os.tmpdir(), 'holdfast-drill-'));
    process.env.SIGNER_DIR = dir;
  });
  afterAll(async () => {
    await closeAppenders();
    await closeDatabase();
    await db.drop();
    delete process.env.SIGNER_DIR;
    rmSync(dir, { recursive: true, force: true });
  });
}
