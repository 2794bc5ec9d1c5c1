import { readFileSync } from 'node:fs';
import { expect, type Page, test } from 'playwright/test';
import type { RegistryAnswer, RegistryEntry } from '@/lib/schema/registry';
import { entriesSince, mark } from './access-entries';
import { type Receipt, store, storeConversation } from './agent';
import { accountOf } from './installation';
import { callAs, enterAs } from './people';
import { choose } from './spoken';
import { visit } from './visit';

const now = Date.now();
const bed = `bed-${String(now).slice(-5)}`;
test.beforeEach(async ({ page }) => enterAs(page, 'compliance_officer'));

const unmapped = (page: Page) => page.getByRole('table', { name: 'Unmapped tools' });
const entries = (page: Page) => page.getByRole('table', { name: 'Entries of the registry' });
const rowOf = (page: Page, table: (page: Page) => ReturnType<typeof unmapped>, name: string) =>
  table(page).getByRole('row').filter({ hasText: name });

async function registry(): Promise<{ newest: number; entries: RegistryEntry[] }> {
  const { newest, registry: shown } = (await (await callAs('auditor', '/api/v1/registry')).json()) as RegistryAnswer;
  return { newest, entries: shown.entries };
}

/** Somebody else saves a further entry. */
async function mapElsewhere(entry: RegistryEntry): Promise<void> {
  const { newest, entries: had } = await registry();
  const saved = await callAs('compliance_officer', '/api/v1/registry', { body: { if_version: newest, entries: [...had, entry] } });
  expect(saved.status).toBe(201);
}

interface Kept {
  id: string;
  action: string;
  resource_type?: string;
  resource_id?: string;
  subject_id?: string;
  data_classification: string;
  domains?: string[];
  details: Record<string, unknown>;
  source: { channel: string };
}

/** Bodies of a conversation, in the order of the ledger. */
async function bodiesOf(conversation: string): Promise<Kept[]> {
  const answer = await callAs('auditor', `/api/v1/conversations/${conversation}`);
  const { entries: rows } = (await answer.json()) as { entries: { id: string; body: Kept }[] };
  return rows.map(({ id, body }) => ({ ...body, id }));
}

test('a tool that nobody mapped is kept as restricted and stands above all else; one click maps it, as a version that the access log names', async ({
  page,
}) => {
  const tool = `labreports${now}.read`;
  const sent: Receipt[] = [];
  for (let i = 0; i < 3; i++) sent.push(await store({ details: { tool } }));
  const body = (await (await callAs('auditor', `/api/v1/records/${sent[0]!.id}`)).json()) as { entry: { body: Kept } };
  expect(body.entry.body.data_classification).toBe('restricted');
  await visit(page, `/records/${sent[0]!.id}`);
  await expect(page.getByRole('main')).toContainText('no entry: restricted until it is mapped; the sender wrote internal');

  await visit(page, '/registry');
  await expect(page.getByRole('main').getByRole('heading', { level: 2 })).toHaveText(['Unmapped tools', 'Entries', 'Versions']);
  const row = rowOf(page, unmapped, tool);
  await expect(row.getByRole('cell').nth(1)).toHaveText('3');
  await expect(row).toContainText(`Reads labreports${now} · restricted`);
  const counts = (await unmapped(page).locator('tbody tr td:nth-child(2)').allTextContents()).map((text) =>
    Number(text.replaceAll(',', '')),
  );
  expect(counts).toEqual(counts.toSorted((a, b) => b - a));
  const before = await registry();
  const from = await mark();
  await page.getByRole('button', { name: `Map ${tool} as suggested` }).click();
  await expect(page.getByText(`Version ${before.newest + 1} counts for every record from now on.`)).toBeVisible();
  await expect(rowOf(page, unmapped, tool)).toHaveCount(0);
  await expect(rowOf(page, entries, tool)).toContainText(`Reads labreports${now}`);
  const versions = page.getByRole('table', { name: 'Versions of the registry' });
  await expect(versions.getByRole('row').nth(1)).toContainText(`${before.newest + 1}, shown`);
  await expect(versions.getByRole('row').nth(1)).toContainText(accountOf('compliance_officer').email);
  const entry = (await entriesSince(from)).find(({ action }) => action === 'registry_changed');
  expect(entry?.actor_id).toBe(accountOf('compliance_officer').email);
  expect(JSON.stringify(entry?.details)).toContain(tool);
  // The version before is there as it was.
  await visit(page, `/registry?version=${before.newest}`);
  await expect(page.getByRole('main')).toContainText(
    `Version ${before.newest}, which is no longer in force: the newest is ${before.newest + 1}.`,
  );
  await expect(rowOf(page, entries, tool)).toHaveCount(0);
});

