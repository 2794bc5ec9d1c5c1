import { describe, expect, it } from 'vitest';
import { prisma } from '@/lib/db';
import { enterTrigger } from '@/lib/retention/enter-triggers';
import { placeHold } from '@/lib/retention/legal-holds';
import type { HoldWish } from '@/lib/schema/holds';
import type { TriggerScope } from '@/lib/schema/retention';
import { explainReads } from '@/lib/testing/explain-reads';
import { append, at, db, ledger, officer, on, openRetentionLedger, slug } from '@/lib/testing/retention-ledger';
import { settlePlans } from './bounded-read';
import { readEntries } from './read-entries';
import { readReachOf } from './read-reach';
import { readReached } from './read-retention';

openRetentionLedger();

const hold = (scope: HoldWish['scope']) => placeHold(officer, slug, { matter: 'M', scope, reason: 'because' });
const trigger = (scope: TriggerScope, day: string) =>
  enterTrigger(officer, slug, { trigger: 'last_in_effect', scope, day, reason: 'because' }, on('2040-01-01'));

describe('what reaches an entry, by what its body says', () => {
  it('is what the database finds for the record, whatever holds and events are on', async () => {
    await append(
      ...Array.from({ length: 60 }, (_, i) => ({
        timestamp: at(`2026-0${1 + (i % 6)}-0${1 + (i % 9)}`),
        ...(i % 5 > 0 && { conversation_id: `c-${i % 7}` }),
        ...(i % 4 === 0 && { subject_id: `S-${i % 3}` }),
        ...(i % 3 === 0 && { resource_type: i % 2 === 0 ? 'chart' : 'bill', resource_id: `R-${i % 4}` }),
        actor_id: `a-${i % 4}`,
        agent_name: `g-${i % 3}`,
      })),
    );
    await hold({ kind: 'conversation', value: 'c-2' });
    await hold({ kind: 'subject', value: 'S-1' });
    await hold({ kind: 'resource', type: 'chart', value: 'R-0' });
    await hold({ kind: 'actor', value: 'a-3' });
    await hold({ kind: 'agent', value: 'g-2' });
    await hold({ kind: 'time', from: '2026-03-01', to: '2026-03-04' });
    await trigger({ kind: 'subject', value: 'S-2' }, '2027-01-01');
    await trigger({ kind: 'subject', value: 'S-2' }, '2028-01-01');
    await trigger({ kind: 'conversation', value: 'c-4' }, '2027-05-01');
    await trigger({ kind: 'resource', type: 'bill', value: 'R-3' }, '2029-01-01');
    await trigger({ kind: 'agent', value: 'g-1' }, '2026-12-01');
    const seqs = Array.from({ length: 60 }, (_, i) => BigInt(i));
    const found = await readReached(prisma(), ledger, seqs);
    const entries = await readEntries(prisma(), ledger, seqs);
    const told = await readReachOf(prisma(), ledger, entries);
    for (const seq of seqs) expect([seq, told.get(String(seq))]).toEqual([seq, found.get(seq)]);
    const all = [...found.values()];
    expect(new Set(all.flatMap(({ holds }) => holds.map(({ number }) => number))).size).toBe(6);
    expect(new Set(all.map(({ triggers }) => triggers.get('last_in_effect')))).toEqual(
      new Set([undefined, '2026-12-01', '2027-05-01', '2028-01-01', '2029-01-01']),
    );
    // One at a time as many together: a record's own page says what its conversation's does.
    for (const entry of entries.slice(0, 12))
      expect(await readReachOf(prisma(), ledger, [entry])).toEqual(new Map([[entry.seq, told.get(entry.seq)]]));
  });

  it('is not asked of what has no body', async () => {
    await append({ timestamp: at('2026-03-01') });
    const [entry] = await readEntries(prisma(), ledger, [0n]);
    expect(await readReachOf(prisma(), ledger, [{ ...entry!, body: null }])).toEqual(new Map());
  });

  it('is looked up by index: neither holds nor people nor records are read through', async () => {
    await append({ timestamp: at('2026-03-01'), conversation_id: 'c-1', subject_id: 'S-1' });
    const entries = await readEntries(prisma(), ledger, [0n]);
    const { queries } = await explainReads(db.appUrl, async (tx) => {
      await settlePlans(tx);
      await readReachOf(tx, ledger, entries);
    });
    expect(queries.length).toBeGreaterThan(2);
    expect(queries.flatMap(({ scanned }) => scanned)).toEqual([]);
    expect(queries.flatMap(({ indexes }) => indexes).some((name) => /^(entries|records)_/.test(name))).toBe(false);
  });
});
