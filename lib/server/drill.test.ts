import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { db, openDrill } from '@/lib/testing/open-drill';
import { DETECTORS } from './drills/detectors';
import { drillPage, withoutTimes } from './drills/drill-page';
import { type DrillRow, runDrills } from './drills/run-drills';

let rows: DrillRow[];
openDrill();
beforeAll(async () => {
  rows = await runDrills(db);
}, 180_000);

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