test('a preview says how many records an entry would have changed; once it is saved, a call yields the access that it means, marked derived', async ({
  page,
}) => {
  const tool = `vitals${now}.read`;
  const call = (id: string) => ({
    details: { tool, tool_call_id: id },
    content: [{ part: 'tool_arguments', text: JSON.stringify({ ward: { bed }, field: 'pulse' }) }],
  });
  await storeConversation(`before-${now}`, [
    { details: { tool, arguments: { ward: { bed } } } },
    { details: { tool, arguments: { ward: { bed } } } },
  ]);
  await visit(page, '/registry');
  await page.getByRole('button', { name: `Map ${tool} otherwise` }).click();
  const dialog = page.getByRole('dialog', { name: 'Add an entry' });
  await expect(dialog.getByLabel('Name or pattern')).toHaveValue(tool);
  await choose(dialog, 'Classification', 'Confidential');
  await dialog.getByLabel('Domains').fill('hipaa');
  await choose(dialog, 'What a call does', 'Reads');
  await dialog.getByLabel('Resource type').fill('bed_plan');
  await dialog.getByLabel('Where the resource’s id stands').fill('/ward/bed');
  await dialog.getByLabel('Where the person’s id stands').fill('/ward/bed');
  const { newest } = await registry();
  await dialog.getByRole('button', { name: 'Preview' }).click();
  const preview = dialog.getByRole('region', { name: 'Preview' });
  await expect(preview).toContainText(
    /Of [\d,]+ calls and accesses, 2 would have been kept otherwise, and 2 records of data read or changed would have been derived beside them\./,
  );
  await expect(preview.getByRole('row').filter({ hasText: tool })).toContainText('confidential instead of restricted, hipaa added');
  expect((await registry()).newest, 'a preview changes nothing').toBe(newest);
  await dialog.getByRole('button', { name: 'Add', exact: true }).click();
  await expect(dialog).toHaveCount(0);
  await expect(rowOf(page, entries, tool)).toContainText('/ward/bed');

  const talk = `after-${now}`;
  await storeConversation(talk, [call('c1')]);
  const [called, derived, ...others] = await bodiesOf(talk);
  expect(others).toEqual([]);
  expect(called).toMatchObject({ action: 'tool_invoked', data_classification: 'confidential', domains: ['hipaa'] });
  expect(derived).toMatchObject({
    action: 'data_accessed',
    resource_type: 'bed_plan',
    resource_id: bed,
    subject_id: bed,
    data_classification: 'confidential',
    domains: ['hipaa'],
    details: { derived_from: called!.id, tool, tool_call_id: 'c1' },
    source: { channel: 'system' },
  });
  await visit(page, `/conversations/${talk}`);
  await expect(page.getByRole('main')).toContainText(`bed_plan ${bed} · derived by the registry; the sender sent no record of it`);
  await visit(page, `/records/${derived!.id}`);
  await page.getByRole('link', { name: 'the call of the tool' }).click();
  await page.waitForURL((url) => url.pathname === `/records/${called!.id}`);
  // Whoever sends the access themselves is believed, and nothing is added.
  await storeConversation(`${talk}-own`, [
    call('c2'),
    { action: 'data_accessed', resource_type: 'bed_plan', resource_id: bed, details: { tool, tool_call_id: 'c2' } },
  ]);
  expect((await bodiesOf(`${talk}-own`)).map(({ action, details }) => [action, details.derived_from])).toEqual([
    ['tool_invoked', undefined],
    ['data_accessed', undefined],
  ]);
});

