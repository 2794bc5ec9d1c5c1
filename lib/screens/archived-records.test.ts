import { chmodSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DirectoryStore } from '@/lib/archive/directory-store';
import { forgetSegments } from '@/lib/archive/fetch-segment';
import { holdObjects } from '@/lib/archive/hold-objects';
import { restoreRange } from '@/lib/archive/restore-range';
import { listSegments } from '@/lib/archive/segments';
import type { Viewer } from '@/lib/auth/viewer';
import { verifyRecord } from '@/lib/chain/verify-record';
import { pool } from '@/lib/db';
import { boundedRead } from '@/lib/ledger/bounded-read';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { readConversationPositions } from '@/lib/ledger/read-conversations';
import { viewRecordProof } from '@/lib/proofs/prove-record';
import { decideRecord } from '@/lib/retention/decide-records';
import { agentRecord } from '@/lib/testing/agent-record';
import { archive, everythingDue } from '@/lib/testing/archived-ledger';
import { asAdmin } from '@/lib/testing/fresh-database';
import { makeViewer } from '@/lib/testing/make-person';
import { db, folder, folderStore, newLedger, openArchive } from '@/lib/testing/open-archive';
import { readSoundLedger } from '@/lib/testing/read-sound-ledger';
import { viewConversation } from './view-conversation';
import { viewConversations } from './view-conversations';
import { viewRecord } from './view-record';
import { viewRecords } from './view-records';

/** Records that have left the database, read as before. */
let ledger: LedgerRow;
let store: DirectoryStore;
let viewer: Viewer;
const RECORDS = Array.from({ length: 30 }, (_, i) =>
  agentRecord({
    conversation_id: `talk-${i % 3}`,
    agent_seq: Math.floor(i / 3) + 1 + (i >= 24 ? 1 : 0),
    subject_id: `S-${i % 3}`,
    resource_type: 'patient_record',
    resource_id: `P-${i}`,
    domains: ['hipaa', 'soc2'],
    details: { tool: 'ehr.read', text: `naïve “${i}”` },
  }),
);
openArchive();
beforeAll(async () => {
  ledger = await newLedger(RECORDS, 'archived');
  viewer = await makeViewer({ [ledger.id]: 'auditor', [db.ledgers.access]: 'auditor' });
  store = folderStore('store');
  // Most of two conversations leave, one of them whole.
  await archive(ledger, store, {
    due: everythingDue((seq) => seq % 3n !== 2n && (seq % 3n === 0n || seq < 20n)),
    bounds: { rows: 8, bytes: 1e9 },
  });
});
beforeEach(() => forgetSegments());
const look = { ledger: 'archived' };
const conversation = (id: string) => viewConversation(viewer, { ...look, id });

