import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Viewer } from '@/lib/auth/viewer';
import { closeDatabase, prisma } from '@/lib/db';
import { closeAppenders } from '@/lib/ledger/append-records';
import type { PreviewAnswer, RegistryEntry } from '@/lib/schema/registry';
import { agentRecord } from '@/lib/testing/agent-record';
import { freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { accessRecords, makeViewer } from '@/lib/testing/make-person';
import { type IngestDoor, openIngestDoor } from '@/lib/testing/open-ingest-door';
import { changeRegistry, previewChange } from './change-registry';
import { exportRegistry, readRegistryVersion, readToolUse, viewRegistry } from './view-registry';

let db: TestDatabase;
let door: IngestDoor;
let officer: Viewer;
let auditor: Viewer;
beforeAll(async () => {
  db = await freshDatabase();
  door = await openIngestDoor(db, ['triage']);
  officer = await makeViewer({ [db.ledgers.main]: 'compliance_officer' });
  auditor = await makeViewer({ [db.ledgers.main]: 'auditor' });
});
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
};
const MAIL: RegistryEntry = { kind: 'tool', name: 'mail.send', domains: [], classification: 'internal', access: 'none' };
const newest = async () => (await readRegistryVersion(auditor, {})).registry;
const save = async (entries: RegistryEntry[], ifVersion?: number) =>
  changeRegistry(officer, null, { if_version: ifVersion ?? (await newest()).version, entries, note: 'as agreed' });
const call = (tool: string, over = {}) =>
  agentRecord({ conversation_id: `c-${randomUUID()}`, details: { tool, tool_call_id: 'call_1' }, ...over });
const send = async (...records: unknown[]) => {
  const answer = await (await door.post(records)).json();
  expect(answer.refused).toBe(0);
};

