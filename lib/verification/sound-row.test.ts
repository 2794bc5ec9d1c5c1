import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { genesisHash } from '@/lib/chain/entry-hash';
import { ChainWalk, type WalkStart } from '@/lib/chain/verify-chain';
import { closeDatabase, pool } from '@/lib/db';
import { closeAppenders } from '@/lib/ledger/append-records';
import { nodeSha256 } from '@/lib/ledger/node-sha256';
import { freshDatabase, type TestDatabase } from '@/lib/testing/fresh-database';
import { variedLedger } from '@/lib/testing/tamper-ledger';
import { ALL_FIELDS, chunkQuery, ENTRY } from './chunk-query';
import { copyRows, rowSink } from './copy-rows';
import { decodeEntry, decodeRecord } from './decode-row';
import { SoundRows } from './sound-row';

interface Row {
  buffer: Buffer;
  at: Int32Array;
}
let db: TestDatabase;
const rows: Row[] = [];
const starts: WalkStart[] = [];

beforeAll(async () => {
  db = await freshDatabase();
  const ledger = await variedLedger(db);
  const client = await pool('verification').connect();
  await copyRows(client, chunkQuery(ledger, 0n, 19n, true), ALL_FIELDS, (buffer, at) => {
    const end = Math.max(...Array.from({ length: ALL_FIELDS }, (_, i) => at[2 * i] + Math.max(0, at[2 * i + 1])));
    const copy = Buffer.from(buffer.subarray(at[0] - 6, end));
    rows.push({ buffer: copy, at: at.map((n, i) => (i % 2 ? n : n - at[0] + 6)) });
  });
  client.release();
  let start: WalkStart = { seq: 0n, previousHash: await origin(ledger), receivedAtUs: null };
  for (const row of rows) {
    starts.push(start);
    const entry = decodeEntry(row.buffer, row.at);
    start = { seq: entry.seq + 1n, previousHash: entry.integrityHash, receivedAtUs: entry.receivedAtUs };
  }
});
afterAll(async () => {
  await closeAppenders();
  await closeDatabase();
  await db.drop();
});

async function origin(ledger: number): Promise<Uint8Array> {
  const found = await pool('verification').query<{ origin: string }>('SELECT origin FROM ledgers WHERE id = $1', [ledger]);
  return genesisHash(found.rows[0].origin, nodeSha256);
}

function quick(row: Row, start: WalkStart, projection = true): boolean {
  const sound = new SoundRows(projection);
  sound.resume(start);
  return sound.pass(row.buffer, row.at);
}
function thorough(row: Row, start: WalkStart, projection = true): string[] {
  const walk = new ChainWalk(start, nodeSha256);
  return walk.step(decodeEntry(row.buffer, row.at), decodeRecord(row.buffer, row.at, projection)).map((found) => found.code);
}

describe('the quick look at a row', () => {
  it('passes every sound row but those with an escape in a column or a far year, which the thorough one passes', () => {
    expect(rows.length).toBe(20);
    const left = rows.filter((row, i) => !quick(row, starts[i]));
    expect(left.map((row) => decodeEntry(row.buffer, row.at).seq)).toEqual([9n, 19n]);
    for (const [i, row] of rows.entries()) expect(thorough(row, starts[i])).toEqual([]);
  });

  it('passes nothing that the thorough look would not: every bit of every row turned over', () => {
    let turned = 0;
    rows.forEach((row, i) => {
      for (let place = row.at[0]; place < row.buffer.length; place++) {
        // Lengths and NULL marks between the fields are the reader's, not the row's.
        if (!within(row, place)) continue;
        for (const bit of [1, 2, 4, 8, 16, 32, 64, 128]) {
          row.buffer[place] ^= bit;
          if (quick(row, starts[i])) {
            const found = thorough(row, starts[i]);
            if (found.length > 0) throw new Error(`row ${i}, byte ${place}: ${found}`);
            throw new Error(`row ${i}, byte ${place}: a changed row passes both looks`);
          }
          row.buffer[place] ^= bit;
          turned++;
        }
      }
    });
    expect(turned).toBeGreaterThan(100_000);
  });

  it('passes no column that became NULL, and none that was NULL and became something', () => {
    rows.forEach((row, i) => {
      for (let field = ENTRY.body + 1; field < ALL_FIELDS; field++) {
        const at = row.at.slice();
        at[2 * field + 1] = at[2 * field + 1] < 0 ? 3 : -1;
        expect(quick({ buffer: row.buffer, at }, starts[i])).toBe(false);
      }
      const cut = row.at.slice();
      cut[2 * ENTRY.integrityHash + 1] = 31;
      expect(quick({ buffer: row.buffer, at: cut }, starts[i])).toBe(false);
    });
  });

  it('passes no row out of order, before its time, or without what comes before it', () => {
    expect(quick(rows[5], starts[4])).toBe(false);
    expect(quick(rows[5], { ...starts[5], receivedAtUs: starts[5].receivedAtUs! + 10_000_000n })).toBe(false);
    expect(quick(rows[5], { ...starts[5], receivedAtUs: starts[5].receivedAtUs! + (1n << 33n) })).toBe(false);
    expect(quick(rows[5], { ...starts[5], previousHash: null })).toBe(false);
    expect(quick(rows[5], { ...starts[5], previousHash: new Uint8Array(32) })).toBe(false);
  });

  it('looks at the chain alone where it is asked to', () => {
    const row = { buffer: Buffer.from(rows[5].buffer), at: rows[5].at };
    row.buffer[row.at[2 * 11]] ^= 1;
    expect([quick(row, starts[5], false), quick(row, starts[5], true)]).toEqual([true, false]);
  });

  function within(row: Row, place: number): boolean {
    for (let field = 0; field < ALL_FIELDS; field++)
      if (place >= row.at[2 * field] && place < row.at[2 * field] + row.at[2 * field + 1]) return true;
    return false;
  }
});

describe('reading COPY BINARY', () => {
  it('gives the same rows however the bytes are cut up', async () => {
    const field = (bytes: Buffer | null) => {
      const size = Buffer.alloc(4);
      size.writeInt32BE(bytes === null ? -1 : bytes.length);
      return bytes === null ? size : Buffer.concat([size, bytes]);
    };
    const values = Array.from({ length: 9 }, (_, i) => [Buffer.from(`row ${i}`), i % 3 ? null : Buffer.alloc(i * 7, i), Buffer.alloc(0)]);
    const all = Buffer.concat([
      Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'),
      Buffer.from([0, 0, 0, 0, 0, 0, 0, 2, 9, 9]),
      ...values.flatMap((row) => [Buffer.from([0, 3]), ...row.map(field)]),
      Buffer.from([0xff, 0xff]),
    ]);
    for (let size = 1; size <= all.length; size++) {
      const seen: (string | null)[][] = [];
      const sink = rowSink(3, (buffer, at) =>
        seen.push([0, 1, 2].map((i) => (at[2 * i + 1] < 0 ? null : buffer.toString('hex', at[2 * i], at[2 * i] + at[2 * i + 1])))),
      );
      for (let from = 0; from < all.length; from += size) sink.write(all.subarray(from, from + size));
      await new Promise<void>((resolve) => sink.end(resolve));
      expect(seen).toEqual(values.map((row) => row.map((value) => value?.toString('hex') ?? null)));
    }
  });
});