describe('an archived conversation', () => {
  it('opens as it was, with every body verified on fetch', async () => {
    for (const [id, gone] of [
      ['talk-0', 10],
      ['talk-1', 7],
      ['talk-2', 0],
    ] as const) {
      const { entries, summary, missing_agent_seqs } = await conversation(id);
      const own = RECORDS.filter((record) => record.conversation_id === id);
      expect(entries.map(({ id }) => id)).toEqual(own.map(({ id }) => id));
      expect(entries.map(({ body }) => body?.details?.text)).toEqual(own.map(({ details }) => details!.text));
      expect(entries.map(({ conversation_seq }) => conversation_seq)).toEqual(own.map((_, i) => String(i + 1)));
      const archived = entries.flatMap(({ archived }) => archived ?? []);
      expect(archived.map(({ state }) => state)).toEqual(Array(gone).fill('verified'));
      expect(summary.record_count).toBe(10);
      expect(missing_agent_seqs).toEqual([9]);
    }
  });

  it('is paged in its own order from wherever somebody goes on', async () => {
    for (const id of ['talk-0', 'talk-1', 'talk-2']) {
      const own = RECORDS.map((record, i) => ({ record, i })).filter(({ record }) => record.conversation_id === id);
      for (let after = 0; after <= 11; after++) {
        for (const limit of [1, 3, 20]) {
          const found = await boundedRead((tx) => readConversationPositions(tx, ledger, id, BigInt(after), limit));
          expect(found.map(({ seq, conversation_seq }) => [Number(seq), Number(conversation_seq)])).toEqual(
            own.slice(after, after + limit).map(({ i }, n) => [i, after + n + 1]),
          );
        }
      }
    }
  });

  it('is found by its metadata in the list of conversations', async () => {
    const { rows } = await viewConversations(viewer, { ...look, params: new URLSearchParams('subject=S-0') });
    expect(rows.map(({ conversation_id }) => conversation_id)).toEqual(['talk-0']);
  });

  it('opens a second time from memory, and a record of it too', async () => {
    await conversation('talk-0');
    const parked = path.join(folder, 'parked');
    renameSync(store.place, parked);
    try {
      expect((await conversation('talk-0')).entries.every(({ archived }) => archived?.state === 'verified')).toBe(true);
    } finally {
      renameSync(parked, store.place);
    }
  });

  it('shows headers, and says so, where nothing lies there any more', async () => {
    const parked = path.join(folder, 'parked');
    renameSync(store.place, parked);
    try {
      const { entries } = await conversation('talk-0');
      expect(entries).toHaveLength(10);
      expect(entries.every(({ body, archived }) => body === null && archived?.state === 'contradicted')).toBe(true);
      expect(entries[0]!.archived!.say).toContain('it is not there');
    } finally {
      renameSync(parked, store.place);
    }
  });

  it('shows nothing of what was edited in the archive, and says so', async () => {
    const [segment] = await listSegments(ledger.id, 0n, 1);
    const file = path.join(store.place, segment!.objectKey);
    const whole = readFileSync(file);
    for (const edited of [
      Buffer.concat([whole, Buffer.from('x')]),
      whole.subarray(0, 100),
      Buffer.alloc(0),
      Buffer.from(whole.map((byte, i) => (i === 300 ? byte ^ 1 : byte))),
    ]) {
      chmodSync(file, 0o600);
      writeFileSync(file, edited);
      forgetSegments();
      const { entries } = await conversation('talk-0');
      const touched = entries.filter(({ archived }) => archived?.segment === '1');
      expect(touched.length).toBeGreaterThan(0);
      expect(touched.every(({ body, archived }) => body === null && archived?.state === 'contradicted')).toBe(true);
      expect(entries.some(({ archived }) => archived?.state === 'verified')).toBe(true);
    }
    writeFileSync(file, whole);
  });
});

describe('an archived record', () => {
  it('is shown with its exact bytes, and can be verified by itself', async () => {
    const { entry, canonical } = await viewRecord(viewer, { ...look, id: RECORDS[3]!.id });
    expect(entry).toMatchObject({ seq: '3', archived: { state: 'verified', store: 'directory' } });
    expect(JSON.parse(canonical!.text)).toMatchObject({ id: RECORDS[3]!.id, details: { text: 'naïve “3”' } });
    const proof = await viewRecordProof(viewer, 'archived', RECORDS[3]!.id);
    expect(proof.body).not.toBeNull();
    expect(verifyRecord(proof).verdict).toBe('valid');
  });

  it('is told as archived in the list, which fetches nothing', async () => {
    const { rows } = await viewRecords(viewer, look);
    const gone = rows.filter(({ body }) => body === null);
    expect(gone).toHaveLength(17);
    expect(gone.every(({ archived }) => archived?.state === 'not_fetched')).toBe(true);
  });
});

