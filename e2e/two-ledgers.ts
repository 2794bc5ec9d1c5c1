import { randomUUID } from 'node:crypto';
import { type Receipt, store } from './agent';
import { ledgerId, superuser } from './database';
import { installation } from './installation';
import { callAs } from './people';

/** Things of one ledger, one of each kind that an address can name. */
export interface Things {
  ledger: string;
  record: Receipt;
  conversation: string;
  run: string;
  ingestKey: string;
  readKey: string;
  /** A key to be revoked. */
  spareKey: string;
}

export interface World {
  own: Things;
  /** Of a ledger on which nobody of the demo holds a role. */
  other: Things;
  /** An invited person whom nothing else needs. */
  guest: string;
}

/** The demo ledger, and a second one that its people have no role on, with the same kinds of things in both. */
export async function makeTwoLedgers(): Promise<World> {
  const slug = `other-${randomUUID().slice(0, 8)}`;
  const { email } = installation.signIns.find(({ role }) => role === 'administrator')!;
  await superuser(async (client) => {
    await client.query("SELECT create_ledger($1, $2, 'agents', 'Another book', false)", [slug, `localhost/e2e/ledgers/${slug}`]);
    // For as long as it takes to make the things.
    await client.query("INSERT INTO memberships (user_id, ledger_id, role) SELECT id, $2, 'administrator' FROM users WHERE email = $1", [
      email,
      await ledgerId(client, slug),
    ]);
  });
  const guest = await asked<{ user: { id: string } }>('/api/v1/settings/users', {
    email: `guest-${randomUUID().slice(0, 8)}@demo.example`,
    name: 'Guest',
    roles: [{ ledger: installation.ledger, role: 'auditor' }],
  });
  const world = { own: await makeThings(installation.ledger), other: await makeThings(slug), guest: guest.user.id };
  await superuser(async (client) => {
    await client.query('DELETE FROM memberships WHERE ledger_id = $1', [await ledgerId(client, slug)]);
  });
  return world;
}

async function makeThings(ledger: string): Promise<Things> {
  const issue = (name: string, kind: 'ingest' | 'read') =>
    asked<{ key: { id: string }; secret: string }>('/api/v1/settings/keys', {
      ledger,
      name,
      kind,
      agent_names: kind === 'ingest' ? [installation.agentName] : [],
    });
  const ingest = await issue('Writes', 'ingest');
  const conversation = `talk-${randomUUID().slice(0, 8)}`;
  const record = await store({ conversation_id: conversation, action: 'conversation_started' }, ingest.secret);
  const run = await asked<{ id: string }>(`/api/v1/verifications?ledger=${ledger}`, { scope: { kind: 'range', from: '0', to: '0' } });
  return {
    ledger,
    record,
    conversation,
    run: run.id,
    ingestKey: ingest.secret,
    readKey: (await issue('Reads', 'read')).secret,
    spareKey: (await issue('Spare', 'read')).key.id,
  };
}

async function asked<T>(path: string, body: unknown): Promise<T> {
  const answer = await callAs('administrator', path, { body });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}
