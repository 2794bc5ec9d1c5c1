import { renameSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Viewer } from '@/lib/auth/viewer';
import { closeDatabase } from '@/lib/db';
import { closeAppenders } from '@/lib/ledger/append-records';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { makeViewer } from '@/lib/testing/make-person';
import { freshVault, sealRecord } from '@/lib/testing/seal-record';
import { addLocalKey } from '@/lib/vault/local-keys';
import { viewVault } from './view-vault';

let db: TestDatabase;
let vault: ReturnType<typeof freshVault>;
let administrator: Viewer;
beforeAll(async () => {
  db = await freshDatabase();
  vault = freshVault();
  administrator = await makeViewer({ [db.ledgers.main]: 'administrator' });
});
afterAll(async () => {
  vault.drop();
  await closeAppenders();
  await closeDatabase();
  await db.drop();
});

it('the vault says which key it wraps with, which are in use, and how changes of it went; nothing of a key', async () => {
  const first = (await viewVault(administrator, 'main')).current!;
  expect(first.place).toBe(vault.file);
  await sealRecord(db, { conversation: 'talk-1', texts: ['one'] });
  const second = addLocalKey(vault.file);
  await sealRecord(db, { conversation: 'talk-2', texts: ['two'] });
  await asAdmin(db.adminUrl, (c) =>
    c.query("INSERT INTO key_rotations (to_kek, started_by, done, total) VALUES ($1, 'ann@example.org', 1, 2)", [second]),
  );
  const now = await viewVault(administrator, 'main');
  expect(now).toMatchObject({
    current: { id: second },
    fault: null,
    in_use: [first.id, second].sort(),
    missing: [],
    rotations: [{ to: second, started_by: 'ann@example.org', done: 1, total: 2, finished_at: null }],
  });
});

it('the vault that cannot be opened is said to be that, with what is lost with it', async () => {
  renameSync(vault.file, `${vault.file}.away`);
  try {
    const away = await viewVault(administrator, 'main');
    expect(away).toMatchObject({ current: null, fault: expect.stringContaining(vault.file) });
    expect(away.missing).toEqual(away.in_use);
    expect(away.missing).toHaveLength(2);
  } finally {
    renameSync(`${vault.file}.away`, vault.file);
  }
});

it('the vault is an administrator’s to look at', async () => {
  for (const role of ['auditor', 'compliance_officer'] as const)
    await expect(viewVault(await makeViewer({ [db.ledgers.main]: role }), 'main')).rejects.toMatchObject({ code: 'forbidden' });
});
