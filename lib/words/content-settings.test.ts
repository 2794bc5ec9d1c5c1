import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Viewer } from '@/lib/auth/viewer';
import { closeDatabase } from '@/lib/db';
import { closeAppenders } from '@/lib/ledger/append-records';
import { DEFAULT_PURPOSES, purposeFault } from '@/lib/policy/purposes';
import { ContentSettingsBody } from '@/lib/schema/words';
import { freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { accessRecords, makeViewer } from '@/lib/testing/make-person';
import { changeContentSettings, viewContentSettings } from './content-settings';

let db: TestDatabase;
let officer: Viewer;
beforeAll(async () => {
  db = await freshDatabase();
  officer = await makeViewer({ [db.ledgers.main]: 'compliance_officer', [db.ledgers.access]: 'compliance_officer' });
});
afterAll(async () => {
  await closeAppenders();
  await closeDatabase();
  await db.drop();
});

describe('content settings', () => {
  it('begin with the product’s own, as version 0', async () => {
    expect(await viewContentSettings(officer, 'main')).toEqual({
      phi_in_details: 'mask',
      backup_horizon_days: 35,
      purposes: DEFAULT_PURPOSES,
      blind_index: false,
      version: 0,
      changed_by: null,
      changed_at: null,
    });
  });

  it('change by name, with what was before in the access ledger; what is not named stays', async () => {
    const purposes = [{ code: 'court', say: 'Order of a court', needs_note: true }];
    const after = await changeContentSettings(officer, 'main', { if_version: 0, purposes, backup_horizon_days: 90 });
    expect(after).toMatchObject({
      version: 1,
      purposes,
      backup_horizon_days: 90,
      phi_in_details: 'mask',
      changed_by: officer.person.email,
    });
    expect((await accessRecords(db.ledgers.access)).at(-1)).toMatchObject({
      action: 'policy_changed',
      resource_type: 'content_settings',
      details: {
        version: 1,
        before: { backup_horizon_days: 35, purposes: DEFAULT_PURPOSES },
        after: { backup_horizon_days: 90, purposes },
      },
    });
    expect(await viewContentSettings(officer, 'main')).toEqual(after);
  });

  it('of two who looked at the same version, change for the first alone', async () => {
    const { version } = await viewContentSettings(officer, 'access');
    const two = await Promise.allSettled([
      changeContentSettings(officer, 'access', { if_version: version, phi_in_details: 'reject' }),
      changeContentSettings(officer, 'access', { if_version: version, phi_in_details: 'keep' }),
    ]);
    expect(two.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(two.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'conflict' } });
    expect((await viewContentSettings(officer, 'access')).version).toBe(1);
  });

  it('are a compliance officer’s, confirmed', async () => {
    for (const role of ['auditor', 'administrator'] as const) {
      const other = await makeViewer({ [db.ledgers.main]: role });
      await expect(changeContentSettings(other, 'main', { if_version: 1 })).rejects.toMatchObject({ code: 'forbidden' });
      await expect(viewContentSettings(other, 'main')).rejects.toMatchObject({ code: 'forbidden' });
    }
    const old = { ...officer, confirmedAt: null };
    await expect(changeContentSettings(old, 'main', { if_version: 1 })).rejects.toMatchObject({ code: 'reauthentication_required' });
  });

  it('hold at least one purpose, each code once', () => {
    const purpose = { code: 'a', say: 'A', needs_note: false };
    expect(ContentSettingsBody.safeParse({ if_version: 0, purposes: [purpose, { ...purpose, code: 'b' }] }).success).toBe(true);
    for (const purposes of [[], [purpose, purpose], [{ ...purpose, code: 'A b' }], [{ ...purpose, say: '' }]])
      expect(ContentSettingsBody.safeParse({ if_version: 0, purposes }).success).toBe(false);
  });
});

it('a purpose counts if it is of the list, and told in own words where the list asks for that', () => {
  expect(purposeFault(DEFAULT_PURPOSES, 'audit', undefined)).toBeNull();
  expect(purposeFault(DEFAULT_PURPOSES, 'curiosity', 'a note')).toBe('unknown');
  expect(purposeFault(DEFAULT_PURPOSES, 'other', undefined)).toBe('note_missing');
  expect(purposeFault(DEFAULT_PURPOSES, 'other', 'a note')).toBeNull();
});
