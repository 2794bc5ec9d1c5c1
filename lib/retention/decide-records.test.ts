import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { prisma } from '@/lib/db';
import { forgetRegistry } from '@/lib/ledger/read-registry';
import { saveRegistry } from '@/lib/ledger/save-registry';
import { unmappedOf } from '@/lib/policy/retention-unmapped';
import { asAdmin } from '@/lib/testing/fresh-database';
import {
  append,
  at,
  auditor,
  countAll,
  db,
  later,
  ledger,
  officer,
  on,
  openRetentionLedger,
  recordedDay,
  second,
  slug,
} from '@/lib/testing/retention-ledger';
import { decideConversation, decideRecord } from './decide-records';
import { askRelease, confirmRelease, placeHold } from './legal-holds';
import { viewRetention } from './view-retention';

openRetentionLedger();

describe('what nobody has mapped', () => {
  it('is kept longest until somebody maps it: the record stays, and is decided by the registry in force', async () => {
    const [id] = await append({ timestamp: at('2026-03-01'), details: { tool: 'notes.read' }, mark: { version: 1 } });
    await countAll();
    const before = await decideRecord(auditor, slug, id!);
    expect(before).toMatchObject({ keep_until: '2033-03-01', unmapped: ['tool:notes.read'] });
    expect(before.say).toBe('kept until 2033-03-01: Financial (7 years); tool notes.read is unmapped, so that the longest minimum holds');
    expect((await viewRetention(auditor, slug)).unmapped).toEqual({ records: 1, rows: [{ what: 'tool:notes.read', records: 1 }] });
    await prisma().$transaction((tx) =>
      saveRegistry(
        tx,
        ledger,
        0,
        [{ kind: 'tool', name: 'notes.read', classification: 'internal', domains: ['soc2'], access: 'none' }],
        'x',
        undefined,
      ),
    );
    forgetRegistry(ledger);
    expect(await decideRecord(auditor, slug, id!)).toMatchObject({ keep_until: '2027-03-01', unmapped: [] });
    expect((await viewRetention(auditor, slug)).unmapped.records).toBe(0);
  });

  it('is the same to the database and to us, of whatever stands in a body', async () => {
    const text = fc.oneof(fc.string({ maxLength: 6 }), fc.constant('x'.repeat(129)), fc.constant('é'.repeat(70)), fc.constant(''));
    const member = fc.oneof(text, fc.integer(), fc.constant(null), fc.constant(undefined));
    const mark = fc.oneof(
      fc.record({ version: fc.integer(), entry: fc.constantFrom('a', 'b'), data_source: fc.constantFrom('c') }, { requiredKeys: [] }),
      fc.constantFrom(null, 'text', 7, []),
    );
    const body = fc.record({
      action: fc.constantFrom('tool_invoked', 'data_accessed', 'data_modified', 'conversation_started'),
      details: fc.oneof(
        fc.record({ tool: member, data_source: member, registry: mark }, { requiredKeys: [] }),
        fc.record({ nested: fc.record({ registry: mark }) }),
      ),
    });
    await asAdmin(db.adminUrl, async (c) => {
      await fc.assert(
        fc.asyncProperty(body, async (one) => {
          const kept = JSON.parse(JSON.stringify(one));
          fc.pre(!JSON.stringify(kept).includes('\\u0000'));
          const { rows } = await c.query('SELECT unmapped_of($1, $2) AS labels', [
            kept.action,
            Buffer.from(JSON.stringify(kept).toWellFormed()),
          ]);
          expect(rows[0].labels).toEqual(unmappedOf(kept));
        }),
        { numRuns: 400 },
      );
      const { rows } = await c.query("SELECT unmapped_of('tool_invoked', '\\x7b227265676973747279223a') AS labels");
      expect(rows[0].labels).toEqual(['tool:']);
    });
  });
});

describe('a decision', () => {
  it('of a record says why, is due once its day has passed, and is held while a hold stands', async () => {
    const [id] = await append({ timestamp: at('2026-03-01'), domains: ['hipaa', 'soc2'], subject_id: 'P-1', conversation_id: 'c-1' });
    const until = later(await recordedDay(), 6);
    const hold = await placeHold(officer, slug, {
      matter: 'M',
      scope: { kind: 'time', from: '2026-03-01', to: '2026-03-01' },
      reason: 'because',
    });
    const held = await decideRecord(auditor, slug, id!, on('2040-01-01'));
    expect(held).toMatchObject({ keep_until: until, held_by: [hold.id], due: false, policies_version: 1, state: 'hot' });
    expect(held.say).toBe(`kept until ${until}: HIPAA (6 years) outlasts SOC 2 (1 year); hold #${hold.number}`);
    await askRelease(officer, slug, hold.id, 'Settled');
    await confirmRelease(second, slug, hold.id);
    expect((await decideRecord(auditor, slug, id!, on(until))).due).toBe(false);
    expect((await decideRecord(auditor, slug, id!, on(until) + 86_400_000)).due).toBe(true);
    await expect(decideRecord(auditor, slug, randomUUID())).rejects.toMatchObject({ code: 'not_found' });
    await expect(decideRecord(auditor, slug, 'no-uuid')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('of a conversation is the strictest of its records, with every hold on any of them', async () => {
    await append(
      { conversation_id: 'c-1', timestamp: at('2026-01-01'), domains: ['soc2'] },
      { conversation_id: 'c-1', timestamp: at('2026-02-01'), domains: ['financial'], resource_type: 'account', resource_id: 'A-1' },
      { conversation_id: 'c-1', timestamp: at('2026-03-01') },
    );
    const hold = await placeHold(officer, slug, {
      matter: 'M',
      scope: { kind: 'resource', type: 'account', value: 'A-1' },
      reason: 'because',
    });
    const found = await decideConversation(auditor, slug, 'c-1', on('2050-01-01'));
    expect(found).toMatchObject({
      keep_until: '2033-02-01',
      archive_from: '2027-03-02',
      records: 3,
      complete: true,
      held_by: [hold.id],
      due: false,
    });
    expect(found.say).toBe(`kept until 2033-02-01: Financial (7 years); hold #${hold.number}`);
    await expect(decideConversation(auditor, slug, 'c-none')).rejects.toMatchObject({ code: 'not_found' });
    await expect(decideConversation(auditor, slug, 'c-\0')).rejects.toMatchObject({ code: 'not_found' });
  });
});
