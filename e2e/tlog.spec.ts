import { expect, test } from 'playwright/test';
import { createAuditClient } from '@/lib/sdk/src/client';
import { isSignedBy, TlogClient } from '@/lib/testing/tlog-client';
import { installation, origin } from './installation';
import { asCookie, callAs, sessionOf } from './people';

const prefix = `${origin}/api/tlog/${installation.ledger}/`;
const setPublic = async (open: boolean) => {
  const answer = await callAs('administrator', `/api/v1/settings/proofs?ledger=${installation.ledger}`, {
    method: 'PATCH',
    body: { tlog_public: open },
  });
  expect(answer.status, await answer.text()).toBe(200);
};
test.afterAll(() => setPublic(false));

test('a client written from the specification alone reads a public log: root, entries, caching', async () => {
  expect((await fetch(`${prefix}checkpoint`)).status).toBe(401);
  await setPublic(true);
  const client = new TlogClient(prefix);
  const checkpoint = await client.checkpoint();
  expect(checkpoint.size).toBeGreaterThan(256n);
  const { fromLeaves, fromTiles } = await client.root(checkpoint.size);
  expect(fromLeaves.equals(checkpoint.root)).toBe(true);
  expect(fromTiles.equals(checkpoint.root)).toBe(true);
  expect(await client.entries(checkpoint.size)).toHaveLength(Number(checkpoint.size));
  const tile = await client.get('tile/0/000');
  expect(tile.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  expect(tile.headers.get('content-type')).toBe('application/octet-stream');
  expect((await client.get('checkpoint')).headers.get('cache-control')).toBe('public, max-age=1');
  for (const wanted of ['tile/0/x999/999', 'tile/0/999999', 'tile/0/..%2f000', 'nothing']) {
    const refused = await client.get(wanted);
    expect([400, 404], wanted).toContain(refused.status);
    expect(refused.headers.get('cache-control'), wanted).toContain('no-store');
  }
});

test('a record is covered within seconds: its receipt verifies by the keys that the integrity page shows', async () => {
  const agent = (logKeys: string[]) =>
    createAuditClient({ url: origin, key: installation.ingestKey, agentName: installation.agentName, mode: 'strict', logKeys });
  const receipt = await agent([]).record({ action: 'tool_invoked', data_classification: 'internal' });
  const proof = await agent([]).waitForProof(receipt, { timeoutMs: 20_000 });
  expect(BigInt(proof.size)).toBeGreaterThan(BigInt(receipt.seq));
  const shown = await fetch(`${origin}/api/v1/records/${receipt.id}/proof?ledger=${installation.ledger}`, {
    headers: { ...asCookie(await sessionOf('auditor')), accept: 'application/json' },
  });
  const { keys } = (await shown.json()) as { keys: { vkey: string; kind: string }[] };
  expect((await agent(keys.map(({ vkey }) => vkey)).waitForProof(receipt)).signedBy).toHaveLength(2);
  await setPublic(true);
  expect(isSignedBy(await new TlogClient(prefix).checkpoint(), keys.find(({ kind }) => kind === 'ed25519')!.vkey)).toBe(true);
});