describe('a hold', () => {
  it('that reaches archived records is on their objects, and comes off with its end', async () => {
    expect(await holdObjects(ledger.id)).toEqual({ changed: 0, failed: 0 });
    const place = (kind: string, value: string, type: string | null = null, day: string | null = null) =>
      asAdmin(db.adminUrl, (c) =>
        c.query(
          `INSERT INTO legal_holds (ledger_id, matter, scope_kind, scope_value, scope_type, scope_from, scope_to, reason, placed_by) VALUES ($1, 'm', $2, $3, $4, $5, $5, 'r', 'ada')`,
          [ledger.id, kind, value, type, day],
        ),
      );
    const segments = await listSegments(ledger.id, 0n, 10);
    const of = (seq: bigint) => segments.find(({ ranges }) => ranges.some(({ from, to }) => from <= seq && seq <= to))!.number;
    const held = async () => (await listSegments(ledger.id, 0n, 10)).filter(({ legalHold }) => legalHold).map(({ number }) => number);
    const end = () =>
      asAdmin(db.adminUrl, (c) => c.query('UPDATE retention_scopes SET standing = false WHERE ledger_id = $1', [ledger.id]));
    const all = segments.map(({ number }) => number);
    for (const [scope, reached] of [
      [['conversation', 'talk-0'], all.filter((number) => number !== null)],
      [['conversation', 'talk-2'], []],
      [['subject', 'S-0'], all],
      [['actor', 'triage'], all],
      [['agent', 'nobody'], []],
      [['time', '', null, '2026-11-20'], all],
      [['time', '', null, '2001-01-01'], []],
    ] as const) {
      await place(...(scope as unknown as Parameters<typeof place>));
      await holdObjects(ledger.id);
      expect([scope, await held()]).toEqual([scope, reached]);
      for (const { number, objectKey, manifestKey, versionId } of segments)
        for (const key of [objectKey, manifestKey])
          expect((await store.head(key, versionId))?.legalHold).toBe(reached.includes(number as never));
      await end();
      await holdObjects(ledger.id);
      expect(await held()).toEqual([]);
    }
    await place('resource', 'P-3', 'patient_record');
    await holdObjects(ledger.id);
    expect(await held()).toContain(of(3n));
    await end();
    await holdObjects(ledger.id);
  });
});

describe('restoring', () => {
  it('puts a range back as it was, columns and all, and no archival takes it away before its time', async () => {
    const hotUntil = new Date(Date.now() + 86_400_000);
    const before = await pool('verification').query('SELECT count(*)::int AS n FROM records WHERE ledger_id = $1', [ledger.id]);
    expect(before.rows[0].n).toBe(13);
    expect(await restoreRange({ ledger, from: 3n, to: 9n, hotUntil })).toBe(5);
    expect(await restoreRange({ ledger, from: 3n, to: 9n, hotUntil })).toBe(0);
    const { entries } = await conversation('talk-0');
    expect(entries.slice(1, 4).every(({ archived }) => archived === undefined)).toBe(true);
    expect(entries[4]!.archived?.state).toBe('verified');
    const outcome = await archive(ledger, store, { due: everythingDue((seq) => seq < 10n && seq % 3n !== 2n) });
    expect(outcome).toMatchObject({ segments: 0, pruned: 0 });
    // All of it: then the ledger is what it was.
    expect(await restoreRange({ ledger, from: 0n, to: 29n, hotUntil })).toBe(12);
    expect(await readSoundLedger(db.adminUrl, ledger.id)).toHaveLength(30);
    const { rows } = await pool('verification').query('SELECT sum(count)::int AS left FROM archived_counts WHERE ledger_id = $1', [
      ledger.id,
    ]);
    expect(rows[0].left).toBe(0);
    // And goes again when its time is over, as it is in the archive already.
    await asAdmin(db.adminUrl, (c) => c.query(`UPDATE archive_segments SET hot_until = now() WHERE ledger_id = $1`, [ledger.id]));
    expect(await archive(ledger, store, { due: async () => ({ rows: [], next: null, held: 0 }) })).toMatchObject({
      segments: 0,
      pruned: 17,
    });
  });
});

describe('until when what is archived is kept, and why', () => {
  it('is said beside the record and the conversation as before, with holds that came after it left', async () => {
    const { entries, retention } = await conversation('talk-0');
    expect(retention).toMatchObject({ records: 10, complete: true, held_by: [] });
    const { retention: of, entry } = await viewRecord(viewer, { ...look, id: entries[0]!.id });
    expect(entry.archived?.state).toBe('verified');
    expect(of).toMatchObject({ state: 'archived', keep_until: retention!.keep_until, say: retention!.say });
    expect(await decideRecord(viewer, 'archived', entries[0]!.id)).toEqual(of);
    await asAdmin(db.adminUrl, (c) =>
      c.query(
        `INSERT INTO legal_holds (ledger_id, matter, scope_kind, scope_value, reason, placed_by) VALUES ($1, 'M', 'subject', 'S-0', 'because', 'x')`,
        [ledger.id],
      ),
    );
    const held = await viewRecord(viewer, { ...look, id: entries[0]!.id });
    expect(held.retention?.holds).toHaveLength(1);
    expect(held.retention?.say).toMatch(/; hold #\d+$/);
    expect((await conversation('talk-0')).retention?.holds).toEqual(held.retention?.holds);
    expect((await conversation('talk-2')).retention?.holds).toEqual([]);
  });
});
