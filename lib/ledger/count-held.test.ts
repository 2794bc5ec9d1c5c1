import { beforeAll, describe, expect, it, vi } from 'vitest';
import { takeLease } from '@/lib/archive/archive-lease';
import { restoreRange } from '@/lib/archive/restore-range';
import { pool } from '@/lib/db';
import type { HoldScope } from '@/lib/schema/holds';
import { agentRecord } from '@/lib/testing/agent-record';
import { archive, everythingDue, signAgain } from '@/lib/testing/archived-ledger';
import { asAdmin } from '@/lib/testing/fresh-database';
import { db, folderStore, newLedger, openArchive } from '@/lib/testing/open-archive';
import { appendRecords } from './append-records';
import { boundedRead } from './bounded-read';
import type { LedgerRow } from './find-ledger';
import { prepareAgentRecord } from './prepare-record';
import { readHeld } from './read-held';

let ledger: LedgerRow;
const KEY = { key_id: '0193a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b', channel: 'api' } as const;
const today = new Date().toISOString().slice(0, 10);
const SCOPES: HoldScope[] = [
  { kind: 'conversation', value: 'a' },
  { kind: 'conversation', value: 'nowhere' },
  { kind: 'subject', value: 'P' },
  { kind: 'subject', value: 'Q' },
  { kind: 'resource', type: 'chart', value: 'R' },
  { kind: 'actor', value: 'one' },
  { kind: 'agent', value: 'intake' },
  { kind: 'time', from: '2018-05-05', to: '2018-05-05' },
  { kind: 'time', from: today, to: today },
  { kind: 'time', from: '2018-05-05', to: today },
];
openArchive();
beforeAll(async () => {
  const records = [
    agentRecord({ conversation_id: 'a', subject_id: 'P', actor_id: 'one', timestamp: '2018-05-05T10:00:00.000Z' }),
    agentRecord({ conversation_id: 'a', resource_type: 'chart', resource_id: 'R' }),
    agentRecord({ conversation_id: 'b', subject_id: 'Q', agent_name: 'intake' }),
    agentRecord({ conversation_id: 'b', subject_id: 'P', resource_type: 'chart', resource_id: 'R' }),
    agentRecord({ subject_id: 'P', agent_name: 'intake', timestamp: '2018-05-05T11:00:00.000Z' }),
    agentRecord({ conversation_id: 'c', subject_id: 'Z', actor_id: 'one', agent_name: 'intake' }),
  ];
  ledger = await newLedger(records);
});

const held = (scope: HoldScope) => boundedRead((tx) => readHeld(tx, ledger, scope));
/** Positions that a hold of that scope keeps, as whoever destroys is told; nothing is placed. */
async function kept(scope: HoldScope): Promise<number> {
  return asAdmin(db.adminUrl, async (c) => {
    await c.query('BEGIN');
    const value = scope.kind === 'time' ? '' : scope.value;
    await c.query(
      `INSERT INTO legal_holds (ledger_id, matter, scope_kind, scope_value, scope_type, scope_from, scope_to, reason, placed_by) VALUES ($1, 'm', $2, $3, $4, $5, $6, 'r', 'x')`,
      [
        ledger.id,
        scope.kind,
        value,
        scope.kind === 'resource' ? scope.type : null,
        ...(scope.kind === 'time' ? [scope.from, scope.to] : [null, null]),
      ],
    );
    const { rows } = await c.query(`SELECT count(DISTINCT seq)::int AS n FROM held_positions($1, ARRAY[0, 1, 2, 3, 4, 5])`, [ledger.id]);
    await c.query('ROLLBACK');
    return rows[0].n as number;
  });
}

