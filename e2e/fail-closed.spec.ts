import { expect, test } from 'playwright/test';
import { entriesSince, mark } from './access-entries';
import { post, someRecord, storeConversation } from './agent';
import { superuser } from './database';
import { accountOf, installation, origin } from './installation';
import { asCookie, callAs, enterAs, renewSessions, sessionOf, trySignIn } from './people';
import { withoutAppending } from './spoken';

/** Words that stand in the data and nowhere else, so that a leak of any of it shows. */
const WORD = `secret-${Date.now()}`;
let recordId: string;
let hash: string;

test.beforeAll(async () => {
  const [first] = await storeConversation(WORD, [
    { action: 'conversation_started', resource_type: 'file', resource_id: WORD, subject_id: WORD },
  ]);
  recordId = first!.id;
  hash = first!.integrity_hash;
  // Signed in before: without an entry nobody could.
  await renewSessions('auditor', 'administrator', 'compliance_officer');
});

const PAGES = () => [
  '/',
  '/conversations',
  `/conversations/${WORD}`,
  `/records?subject=${WORD}`,
  `/records/${recordId}`,
  '/prompts',
  '/registry',
  '/integrity',
  '/exports',
  '/access-log',
  '/settings/account',
];
const READS = () => [
  '/api/v1/records',
  `/api/v1/records/${recordId}`,
  '/api/v1/conversations',
  `/api/v1/conversations/${WORD}`,
  `/api/v1/ledgers/${installation.ledger}/head`,
  '/api/v1/verifications',
  `/api/v1/search?q=subject:${WORD}`,
  '/api/v1/registry',
  '/api/v1/registry/tools',
  '/api/v1/registry/file',
  '/api/v1/holds',
  '/api/v1/retention',
  `/api/v1/retention/records/${recordId}`,
  `/api/v1/retention/conversations/${WORD}`,
  '/api/v1/retention/policies',
  '/api/v1/retention/triggers',
  '/api/v1/shreddings',
  '/api/v1/account/sessions',
];

/** Everything that the answers to these looks hold when they may be given. */
const TELLING = () => [WORD, recordId, hash, accountOf('compliance_officer').email, 'Demo: clinic'];

test('where a look cannot be recorded, every page and every read answers 503 and shows nothing; then all goes on', async () => {
  const before = await mark();
  await withoutAppending(async () => {
    for (const address of [...PAGES(), ...READS()]) {
      const answer = await fetch(origin + address, { headers: asCookie(await sessionOf('auditor')), redirect: 'manual' });
      const text = await answer.text();
      expect({ address, status: answer.status }).toEqual({ address, status: 503 });
      expect(answer.headers.get('retry-after'), address).toBeTruthy();
      // The address comes back in the page; what lies behind it must not.
      for (const word of TELLING()) if (!address.includes(word)) expect(text, address).not.toContain(word);
      if (address.startsWith('/api/')) expect(JSON.parse(text)).toMatchObject({ status: 503, code: 'audit_unavailable' });
    }
    for (const address of ['/settings/users', '/settings/keys', '/break-glass', '/api/v1/break-glass/own']) {
      const answer = await callAs('administrator', address);
      expect({ address, status: answer.status }).toEqual({ address, status: 503 });
      expect(await answer.text()).not.toContain('@demo.example');
    }
    for (const address of ['/reviews', '/settings/content', '/api/v1/break-glass', '/api/v1/settings/content']) {
      const answer = await callAs('compliance_officer', address);
      expect({ address, status: answer.status }).toEqual({ address, status: 503 });
      expect(await answer.text()).not.toContain('quality_review');
    }
  });
  expect(await entriesSince(before)).toEqual([]);
  for (const address of [...PAGES(), ...READS()]) {
    expect({ address, status: (await callAs('auditor', address)).status }).toEqual({ address, status: 200 });
  }
});

test('where a change cannot be recorded, it does not take place', async () => {
  const names = () =>
    superuser(async (client) =>
      (await client.query<{ name: string }>('SELECT name FROM api_keys ORDER BY 1')).rows.map(({ name }) => name),
    );
  const had = await names();
  await withoutAppending(async () => {
    const issued = await callAs('administrator', '/api/v1/settings/keys', { body: { name: 'Unrecorded', kind: 'read' } });
    expect(issued.status).toBe(503);
    const run = await callAs('auditor', '/api/v1/verifications', { body: { scope: { kind: 'ledger' } } });
    expect(run.status).toBe(503);
    const words = await callAs('auditor', '/api/v1/reveals', { body: { conversation_id: WORD, purpose: 'audit' } });
    expect({ status: words.status, code: ((await words.json()) as { code: string }).code }).toEqual({
      status: 503,
      code: 'audit_unavailable',
    });
    const { email, password } = accountOf('auditor');
    const signIn = await trySignIn(email, password);
    expect(signIn.status).toBe(503);
    expect(signIn.headers.getSetCookie().filter((set) => set.startsWith('holdfast.session='))).toEqual([]);
  });
  expect(await names()).toEqual(had);
});

test('an agent whose record cannot be stored is told 503, and the same record is taken once afterwards', async () => {
  const record = someRecord();
  await withoutAppending(async () => {
    const one = await post(record);
    expect(one.status).toBe(503);
    expect(await one.json()).toMatchObject({ code: 'store_busy' });
    expect(one.headers.get('retry-after')).toBeTruthy();
    const batch = await post([record]);
    expect(batch.status).toBe(503);
  });
  expect((await post(record)).status).toBe(201);
  expect((await post(record)).status).toBe(200);
});

test('a page that cannot be recorded says so in words, and can be asked for again', async ({ page }) => {
  await enterAs(page, 'auditor');
  await withoutAppending(async () => {
    const answer = await page.goto('/conversations');
    expect(answer?.status()).toBe(503);
    await expect(page.getByRole('main').getByRole('alert')).toContainText('could not be recorded, so nothing is shown');
  });
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Conversations' })).toBeVisible();
});
