import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, type Page, test } from 'playwright/test';
import { readZip } from '@/lib/chain/read-zip';
import { storeConversation } from './agent';
import { exportBundle, forgeBundle } from './bundle';

/** verify.html as an auditor has it: out of the bundle, from a folder of their own, with no network. */
const talk = `evidence-${Date.now()}`;
let dir: string;
let bundle: Buffer;
let address: string;

test.beforeAll(async () => {
  await storeConversation(
    talk,
    Array.from({ length: 12 }, (_, i) => ({ agent_seq: i + 1 })),
  );
  bundle = await exportBundle({ kind: 'conversation', conversation_id: talk });
  dir = mkdtempSync(path.join(os.tmpdir(), 'holdfast-stick-'));
  const file = path.join(dir, 'verify.html');
  writeFileSync(file, readZip(bundle).get('verify.html')!);
  address = pathToFileURL(file).href;
});
test.afterAll(() => dir && rmSync(dir, { recursive: true, force: true }));

async function drop(page: Page, name: string, bytes: Buffer): Promise<void> {
  await page.locator('#file').setInputFiles({ name, mimeType: 'application/zip', buffer: bytes });
  await expect(page.locator('#result')).toBeVisible();
}

test('a bundle is checked without a network: verdict, each check, what was not checked, each record readable', async ({
  page,
  context,
}) => {
  const asked: string[] = [];
  const faults: string[] = [];
  context.on('request', (request) => request.url().startsWith('file:') || asked.push(request.url()));
  page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
  page.on('pageerror', (error) => faults.push(String(error)));
  await context.setOffline(true);
  await page.goto(address);
  await drop(page, 'evidence.zip', bundle);
  await expect(page.locator('.verdict.consistent')).toHaveText('Consistent: it agrees with itself; whose it is was not checked');
  await expect(page.locator('.checks li.failed')).toHaveCount(0);
  await expect(page.locator('.checks')).toContainText('12 of 12 records of the conversation');
  await expect(page.getByRole('heading', { name: 'What was not checked' })).toBeVisible();
  await expect(page.locator('#result')).toContainText('Whose it is: the keys came with the bundle');
  const record = page.locator('details.record').nth(3);
  await record.locator('summary').click();
  await expect(record).toContainText('"conversation_id"');
  await expect(record).toContainText('integrity_hash');
  expect(asked).toEqual([]);
  expect(faults).toEqual([]);
});

const changes: [what: string, change: (files: Map<string, Buffer>) => unknown, code: string][] = [
  ['a byte of a record', (files) => firstRecord(files)[1].write('x', 30), 'body_altered'],
  [
    'a header',
    (files) =>
      files.set(
        'entries.jsonl',
        Buffer.from(
          files
            .get('entries.jsonl')!
            .toString()
            .replace(/"received_at_us":"(\d+)\d"/, '"received_at_us":"$10"')
            .replace(/"conversation_seq":"3"/, '"conversation_seq":"4"'),
        ),
      ),
    'hash_mismatch',
  ],
  ['a record that is missing', (files) => void files.delete(firstRecord(files)[0]), 'file_missing'],
  [
    'paths that were swapped',
    (files) => {
      const lines = files
        .get('proofs.jsonl')!
        .toString()
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as { seq: string; proof: string[] });
      [lines[0]!.proof, lines[1]!.proof] = [lines[1]!.proof, lines[0]!.proof];
      files.set('proofs.jsonl', Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join('')));
    },
    'proof_invalid',
  ],
  [
    'a signature',
    (files) =>
      files.set(
        'checkpoint',
        Buffer.from(
          files
            .get('checkpoint')!
            .toString()
            .replace(/(\n— \S+ .{20})(.)/, (_, before, one) => before + (one === 'A' ? 'B' : 'A')),
        ),
      ),
    'checkpoint_signature_invalid',
  ],
];
for (const [what, change, code] of changes)
  test(`${what} is found, named and placed`, async ({ page }) => {
    await page.goto(address);
    await drop(page, 'forged.zip', await forgeBundle(bundle, change));
    await expect(page.locator('.verdict.tampered')).toBeVisible();
    await expect(page.getByRole('table')).toContainText(code);
  });

test('what is no evidence is refused in words, and the page goes on', async ({ page }) => {
  await page.goto(address);
  await drop(page, 'junk.zip', Buffer.from('PK\u0003\u0004 and nothing more'));
  await expect(page.locator('.verdict.cannot_verify')).toBeVisible();
  await drop(page, 'evidence.zip', bundle);
  await expect(page.locator('.verdict.consistent')).toBeVisible();
});

test('with the ledger’s keys from elsewhere it is valid, and with a stranger’s it is nobody’s', async ({ page }) => {
  const own = keysOf(bundle);
  await page.goto(address);
  await page.locator('summary', { hasText: 'Keys that you have from elsewhere' }).click();
  await page.locator('#keys').fill(own.join('\n'));
  await drop(page, 'evidence.zip', bundle);
  await expect(page.locator('.verdict.valid')).toBeVisible();
  await page.locator('#keys').fill('PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW');
  await drop(page, 'evidence.zip', bundle);
  await expect(page.locator('.verdict.cannot_verify')).toBeVisible();
});

/** As the ledger shows them under Integrity; that they stand in the bundle too is convenient here, and proves nothing. */
function keysOf(zip: Buffer): string[] {
  const { keys } = JSON.parse(Buffer.from(readZip(zip).get('keys.json')!).toString()) as { keys: { vkey: string }[] };
  return keys.map(({ vkey }) => vkey);
}

function firstRecord(files: Map<string, Buffer>): [string, Buffer] {
  return [...files].find(([name]) => name.startsWith('records/'))!;
}
