import { spawn } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { pool } from '@/lib/db';
import type { LedgerRow } from '@/lib/ledger/find-ledger';
import { listKeys } from '@/lib/ledger/read-checkpoints';
import { agentRecord } from '@/lib/testing/agent-record';
import { archive } from '@/lib/testing/archived-ledger';
import { db, folder, folderStore, newLedger, openArchive } from '@/lib/testing/open-archive';

openArchive();
const store = folderStore('archive');
const { place } = store;
let ledger: LedgerRow;
beforeAll(async () => {
  ledger = await newLedger(
    Array.from({ length: 300 }, (_, i) => agentRecord({ conversation_id: `c-${i % 7}` })),
    'fsck-archive',
  );
  await archive(ledger, store, { bounds: { rows: 100, bytes: 1e9 } });
});

function fsck(env: Record<string, string>, ...args: string[]): Promise<{ code: number | null; output: string }> {
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(DATABASE_|HOLDFAST_|VITEST|NODE_OPTIONS|SIGNER|ARCHIVE)/.test(name)),
  );
  const child = spawn(process.execPath, ['lib/server/run.mjs', 'lib/server/fsck.ts', ...args], {
    env: { ...inherited, HOLDFAST_STATE: path.join(folder, 'state'), ...env } as unknown as NodeJS.ProcessEnv,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output })));
}

it('fsck works from the archive alone, without a database, and with it through the boundary; both name what is broken', {
  timeout: 120_000,
}, async () => {
  // Not one record is left in the database: what is checked below is in the archive, or nowhere.
  const { rows } = await pool('verification').query<{ records: string; entries: string }>(
    'SELECT (SELECT count(*) FROM records WHERE ledger_id = $1) AS records, (SELECT count(*) FROM entries WHERE ledger_id = $1) AS entries',
    [ledger.id],
  );
  expect(rows[0]).toEqual({ records: '0', entries: '300' });
  const alone = await fsck({}, '--archive-only', place);
  expect([alone.code, alone.output]).toEqual([
    0,
    expect.stringMatching(/300 records in 3 segments[\s\S]*up to 300: 1 signed checkpoints within, 0 with another root[\s\S]*its own word/),
  ]);
  const keys = path.join(folder, 'keys.json');
  writeFileSync(keys, JSON.stringify({ keys: await listKeys(ledger.id), incarnations: [] }));
  const trusted = await fsck({}, '--archive-only', place, '--keys', keys);
  expect([trusted.code, trusted.output.includes('its own word')]).toEqual([0, false]);
  const at = { DATABASE_URL: db.adminUrl };
  const through = await fsck(at, '--ledger', 'fsck-archive', '--archive');
  expect([through.code, through.output]).toEqual([
    0,
    expect.stringMatching(/ok +archive +3 archive segments of 300 records[\s\S]*ok +archive_objects/),
  ]);
  expect(through.output).toMatch(/ok +counts/);

  const dir = path.join(place, readdirSync(place)[0]!);
  const file = path.join(dir, '000000000002.jsonl.gz');
  const bytes = readFileSync(file);
  bytes[500]! ^= 1;
  chmodSync(file, 0o600);
  writeFileSync(file, bytes);
  const broken = await fsck({}, '--archive-only', place);
  expect([broken.code, broken.output]).toEqual([1, expect.stringMatching(/BROKEN +segment 2: /)]);
  expect(await fsck(at, '--ledger', 'fsck-archive', '--archive')).toMatchObject({
    code: 1,
    output: expect.stringContaining('archive_altered'),
  });
  expect(await fsck(at, '--ledger', 'fsck-archive')).toMatchObject({ code: 0 });

  expect(await fsck({}, '--archive-only', path.join(folder, 'none'))).toMatchObject({
    code: 2,
    output: expect.stringContaining('there is no archive'),
  });
  writeFileSync(keys, '{}');
  expect(await fsck({}, '--archive-only', place, '--keys', keys)).toMatchObject({ code: 2 });
});
