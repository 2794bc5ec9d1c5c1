import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, existsSync, readdirSync, readFileSync, rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { pool } from '@/lib/db';
import { openSearchableArchive } from '@/lib/testing/open-archive';
import { filesOf, searchableLedger, seqs } from '@/lib/testing/searchable-ledger';
import { dropDerived, findCopy, knownCopies, makeCopy } from './make-copy';
import { prepareCopies, sweepCopies } from './prepare-copies';
import { searchCopies } from './search-copies';

openSearchableArchive();

describe('a copy', () => {
  it('is not searched where a byte of it, or all of it, is another: it is made anew from the archive', async () => {
    const { ledger, copies: dir, bodies } = await searchableLedger(60, 20);
    await searchCopies(ledger, {}, {});
    const names = filesOf(dir);
    expect(names).toHaveLength(3);
    expect(statSync(path.join(dir, names[0]!)).mode & 0o777).toBe(0o400);
    const rewrite = (name: string, change: (bytes: Buffer) => Buffer) => {
      const file = path.join(dir, name);
      const bytes = change(readFileSync(file));
      chmodSync(file, 0o600);
      writeFileSync(file, bytes);
    };
    rewrite(names[0]!, (bytes) => bytes.map((byte, i) => (i === 100 ? byte ^ 1 : byte)) as Buffer);
    // A sound Parquet file, of other records.
    rewrite(names[1]!, () => readFileSync(path.join(dir, names[2]!)));
    const found = await searchCopies(ledger, {}, {});
    expect([seqs(found), found.copies.rebuilt, found.copies.searched]).toEqual([[...bodies.keys()].reverse(), 2, 3]);
    expect(filesOf(dir)).toEqual(names);
    expect((await searchCopies(ledger, {}, {})).copies.rebuilt).toBe(0);
    for (const [name, change] of [
      [names[0]!, () => Buffer.alloc(0)],
      [names[1]!, (bytes: Buffer) => bytes.subarray(0, bytes.length - 1)],
      [names[2]!, (bytes: Buffer) => Buffer.concat([bytes, Buffer.from('PAR1')])],
    ] as const)
      rewrite(name, change);
    expect((await searchCopies(ledger, {}, {})).copies).toMatchObject({ rebuilt: 3, searched: 3 });
    unlinkSync(path.join(dir, names[0]!));
    expect((await searchCopies(ledger, {}, {})).copies).toMatchObject({ rebuilt: 0, searched: 3 });
  });

  it('is the same bytes however often it is made, and is not made of what is not what was archived', async () => {
    const { ledger, copies: dir, segments } = await searchableLedger(20, 20);
    await makeCopy(ledger, segments[0]!, dir);
    const [name] = filesOf(dir);
    unlinkSync(path.join(dir, name!));
    await makeCopy(ledger, segments[0]!, dir);
    expect(filesOf(dir)).toEqual([name]);
    await dropDerived(ledger, segments[0]!);
    const file = path.join(segments[0]!.place, segments[0]!.objectKey);
    const bytes = readFileSync(file);
    chmodSync(file, 0o600);
    writeFileSync(
      file,
      bytes.map((byte, i) => (i === 200 ? byte ^ 1 : byte)),
    );
    const found = await searchCopies(ledger, {}, {});
    expect([found.hits, found.copies.contradicted, found.whole]).toEqual([[], ['1'], false]);
    expect(filesOf(dir)).toEqual([]);
    rmSync(file);
    expect((await searchCopies(ledger, {}, {})).copies.contradicted).toEqual(['1']);
    expect(readdirSync(dir)).toEqual([]);
  });

  it('goes with its rows when records in it are destroyed, and one that was being made then is not kept', async () => {
    const { ledger, copies: dir, segments } = await searchableLedger(40, 20);
    await searchCopies(ledger, {}, {});
    const { rows } = await pool('verification').query<{ kept: boolean }>(
      `SELECT archive_copy_made($1, 2, 0, 1, sha256('x'), 1, 1) AS kept`,
      [ledger.id],
    );
    expect(rows[0]!.kept).toBe(true);
    await dropDerived(ledger, segments[1]!);
    expect([filesOf(dir).length, [...(await knownCopies(ledger.id, [1n, 2n])).keys()]]).toEqual([1, [1n]]);
    const late = await pool('verification').query<{ kept: boolean }>(`SELECT archive_copy_made($1, 2, 0, 1, sha256('x'), 1, 1) AS kept`, [
      ledger.id,
    ]);
    expect(late.rows[0]!.kept).toBe(false);
    // Another machine's file of it is taken away by that machine's own look.
    const [kept] = filesOf(dir);
    const left = path.join(dir, `000000000002-${createHash('sha256').update('other').digest('hex')}.parquet`);
    copyFileSync(path.join(dir, kept!), left);
    await sweepCopies(ledger);
    expect(existsSync(left)).toBe(true);
    const { utimesSync } = await import('node:fs');
    for (const file of [left, path.join(dir, kept!)]) {
      chmodSync(file, 0o600);
      utimesSync(file, 1, 1);
    }
    await sweepCopies(ledger);
    expect(filesOf(dir)).toEqual([kept]);
    expect((await searchCopies(ledger, {}, {})).hits).toHaveLength(40);
  });

  it('is made before anybody searches, for as long as there is time, and not twice', async () => {
    const { ledger, copies: dir } = await searchableLedger(60, 20);
    expect(await prepareCopies(ledger, 0)).toEqual({ made: 0, failed: 0 });
    expect(await prepareCopies(ledger, 60_000)).toEqual({ made: 3, failed: 0 });
    expect(await prepareCopies(ledger, 60_000)).toEqual({ made: 0, failed: 0 });
    unlinkSync(path.join(dir, filesOf(dir)[1]!));
    expect(await prepareCopies(ledger, 60_000)).toEqual({ made: 1, failed: 0 });
  });

  it('is found by its digest among those that are known, and by nothing else', async () => {
    const { ledger, copies: dir, segments } = await searchableLedger(20, 20);
    await makeCopy(ledger, segments[0]!, dir);
    const known = (await knownCopies(ledger.id, [1n])).get(1n)!;
    expect(await findCopy(dir, segments[0]!, known)).toEqual({ file: path.join(dir, filesOf(dir)[0]!) });
    expect(await findCopy(dir, segments[0]!, [])).toBe('absent');
    expect(await findCopy(dir, segments[0]!, ['00'.repeat(32)])).toBe('absent');
  });
});
