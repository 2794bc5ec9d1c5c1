import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeDatabase } from '@/lib/db';
import { closeAppenders } from '@/lib/ledger/append-records';
import { freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { DETECTORS } from './drills/detectors';
import { drillPage, withoutTimes } from './drills/drill-page';
import { type DrillRow, runDrills } from './drills/run-drills';

let db: TestDatabase;
let dir: string;
let rows: DrillRow[];
beforeAll(async () => {
  db = await freshDatabase();
  dir = mkdtempSync(path.join(os.tmpdir(), 'holdfast-drill-'));
  process.env.SIGNER_DIR = dir;
  rows = await runDrills(db);
}, 180_000);
afterAll(async () => {
  await closeAppenders();
  await closeDatabase();
  await db.drop();
  delete process.env.SIGNER_DIR;
  rmSync(dir, { recursive: true, force: true });
});

describe('tamper drills', () => {
  it('are what docs/drills.md says, but for its times: run `npm run drill` and look at what has changed', () => {
    const page = readFileSync(path.resolve('docs/drills.md'), 'utf8');
    expect(withoutTimes(drillPage(rows, '2026-01-01'))).toBe(withoutTimes(page));
  });

  it('each attack is found by exactly those who must find it, and nothing where nothing was done', () => {
    const seen = rows.map(({ attack, findings }) => [attack.name, ...DETECTORS.filter((detector) => findings[detector].found !== null)]);
    expect(seen).toEqual(rows.map(({ attack }) => [attack.name, ...DETECTORS.filter((detector) => attack.foundBy.includes(detector))]));
  });
});