test('the registry leaves as a file and comes back from one: what changes is said first, and what is no registry is refused', async ({
  page,
}) => {
  const name = `imported${now}.read`;
  await mapElsewhere({ kind: 'tool', name, domains: [], classification: 'internal', access: 'none' });
  await visit(page, '/registry');
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Export', exact: true }).click()]);
  const before = await registry();
  expect(download.suggestedFilename()).toContain(`v${before.newest}`);
  const file = JSON.parse(readFileSync(await download.path(), 'utf8')) as { format: string; version: number; entries: RegistryEntry[] };
  expect(file).toMatchObject({ format: 'holdfast/registry/v1', version: before.newest, entries: before.entries });
  const choosing = page.getByLabel('File of a registry');
  const bring = (text: string) =>
    choosing.setInputFiles({ name: 'registry.json', mimeType: 'application/json', buffer: Buffer.from(text) });
  for (const [text, say] of [
    ['{"format": "holdfast/registry/v1", "format": "x"}', 'This is not a JSON file that can be read'],
    ['{"format": "another", "entries": []}', 'This is not the file of a registry'],
    [JSON.stringify({ ...file, entries: [file.entries[0], file.entries[0]] }), ''],
  ] as const) {
    await bring(text);
    await expect(page.getByRole('main').getByRole('alert')).toContainText(say);
    await expect(page.getByRole('dialog')).toHaveCount(0);
  }
  const changed = {
    ...file,
    entries: [
      ...file.entries.map((entry) => (entry.name === name ? { ...entry, classification: 'confidential' } : entry)),
      { kind: 'tool', pattern: `fresh${now}.*`, domains: ['gdpr'], classification: 'restricted', access: 'none' },
    ],
  };
  await bring(JSON.stringify(changed));
  const dialog = page.getByRole('dialog', { name: 'Import a registry' });
  await expect(dialog).toContainText(`Against version ${before.newest}: 1 added, 1 changed.`);
  await dialog.getByLabel('Note').fill('From the other house');
  await dialog.getByRole('button', { name: 'Import' }).click();
  await expect(dialog).toHaveCount(0);
  await expect(rowOf(page, entries, name)).toContainText('Confidential');
  await expect(rowOf(page, entries, `fresh${now}.*`)).toContainText('gdpr');
  await expect(page.getByRole('table', { name: 'Versions of the registry' }).getByRole('row').nth(1)).toContainText('From the other house');
  expect((await registry()).newest).toBe(before.newest + 1);
});

test('of two who change it at once the second is told, and overwrites nothing', async ({ page }) => {
  await visit(page, '/registry');
  await page.getByRole('button', { name: 'Add an entry' }).click();
  const dialog = page.getByRole('dialog', { name: 'Add an entry' });
  await dialog.getByLabel('Name or pattern').fill(`second${now}.read`);
  const theirs: RegistryEntry = { kind: 'tool', name: `first${now}.read`, domains: [], classification: 'internal', access: 'none' };
  await mapElsewhere(theirs);
  const { newest } = await registry();
  await dialog.getByRole('button', { name: 'Add', exact: true }).click();
  await expect(dialog.getByRole('alert')).toContainText(/The registry is at version [\d,]+ by now: look at it again/);
  const after = await registry();
  expect(after.newest).toBe(newest);
  expect(after.entries).toContainEqual(theirs);
  // Looked at anew, the same change goes through.
  await visit(page, '/registry');
  await page.getByRole('button', { name: 'Add an entry' }).click();
  await dialog.getByLabel('Name or pattern').fill(`second${now}.read`);
  await dialog.getByRole('button', { name: 'Add', exact: true }).click();
  await expect(dialog).toHaveCount(0);
  expect((await registry()).newest).toBe(newest + 1);
});

test('an auditor sees the registry and is offered no change to it', async ({ page }) => {
  await enterAs(page, 'auditor');
  await visit(page, '/registry');
  await expect(entries(page)).toBeVisible();
  await expect(page.getByRole('link', { name: 'Export', exact: true })).toBeVisible();
  await expect(page.getByRole('button', { name: /^(Map|Add an entry|Import|Change)/ })).toHaveCount(0);
  const { newest } = await registry();
  const refused = await callAs('auditor', '/api/v1/registry', { body: { if_version: newest, entries: [] } });
  expect(refused.status).toBe(403);
});
