import { readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, it, vi } from 'vitest';
import { StoreFault } from '@/lib/archive/archive-store';
import { copiesFolder } from '@/lib/archive/make-copy';
import { prepareCopies } from '@/lib/archive/prepare-copies';
import { pool } from '@/lib/db';
import { archive } from '@/lib/testing/archived-ledger';
import { destroyableLedger, old, wish, work } from '@/lib/testing/destroyable-ledger';
import { folderStore, openSearchableArchive } from '@/lib/testing/open-archive';
import { approveDestruction, requestDestruction } from './manage-destruction';

openSearchableArchive();

it('a destruction that is stopped leaves no copy to search in that has a body which is destroyed', async () => {
  const w = await destroyableLedger(old(6));
  await archive(w.ledger, folderStore(w.slug), { bounds: { rows: 3, bytes: 1e9 } });
  expect(await prepareCopies(w.ledger, 60_000)).toEqual({ made: 2, failed: 0 });
  const copies = () => readdirSync(copiesFolder(w.ledger)!).map((name) => Number(path.basename(name).split('-')[0]));
  expect(copies().sort()).toEqual([1, 2]);
  const asked = await requestDestruction(w.officer, w.slug, wish());
  const one = await approveDestruction(w.second, w.slug, asked.id, asked.number);
  const real = pool('archive').query.bind(pool('archive'));
  let calls = 0;
  vi.spyOn(pool('archive'), 'query').mockImplementation((async (text: string, values: unknown[]) => {
    if (text.includes('destroy_archived') && ++calls === 2) throw new StoreFault('unreachable', 'It does not answer.');
    return real(text, values);
  }) as never);
  expect(await work(one)).toMatchObject({ state: 'failed' });
  vi.restoreAllMocks();
  expect(copies()).toEqual([2]);
  const { rows } = await pool('verification').query('SELECT number FROM archive_copies WHERE ledger_id = $1', [w.ledger.id]);
  expect(rows).toEqual([{ number: '2' }]);
}, 30_000);
