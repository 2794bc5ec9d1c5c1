import { copyFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSearchableArchive } from '@/lib/testing/open-archive';
import { filesOf, searchableLedger } from '@/lib/testing/searchable-ledger';
import { makeCopy } from './make-copy';
import { withDuckDb } from './open-duckdb';

openSearchableArchive();

describe('the database that searches', () => {
  it('opens the files that it was given and nothing else, loads nothing, and takes no settings', async () => {
    const { ledger, copies: dir, segments } = await searchableLedger(20, 20);
    await makeCopy(ledger, segments[0]!, dir);
    const file = path.join(dir, filesOf(dir)[0]!);
    const other = path.join(dir, 'other.parquet');
    copyFileSync(file, other);
    await withDuckDb({ files: [file], threads: 1 }, async (c) => {
      expect((await c.runAndReadAll(`SELECT count(*) FROM read_parquet('${file}')`)).getRows()).toEqual([[20n]]);
      for (const statement of [
        `SELECT * FROM read_parquet('${other}')`,
        `SELECT * FROM read_parquet('${dir}/*.parquet')`,
        `SELECT * FROM read_text('/etc/passwd')`,
        `SELECT * FROM read_csv('/etc/passwd')`,
        `SELECT * FROM glob('/*')`,
        `COPY (SELECT 1) TO '${dir}/new.csv'`,
        `ATTACH '${dir}/new.db'`,
        'INSTALL httpfs',
        'LOAD httpfs',
        "SELECT * FROM read_parquet('http://127.0.0.1:1/x.parquet')",
        "SET memory_limit = '64GB'",
        'SET enable_external_access = true',
        `SET allowed_paths = ['/etc/passwd']`,
        'SET lock_configuration = false',
        "PRAGMA temp_directory = '/tmp'",
      ])
        await expect(c.run(statement), statement).rejects.toThrow();
    });
  });
});
