import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { DirectoryStore } from '@/lib/archive/directory-store';
import { closeDatabase } from '@/lib/db';
import { closeAppenders } from '@/lib/ledger/append-records';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import type { RecordInput } from '@/lib/schema/record';
import { archivableLedger } from './archived-ledger';
import { freshDatabase, type TestDatabase } from './fresh-database';

export let db: TestDatabase;
/** Of the test file alone: for archives, and for what a test puts beside them. */
export let folder: string;
const drops: (() => void)[] = [];

/** Call it at the top of a test file that archives: a database and a folder for it, which go with it, as do the signers of its ledgers. */
export function openArchive(): void {
  folder = mkdtempSync(path.join(os.tmpdir(), 'holdfast-archive-'));
  beforeAll(async () => {
    db = await freshDatabase();
  });
  afterAll(async () => {
    for (const drop of drops) drop();
    await closeAppenders();
    await closeDatabase();
    await db.drop();
    rmSync(folder, { recursive: true, force: true });
  });
}

/** The same, with the copies that searches of the archive make in a folder of its own. */
export function openSearchableArchive(): void {
  openArchive();
  process.env.ARCHIVE_COPIES_DIR = path.join(folder, 'copies');
  afterAll(() => void delete process.env.ARCHIVE_COPIES_DIR);
}

let made = 0;
/** A ledger of its own with these records, signed and counted: what is asked for can leave it. */
export async function newLedger(records: readonly RecordInput[], slug = `archive-${++made}`): Promise<LedgerRow> {
  const { ledger, drop } = await archivableLedger(db, slug, records);
  drops.push(drop);
  return ledger;
}

/** An archive in a folder of that name, such as a ledger's slug. */
export const folderStore = (name: string) => new DirectoryStore(path.join(folder, name));
