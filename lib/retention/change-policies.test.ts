import { describe, expect, it } from 'vitest';
import { prisma } from '@/lib/db';
import { readPolicies } from '@/lib/ledger/read-retention';
import { SEEDED } from '@/lib/policy/retention-catalogue';
import { asAdmin } from '@/lib/testing/fresh-database';
import { makeViewer } from '@/lib/testing/make-person';
import {
  append,
  at,
  auditor,
  countAll,
  db,
  entries,
  ledger,
  officer,
  on,
  openRetentionLedger,
  second,
  slug,
} from '@/lib/testing/retention-ledger';
import { changePolicies, previewPolicies, viewPolicies, viewPolicyVersions } from './change-policies';
import { viewRetention } from './view-retention';

openRetentionLedger();

describe('policies', () => {
  it('a ledger begins with the four that are on, as the catalogue has them', async () => {
    const stored = await readPolicies(prisma(), ledger);
    expect(stored).toMatchObject({ version: 1, changed_by: 'holdfast', policies: SEEDED, settlements: [] });
    const { policies } = await viewPolicies(auditor, slug);
    expect(policies.map(({ code, on, origin, edited }) => [code, on, origin, edited])).toEqual([
      ...['hipaa', 'soc2', 'financial', 'default'].map((code) => [code, true, 'seed', false]),
      ...['sec-17a-4', 'finra', 'pci-dss', 'eu-ai-act', 'nydfs', 'mifid2', 'part-11', 'gdpr', 'glba'].map((code) => [
        code,
        false,
        'catalogue',
        false,
      ]),
    ]);
  });

  it('are switched on, changed and added by a compliance officer alone, each as it was and as it is in the access ledger', async () => {
    const own = {
      title: 'Trial data',
      floor: { years: 15 },
      ceiling: null,
      clock: 'event' as const,
      trigger: null,
      or_else: null,
      hot: null,
      note: null,
      source: 'Protocol 7',
    };
    const change = {
      if_version: 1,
      reason: 'The board decided so',
      set: [
        { code: 'pci-dss', on: true },
        { code: 'soc2', floor: { months: 18 } },
        { code: 'trial', on: true, ...own },
      ],
      settle: [],
      reopen: [],
    };
    for (const other of [auditor, await makeViewer({ [ledger]: 'administrator' })])
      await expect(changePolicies(other, slug, change)).rejects.toMatchObject({ code: 'forbidden' });
    const old = { ...officer, confirmedAt: new Date(Date.now() - 6 * 60_000) };
    await expect(changePolicies(old, slug, change)).rejects.toMatchObject({ code: 'reauthentication_required' });
    const done = await changePolicies(officer, slug, change);
    expect(done).toMatchObject({ version: 2, changed_by: officer.person.email, reason: 'The board decided so' });
    expect(done.policies.filter(({ on }) => on).map(({ code, origin, edited }) => [code, origin, edited])).toEqual([
      ['hipaa', 'seed', false],
      ['soc2', 'seed', true],
      ['financial', 'seed', false],
      ['default', 'seed', false],
      ['pci-dss', 'catalogue', false],
      ['trial', 'own', false],
    ]);
    const entry = (await entries('policy_changed')).at(-1)!;
    expect(entry).toMatchObject({
      actor_id: officer.person.email,
      details: {
        ledger: slug,
        version: 2,
        previous_version: 1,
        reason: 'The board decided so',
        before: { 'pci-dss': null, soc2: { floor: { years: 1 } }, trial: null },
        after: {
          'pci-dss': { on: true, floor: { months: 12 } },
          soc2: { floor: { months: 18 } },
          trial: { title: 'Trial data', floor: { years: 15 } },
        },
      },
    });
    await expect(changePolicies(second, slug, change)).rejects.toMatchObject({ code: 'conflict', pointer: '/if_version' });
    await expect(changePolicies(second, slug, { ...change, if_version: 2 })).rejects.toMatchObject({ code: 'conflict', pointer: '/set' });
  });

  it('of two who change them at once one does', async () => {
    const change = (months: number) => ({
      if_version: 1,
      reason: 'At once',
      set: [{ code: 'soc2', floor: { months } }],
      settle: [],
      reopen: [],
    });
    const both = await Promise.allSettled([changePolicies(officer, slug, change(13)), changePolicies(second, slug, change(14))]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect((await readPolicies(prisma(), ledger)).version).toBe(2);
  });

  it.each([
    ['the default switched off', { code: 'default', on: false }, '/set/0/on'],
    ['the default without a minimum', { code: 'default', floor: null }, '/set/0/floor'],
    ['an own one that lacks what it needs', { code: 'own', title: 'Own' }, '/set/0/floor'],
    ['a clock that waits for nothing', { code: 'soc2', clock: 'trigger' as const }, '/set/0/trigger'],
    ['another clock beside one that runs', { code: 'soc2', or_else: 'event' as const }, '/set/0/or_else'],
    ['a maximum before its own minimum', { code: 'soc2', ceiling: { months: 11 } }, '/set/0/ceiling'],
  ])('%s is refused', async (_, wish, pointer) => {
    const set = [wish];
    await expect(previewPolicies(officer, slug, { set, settle: [], reopen: [] })).rejects.toMatchObject({ code: 'format', pointer });
    await expect(changePolicies(officer, slug, { if_version: 1, reason: 'Why', set, settle: [], reopen: [] })).rejects.toMatchObject({
      code: 'format',
    });
  });

  it('no role of the application writes, changes or removes a version but through its function', async () => {
    const as = (sql: string, url = db.appUrl) => asAdmin(url, (c) => c.query(sql));
    await expect(
      as(`INSERT INTO retention_versions (ledger_id, version, policies, changed_by) VALUES (${ledger}, 9, '[]', 'x')`),
    ).rejects.toMatchObject({ code: '42501' });
    await expect(as("UPDATE retention_versions SET policies = '[]'", db.adminUrl)).rejects.toMatchObject({ code: 'HF001' });
    await expect(as('DELETE FROM retention_versions', db.adminUrl)).rejects.toMatchObject({ code: 'HF001' });
  });

  it('a preview says how many records would become due, and then they are: nothing is rewritten', async () => {
    await append(
      ...Array.from({ length: 7 }, () => ({ timestamp: at('2024-06-01'), domains: ['soc2'] })),
      ...Array.from({ length: 3 }, () => ({ timestamp: at('2026-10-01'), domains: ['soc2'] })),
    );
    await countAll();
    const now = on('2026-11-21');
    expect((await viewRetention(auditor, slug, now)).due).toEqual({ hot: 7, archived: 0 });
    const wish = { set: [{ code: 'soc2', floor: { years: 3 } }], settle: [], reopen: [] };
    expect(await previewPolicies(officer, slug, wish, now)).toMatchObject({
      would_become_due: 0,
      would_stop_being_due: 7,
      would_be_kept_longer: 10,
      complete: true,
      say: '7 records would no longer be due; 10 records would be kept longer.',
    });
    const shorter = { set: [{ code: 'soc2', floor: { months: 1 } }], settle: [], reopen: [] };
    expect((await previewPolicies(officer, slug, shorter, now)).say).toBe(
      '3 records would become due; 10 records would be kept for less long.',
    );
    await changePolicies(officer, slug, { ...shorter, if_version: 1, reason: 'For the test' });
    expect((await viewRetention(auditor, slug, now)).due).toEqual({ hot: 10, archived: 0 });
  });

  it('tells how they came to be: who, when, why, and each policy as it was and as it is, twenty versions at a time', async () => {
    for (let i = 1; i <= 21; i++)
      await changePolicies(officer, slug, {
        if_version: i,
        reason: `Change ${i}`,
        set: [{ code: 'soc2', floor: { months: 12 + i } }],
        settle: [],
        reopen: [],
      });
    const newest = await viewPolicyVersions(auditor, slug, null);
    expect(newest.rows.map(({ version }) => version)).toEqual(Array.from({ length: 20 }, (_, i) => 22 - i));
    expect(newest.rows[0]).toMatchObject({
      changed_by: officer.person.email,
      reason: 'Change 21',
      policies: [{ code: 'soc2', before: { floor: { months: 32 } }, after: { floor: { months: 33 } } }],
      settlements: { before: [], after: [] },
    });
    // The oldest on a page is told against one that is not on it.
    expect(newest.rows[19]!.policies).toMatchObject([
      { code: 'soc2', before: { floor: { months: 13 } }, after: { floor: { months: 14 } } },
    ]);
    expect(newest.next_before).toBe(3);
    const oldest = await viewPolicyVersions(auditor, slug, '3');
    expect(oldest.rows.map(({ version, policies }) => [version, policies.length, policies[0]?.before === null])).toEqual([
      [2, 1, false],
      [1, 4, true],
    ]);
    expect(oldest.next_before).toBeNull();
    await expect(viewPolicyVersions(auditor, slug, 'x')).rejects.toMatchObject({ code: 'format' });
    await expect(viewPolicyVersions(await makeViewer({ [ledger]: 'administrator' }), slug, null)).rejects.toMatchObject({
      code: 'forbidden',
    });
  });
});