describe('the registry', () => {
  it('begins empty at version 0, and keeps each change as a version that nothing changes', async () => {
    expect(await newest()).toMatchObject({ version: 0, entries: [], sha256: null });
    const first = await save([MAIL, CHART]);
    expect(first.registry).toMatchObject({ version: 1, entries: [CHART, MAIL], changed_by: officer.person.email, note: 'as agreed' });
    const second = await save([CHART]);
    expect(second.registry.version).toBe(2);
    expect((await readRegistryVersion(auditor, { params: new URLSearchParams('version=1') })).registry).toEqual(first.registry);
    for (const sql of [
      'UPDATE registry_versions SET note = NULL',
      'DELETE FROM registry_versions',
      "INSERT INTO registry_versions VALUES (1, 9, '[]', '', '', now(), '')",
    ])
      await expect(prisma().$executeRawUnsafe(sql)).rejects.toThrow(/permission denied|42501/);
  });

  it('names in the access ledger what changed, by whom, and the digest of what is kept', async () => {
    const before = await newest();
    const after = (await save([{ ...CHART, classification: 'restricted' }, MAIL])).registry;
    expect((await accessRecords(db.ledgers.access)).findLast((record) => record.action === 'registry_changed')).toMatchObject({
      actor_id: officer.person.email,
      resource_id: `main/${after.version}`,
      details: {
        version: after.version,
        previous_version: before.version,
        sha256: after.sha256,
        added: ['tool: mail.send'],
        before_and_after: [{ before: { classification: 'confidential' }, after: { classification: 'restricted' } }],
      },
    });
  });

  it('is not changed by who has not seen its newest version: of two at once one is told so, and nothing of theirs is recorded', async () => {
    const { version } = await newest();
    const changes = async () => (await accessRecords(db.ledgers.access)).filter((record) => record.action === 'registry_changed').length;
    const before = await changes();
    const both = await Promise.allSettled([save([CHART], version), save([{ ...MAIL, name: 'post.send' }], version)]);
    expect(both.map((each) => each.status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(both.find((each) => each.status === 'rejected')).toMatchObject({ reason: { code: 'conflict', pointer: '/if_version' } });
    expect((await newest()).version).toBe(version + 1);
    expect(await changes()).toBe(before + 1);
  });

  it.each<[string, RegistryEntry[], string]>([
    ['two of one name', [CHART, CHART], '/entries/1'],
    ['neither name nor pattern', [{ ...CHART, name: undefined }], '/entries/0'],
    [
      'a pattern without a star',
      [{ kind: 'tool', pattern: 'x', domains: [], classification: 'public', access: 'none' }],
      '/entries/0/pattern',
    ],
    ['an access to nothing in particular', [{ ...MAIL, access: 'reads' }], '/entries/0/resource_type'],
    ['a pointer of a tool that touches nothing', [{ ...MAIL, resource_pointer: '/id' }], '/entries/0/access'],
    ['a data source that reads', [{ ...CHART, kind: 'data_source' }], '/entries/0/access'],
  ])('takes no entries that contradict themselves: %s', async (_, entries, pointer) => {
    await expect(save(entries)).rejects.toMatchObject({ code: 'format', pointer });
    await expect(previewChange(officer, null, entries)).rejects.toMatchObject({ code: 'format', pointer });
  });

  it('is read by an auditor, who changes and previews nothing', async () => {
    await expect(changeRegistry(auditor, null, { if_version: 0, entries: [] })).rejects.toMatchObject({ code: 'forbidden' });
    await expect(previewChange(auditor, null, [])).rejects.toMatchObject({ code: 'forbidden' });
    expect((await viewRegistry(auditor, {})).may_manage).toBe(false);
  });

  it('written to a file is a file that gives the same version again', async () => {
    const { entries } = (await save([CHART, MAIL])).registry;
    const { name, file } = await exportRegistry(auditor, {});
    expect(name).toMatch(/^registry-main-v\d+\.json$/);
    expect(JSON.parse(JSON.stringify(file)).entries).toEqual(entries);
  });
});

describe('a preview', () => {
  const group = (answer: PreviewAnswer, name: string) => answer.groups.filter((each) => each.name === name);

  it('says what records of the last week would have been, and what is then saved makes just that of the next ones', async () => {
    const tool = `tool-${randomUUID()}`;
    await save([CHART]);
    await send(call(tool), call(tool, { domains: ['soc2'] }), call('chart.read'));
    const entry: RegistryEntry = { ...CHART, name: tool, domains: ['gdpr'] };
    const answer = await previewChange(officer, null, [CHART, entry]);
    expect(answer.complete).toBe(true);
    expect(group(answer, tool)).toEqual([
      {
        kind: 'tool',
        name: tool,
        entry: tool,
        raised_by: null,
        records: 2,
        classification: { is: 'restricted', would_be: 'confidential' },
        domains: { added: ['gdpr'], removed: [] },
        derived: 2,
      },
    ]);
    expect(answer).toMatchObject({ changed: 2, derived: 2 });
    await save([CHART, entry]);
    await send(call(tool));
    // Of the version in force nothing would change, neither for what came before it nor since.
    expect(await previewChange(officer, null, [CHART, entry])).toMatchObject({ changed: 0, derived: 0, groups: [] });
    expect(group(await previewChange(officer, null, [CHART]), tool)).toMatchObject([
      {
        records: 1,
        entry: null,
        classification: { is: 'confidential', would_be: 'restricted' },
        domains: { removed: ['gdpr'] },
        derived: -1,
      },
    ]);
  });

  it('counts no access as derived that the sender told of', async () => {
    const tool = `tool-${randomUUID()}`;
    await save([CHART, { ...MAIL, name: tool }]);
    const cause = call(tool);
    await send(
      cause,
      agentRecord({ action: 'data_accessed', conversation_id: cause.conversation_id, details: { tool, tool_call_id: 'call_1' } }),
    );
    const answer = await previewChange(officer, null, [CHART, { ...CHART, name: tool, classification: 'internal', domains: [] }]);
    expect(group(answer, tool)).toEqual([]);
  });

  it('looks no further back than a week', async () => {
    const later = Date.now() + 8 * 86_400_000;
    expect(await previewChange(officer, null, [], later)).toMatchObject({ looked_at: 0, groups: [], complete: true });
  });
});

describe('the tools', () => {
  it('that nobody has mapped come first, each with what its agents told of it before', async () => {
    const [read, write] = [`claims-${randomUUID()}.open`, `notes-${randomUUID()}.delete`];
    await save([CHART]);
    const cause = call(read);
    await send(
      cause,
      agentRecord({
        action: 'data_accessed',
        data_classification: 'confidential',
        domains: ['financial'],
        resource_type: 'claim',
        details: { tool: read },
      }),
      call(read),
      call(write),
      call('chart.read'),
    );
    const { tools } = await readToolUse(auditor, {});
    expect(tools.find((each) => each.tool === read)).toMatchObject({ count: 2, unmapped: 2, entry: null });
    expect(tools.findIndex((each) => each.entry !== null)).toBe(tools.findLastIndex((each) => each.entry === null) + 1);
    const seen = await viewRegistry(officer, {});
    const suggestion = (tool: string) => seen.unmapped.find((each) => each.tool === tool)?.suggestion;
    expect(suggestion(read)).toEqual({
      kind: 'tool',
      name: read,
      resource_type: 'claim',
      domains: ['financial'],
      classification: 'confidential',
      access: 'reads',
    });
    expect(suggestion(write)).toMatchObject({ classification: 'restricted', access: expect.stringMatching(/modifies|none/) });
    expect((await viewRegistry(auditor, {})).unmapped.every((each) => each.suggestion === null)).toBe(true);
  });

  it('are mapped by saving what is suggested', async () => {
    const seen = await viewRegistry(officer, {});
    const [first] = seen.unmapped;
    await save([...seen.registry.entries, first!.suggestion!]);
    const after = await viewRegistry(officer, {});
    expect(after.unmapped.map((each) => each.tool)).not.toContain(first!.tool);
    expect(after.tools.map((each) => each.tool)).toContain(first!.tool);
  });
});
