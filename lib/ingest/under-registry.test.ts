import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { closeDatabase, pool, prisma } from '@/lib/db';
import { closeAppenders } from '@/lib/ledger/append-records';
import { addToolUse } from '@/lib/ledger/note-tool-use';
import { forgetRegistry } from '@/lib/ledger/read-registry';
import { saveRegistry } from '@/lib/ledger/save-registry';
import { derivedId } from '@/lib/policy/registry-derive';
import type { RegistryEntry } from '@/lib/schema/registry';
import { agentRecord } from '@/lib/testing/agent-record';
import { asAdmin, freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { type IngestDoor, openIngestDoor } from '@/lib/testing/open-ingest-door';
import { readSoundLedger } from '@/lib/testing/read-sound-ledger';

let db: TestDatabase;
let door: IngestDoor;
let version = 0;
beforeAll(async () => {
  db = await freshDatabase();
  door = await openIngestDoor(db, ['triage']);
});
beforeEach(() => save([CHART]));
afterAll(async () => {
  await door.close();
  await closeAppenders();
  await closeDatabase();
  await db.drop();
});

const CHART: RegistryEntry = {
  kind: 'tool',
  name: 'chart.read',
  resource_type: 'patient_record',
  domains: ['hipaa'],
  classification: 'confidential',
  access: 'reads',
  resource_pointer: '/patient',
};

async function save(entries: RegistryEntry[]): Promise<void> {
  const saved = await saveRegistry(prisma(), db.ledgers.main, version, entries, 'officer@example.org', undefined);
  version = saved!.version;
  forgetRegistry(db.ledgers.main);
}
const call = (tool = 'chart.read', patient: unknown = 'P-1017') =>
  agentRecord({ conversation_id: `c-${randomUUID()}`, details: { tool, tool_call_id: 'call_1', arguments: { patient } } });

interface Stored {
  seq: string;
  body: Record<string, unknown> & { details: Record<string, unknown> };
  classification: number;
  conversation_seq: string;
  received_at_us: string;
}
async function stored(ids: string[]): Promise<Stored[]> {
  const { rows } = await pool('ingest').query<Omit<Stored, 'body'> & { body: Buffer }>(
    'SELECT e.seq, r.body, r.classification, e.conversation_seq, e.received_at_us FROM entries e JOIN records r USING (ledger_id, seq) WHERE e.ledger_id = $1 AND e.id = ANY ($2) ORDER BY e.seq',
    [db.ledgers.main, ids],
  );
  return rows.map((row) => ({ ...row, body: JSON.parse(row.body.toString()) }));
}
const withDerived = (id: string) => stored([id, ...Array.from({ length: 16 }, (_, n) => derivedId(id, n))]);

describe('a call of a tool', () => {
  it('is kept with what the registry knows of it, and its access behind it: in the same commit, next in chain and conversation', async () => {
    const record = call();
    expect((await door.post(record)).status).toBe(201);
    const [cause, derived, ...more] = await withDerived(record.id);
    expect(more).toEqual([]);
    expect(cause.body).toMatchObject({
      data_classification: 'confidential',
      domains: ['hipaa'],
      details: { registry: { version, entry: 'chart.read', claimed: { data_classification: 'internal', domains: [] } } },
    });
    expect(derived.body).toMatchObject({
      action: 'data_accessed',
      resource_type: 'patient_record',
      resource_id: 'P-1017',
      details: { derived_from: record.id, registry: { version, entry: 'chart.read' } },
      source: { channel: 'system', key_id: (cause.body.source as { key_id: string }).key_id },
    });
    expect(derived.body).not.toHaveProperty('agent_seq');
    expect([Number(derived.seq) - Number(cause.seq), cause.conversation_seq, derived.conversation_seq]).toEqual([1, '1', '2']);
    expect(derived.received_at_us).toBe(cause.received_at_us);
    expect([cause.classification, derived.classification]).toEqual([2, 2]);
  });

  it('that no entry names is restricted', async () => {
    const record = call('mail.send');
    await door.post(record);
    const [only, ...more] = await withDerived(record.id);
    expect(more).toEqual([]);
    expect(only.body).toMatchObject({ data_classification: 'restricted', details: { registry: { version } } });
  });

  it('is judged by the version in force, which each record names', async () => {
    const [before, after] = [call(), call()];
    await door.post(before);
    await save([{ ...CHART, classification: 'restricted', access: 'none' }]);
    await door.post(after);
    expect((await withDerived(before.id)).map((r) => r.body.data_classification)).toEqual(['confidential', 'confidential']);
    const [only, ...more] = await withDerived(after.id);
    expect([only.body.data_classification, only.body.details.registry, more]).toEqual([
      'restricted',
      expect.objectContaining({ version }),
      [],
    ]);
  });

  it('that is sent again gets its first receipt, under whatever registry by now, and nothing is derived anew', async () => {
    const [derives, none] = [call(), call('plain')];
    const batch = [derives, none];
    const first = await (await door.post(batch)).json();
    const { name: _, ...rest } = CHART;
    await save([{ ...rest, pattern: '*', classification: 'restricted' }]);
    for (const query of ['', '?atomic=true']) {
      const again = await fetch(door.url + query, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${door.key}` },
        body: JSON.stringify(batch),
      });
      expect([again.status, await again.json()]).toMatchObject([
        200,
        { duplicates: 2, items: first.items.map((item: { integrity_hash: string }) => ({ integrity_hash: item.integrity_hash })) },
      ]);
    }
    expect((await withDerived(derives.id)).length).toBe(2);
    expect((await withDerived(none.id)).length).toBe(1);
  });

  it('that was sent with another content under a known id leaves nothing behind', async () => {
    const record = call();
    await door.post(record);
    const answer = await door.post({ ...record, details: { ...record.details, arguments: { patient: ['P-1', 'P-2', 'P-3'] } } });
    expect(answer.status).toBe(409);
    expect((await withDerived(record.id)).length).toBe(2);
  });

  it('whose access its sender tells in the same request has no derived one', async () => {
    const record = call();
    const own = agentRecord({
      action: 'data_accessed',
      conversation_id: record.conversation_id,
      resource_type: 'patient_record',
      resource_id: 'P-1017',
      details: { tool: 'chart.read', tool_call_id: 'call_1', rows: 3 },
    });
    const answer = await (await door.post([record, own])).json();
    expect(answer.accepted).toBe(2);
    expect((await withDerived(record.id)).length).toBe(1);
    // Refused itself, it tells nothing.
    const other = call();
    await door.post([other, { ...own, id: randomUUID(), conversation_id: other.conversation_id, agent_name: 'stranger' }]);
    expect((await withDerived(other.id)).length).toBe(2);
  });

  it('of which another has taken the derived id is refused whole: no call stands without its access', async () => {
    const record = call();
    const squatter = agentRecord({ id: derivedId(record.id, 0) });
    expect((await door.post(squatter)).status).toBe(201);
    expect((await door.post(record)).status).toBe(409);
    expect(await stored([record.id])).toEqual([]);
    const other = call();
    const answer = await (await door.post([agentRecord({ id: derivedId(other.id, 0) }), other])).json();
    expect(answer.items.map((item: { status: number }) => item.status)).toEqual([201, 409]);
    const third = call();
    const before = agentRecord({ id: derivedId(third.id, 0) });
    const whole = await fetch(`${door.url}?atomic=true`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${door.key}` },
      body: JSON.stringify([before, third]),
    });
    expect([whole.status, await stored([before.id, third.id])]).toEqual([422, []]);
  });

  it('fifty times at once under one id, while the registry changes, is stored once with one derived record', async () => {
    const record = call();
    const answers = Array.from({ length: 50 }, () => door.post(record));
    await save([{ ...CHART, resource_type: 'other' }]);
    const statuses = (await Promise.all(answers)).map((answer) => answer.status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(1);
    expect(new Set(statuses)).toEqual(new Set([200, 201]));
    expect((await withDerived(record.id)).length).toBe(2);
  });

  it('may not claim to be the server’s', async () => {
    for (const name of ['registry', 'derived_from']) {
      const answer = await door.post(agentRecord({ details: { [name]: 'x' } }));
      expect([answer.status, await answer.json()]).toMatchObject([422, { code: 'reserved_detail', pointer: `/details/${name}` }]);
    }
  });

  it('is stored with no derived record of it when those make the record impossible to store', async () => {
    const record = call(
      'chart.read',
      Array.from({ length: 17 }, (_, n) => `P-${n}`),
    );
    expect((await door.post({ ...record, details: { ...record.details, pad: 'x'.repeat(64_900) } })).status).toBe(422);
    expect(await withDerived(record.id)).toEqual([]);
  });
});

describe('the use of tools', () => {
  const use = async () => {
    await addToolUse();
    const { rows } = await pool('ingest').query('SELECT tool, count, unmapped, last_version FROM tool_use WHERE ledger_id = $1', [
      db.ledgers.main,
    ]);
    return new Map(rows.map((row) => [row.tool as string, row as { count: string; unmapped: string; last_version: number }]));
  };

  it('is counted once for each call that is stored, whether it is mapped or not', async () => {
    const tool = `tool-${randomUUID()}`;
    const record = call(tool);
    await Promise.all([door.post(record), door.post(record), door.post(call(tool))]);
    await save([{ ...CHART, name: tool }]);
    await door.post([call(tool), { ...call(tool), timestamp: 'never' }]);
    expect((await use()).get(tool)).toEqual({ tool, count: '3', unmapped: '2', last_version: version });
  });

  it('without a name, or with one that no registry can hold, is counted together', async () => {
    const before = Number((await use()).get('')?.count ?? 0);
    await door.post([agentRecord(), call('x'.repeat(129)), agentRecord({ details: { tool: 7 } })]);
    expect(Number((await use()).get('')?.count)).toBe(before + 3);
  });

  it('tells no more names apart than the table is meant to hold', async () => {
    await asAdmin(db.adminUrl, (client) =>
      client.query("INSERT INTO tool_use SELECT $1, 'made-up-' || n, now(), now(), 1, 1, 0 FROM generate_series(1, 5000) n", [
        db.ledgers.main,
      ]),
    );
    const before = await use();
    const known = 'made-up-7';
    await door.post([call(known), call(`new-${randomUUID()}`), call(`new-${randomUUID()}`)]);
    const after = await use();
    expect(after.size).toBe(before.size);
    expect([after.get(known)?.count, Number(after.get('')?.count)]).toEqual(['2', Number(before.get('')?.count ?? 0) + 2]);
  });

  it('survives a database that will not take it', async () => {
    await asAdmin(db.adminUrl, (client) => client.query('REVOKE EXECUTE ON FUNCTION add_tool_use FROM holdfast_app'));
    await door.post(call('made-up-8'));
    const before = (await use()).get('made-up-8');
    await asAdmin(db.adminUrl, (client) => client.query('GRANT EXECUTE ON FUNCTION add_tool_use TO holdfast_app'));
    expect([before?.count, (await use()).get('made-up-8')?.count]).toEqual(['1', '2']);
  });
});

it('the ledger with all of that verifies', async () => {
  expect((await readSoundLedger(db.adminUrl, db.ledgers.main)).length).toBeGreaterThan(20);
});
