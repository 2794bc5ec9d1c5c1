import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, it, vi } from 'vitest';

/** What was brought to the disk, by name. */
const synced: string[] = [];
vi.mock('node:fs/promises', async (load) => {
  const real = await load<typeof import('node:fs/promises')>();
  const open: typeof real.open = async (file, ...rest) => {
    const handle = await real.open(file, ...rest);
    const sync = handle.sync.bind(handle);
    handle.sync = () => {
      synced.push(String(file));
      return sync();
    };
    return handle;
  };
  return { ...real, open };
});
const { DirectoryStore } = await import('./directory-store');

const folder = mkdtempSync(path.join(os.tmpdir(), 'holdfast-archive-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const bytes = Buffer.from('a segment');
const terms = { sha256: Buffer.alloc(32), retainUntil: new Date('2040-01-01'), contentType: 'text/plain' };

it('brings each folder that it makes to the disk, in the one above, before it says that an object is there', async () => {
  synced.length = 0;
  const place = path.join(folder, 'new', 'archive');
  await new DirectoryStore(place).put('ledger/1', bytes, terms);
  for (const made of [folder, path.join(folder, 'new'), place, path.join(place, 'ledger')]) expect(synced).toContain(made);
});

it('brings what it finds there already to the disk too: the try that wrote it may have ended before', async () => {
  const place = path.join(folder, 'again');
  const store = new DirectoryStore(place);
  await store.put('ledger/1', bytes, terms);
  synced.length = 0;
  await store.put('ledger/1', bytes, terms);
  for (const file of [path.join(place, 'ledger', '1'), path.join(place, 'ledger', '1.about'), path.join(place, 'ledger')])
    expect(synced).toContain(file);
});