describe('what a hold would reach is never told as less than what it keeps', () => {
  const truth = new Map<HoldScope, number>();
  it.each(SCOPES)('all of it in the database: %o', async (scope) => {
    const all = await kept(scope);
    truth.set(scope, all);
    expect(await held(scope)).toMatchObject({ records: { count: all, exact: true }, archived: { count: 0, exact: true } });
  });

  it('most of it in the archive alone', async () => {
    await archive(ledger, folderStore('store'), { due: everythingDue((seq) => seq !== 2n && seq !== 5n) });
    for (const scope of SCOPES) {
      const here = await kept(scope);
      const all = truth.get(scope)!;
      expect([scope, await held(scope)]).toMatchObject([
        scope,
        { records: { count: here, exact: true }, archived: { count: all - here, exact: true } },
      ]);
    }
    // It lies in the archive whole, and is held all the same.
    expect(await held({ kind: 'conversation', value: 'a' })).toMatchObject({
      records: { count: 0 },
      archived: { count: 2, exact: true },
      conversations: { count: 1, exact: true },
      first_conversations: ['a'],
      segments: { count: 1, exact: true },
    });
    expect((await held({ kind: 'subject', value: 'P' })).conversations).toEqual({ count: 2, exact: true });
    expect((await held({ kind: 'time', from: today, to: today })).conversations.exact).toBe(false);
  });

  it('in the archive, and put back', async () => {
    await restoreRange({ ledger, from: 0n, to: 5n, hotUntil: new Date(Date.now() + 86_400_000) });
    for (const scope of SCOPES)
      expect([scope, await held(scope)]).toMatchObject([
        scope,
        { records: { count: truth.get(scope), exact: true }, archived: { count: 0, exact: true } },
      ]);
  });

  it('confirmed in the archive and still here, as what a hold is on stays: nothing has left, and that is exact', async () => {
    const own = await newLedger(
      Array.from({ length: 6 }, (_, i) => agentRecord({ conversation_id: `talk-${i % 2}`, agent_name: 'intake', actor_id: 'one' })),
    );
    const real = pool('archive').query.bind(pool('archive'));
    const killed = vi.spyOn(pool('archive'), 'query').mockImplementation((async (text: string, values: unknown[]) => {
      if (text.includes('prune_')) throw new Error('killed');
      return real(text, values);
    }) as never);
    await expect(archive(own, folderStore(own.slug))).rejects.toThrow('killed');
    killed.mockRestore();
    for (const kind of ['agent', 'actor'] as const) {
      const found = await boundedRead((tx) => readHeld(tx, own, { kind, value: kind === 'agent' ? 'intake' : 'one' }));
      expect(found).toMatchObject({
        records: { count: 6, exact: true },
        archived: { count: 0, exact: true },
        conversations: { count: 2, exact: true },
      });
    }
  });

  it.each([
    { many: 6, say: 'each is looked at', archived: { count: 5, exact: true } },
    { many: 10_001, say: 'of more than are ever counted nobody knows, and it is not told as if', archived: { exact: false } },
  ])('half put back and leaving again, of $many: $say', async ({ many, archived: told }) => {
    const own = await newLedger(Array.from({ length: 6 }, () => agentRecord({ conversation_id: 'talk' })));
    for (let more = many - 6; more > 0; more -= 1_000)
      await appendRecords(
        own.id,
        Array.from({ length: Math.min(more, 1_000) }, () => prepareAgentRecord(agentRecord({ conversation_id: 'talk' }), KEY)),
      );
    await signAgain(own);
    await archive(own, folderStore(own.slug), { pace: 0 });
    await restoreRange({ ledger: own, from: 0n, to: 1n, hotUntil: new Date(0) });
    const lease = (await takeLease(own.id))!;
    const step = (call: string, most: number) => pool('archive').query(`SELECT ${call}($1, $2, 1, $3)`, [own.id, lease.fence, most]);
    for (let i = 0; i < 2; i++) await step('archive_note', 500);
    await step('prune_segment', 1);
    await lease.letGo();
    const { records, archived } = await boundedRead((tx) => readHeld(tx, own, { kind: 'conversation', value: 'talk' }));
    expect([records, archived]).toMatchObject([{ count: 1, exact: true }, told]);
  });
});
