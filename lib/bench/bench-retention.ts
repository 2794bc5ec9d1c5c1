import pg from 'pg';
import { forgetProduct, runProduct } from './run-product';
import { fixed, median, type Row, thousands } from './tables';

const STATE = 'bench-retention';
const LEDGER = 'large';
/** As ten million records of three years in a dozen classes make them; see docs/retention.md. */
const RECORDS_A_SUM = 200;
const ROUNDS = 20;

/**
 * The retention screen over HTTP, of the product as its users start it: its headers and its sums are made for the ledger, since neither screen reads a record. Cold is
 * the first answer after the product and its database have been started again.
 */
export async function benchRetention(root: string, { records, say }: { records: number; say: (line: string) => void }): Promise<Row[]> {
  forgetProduct(root, STATE);
  try {
    const first = await runProduct(root, STATE);
    const sums = await fill(first.told.adminDatabaseUrl, records, say).finally(() => first.stop());
    const rows: Row[] = [];
    for (const [what, path] of [
      ['GET /api/v1/retention', `/api/v1/retention?ledger=${LEDGER}`],
      ['GET /retention, the whole page', `/retention?ledger=${LEDGER}`],
      ['GET /retention/policies', `/retention/policies?ledger=${LEDGER}`],
    ] as const) {
      const product = await runProduct(root, STATE);
      try {
        const cookie = await product.signIn('auditor');
        const look = async () => {
          const began = performance.now();
          const answer = await fetch(product.told.url + path, { headers: { cookie } });
          const text = await answer.text();
          if (answer.status !== 200 || !text.includes(path.startsWith('/api/v1/retention?') ? '"complete":true' : 'HIPAA'))
            throw new Error(`${path} answered ${answer.status}: ${text.slice(0, 200)}`);
          return performance.now() - began;
        };
        const cold = await look();
        const warm: number[] = [];
        for (let i = 0; i < ROUNDS; i++) warm.push(await look());
        const last = [...warm].sort((a, b) => a - b).at(-1)!;
        rows.push([what, `${fixed(cold, 0)} ms`, `${fixed(median(warm), 0)} ms`, `${fixed(last, 0)} ms`]);
        say(`${what}: ${rows.at(-1)!.slice(1).join(', ')}`);
      } finally {
        await product.stop();
      }
    }
    return [[`a ledger of ${thousands(records)} entries, ${thousands(sums)} sums`, '', '', ''], ...rows];
  } finally {
    forgetProduct(root, STATE);
  }
}

/** @returns how many sums there are */
async function fill(adminUrl: string, records: number, say: (line: string) => void): Promise<number> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const made = await client.query<{ id: number }>("SELECT create_ledger($1, 'bench/large', 'agents', 'Large', false) AS id", [LEDGER]);
    const id = made.rows[0]!.id;
    await client.query(
      "INSERT INTO memberships (user_id, ledger_id, role) SELECT id, $1, 'auditor' FROM users WHERE email LIKE 'auditor@%'",
      [id],
    );
    for (let from = 0; from < records; from += 1_000_000) {
      await client.query(
        `INSERT INTO entries (ledger_id, seq, id, received_at_us, conversation_seq, body_hash, submitted, previous_hash, integrity_hash)
         SELECT $1, n, gen_random_uuid(), 1700000000000000 + n * 9000000, 0, h, h, h, h
           FROM (SELECT n, sha256(int8send(n)) AS h FROM generate_series($2::bigint, $3::bigint - 1) AS n OFFSET 0) AS made`,
        [id, from, Math.min(records, from + 1_000_000)],
      );
      say(`retention: ${thousands(Math.min(records, from + 1_000_000))} entries`);
    }
    const sums = Math.floor(records / RECORDS_A_SUM);
    await client.query(
      `INSERT INTO retention_classes (ledger_id, domains, unmapped)
       SELECT $1, d, u FROM unnest(ARRAY['', 'hipaa', 'hipaa,soc2', 'financial', 'gdpr,soc2', 'pci-dss', 'financial,gdpr', 'soc2', 'nydfs', 'mifid2,soc2', 'hipaa,financial', ''],
                                   ARRAY['', '', '', '', '', '', '', '', '', '', '', 'tool:score']) AS k(d, t), LATERAL (SELECT array_remove(ARRAY[t], '') AS u) x`,
      [id],
    );
    await client.query(
      `INSERT INTO retention_counts (ledger_id, block, event_day, recorded_day, class, marks, state, count, first_seq, last_seq)
       SELECT $1, i * $3 / 32768, '2023-11-15'::date + i / 46, '2023-11-15'::date + i / 46 + (i % 46) / 12, k.ids[1 + i % 12], '{}',
              CASE WHEN i * 3 < $2 THEN 'archived' ELSE 'hot' END, $3, i * $3, i * $3 + $3 - 1
         FROM generate_series(0, $2 - 1) i, (SELECT array_agg(id ORDER BY id) AS ids FROM retention_classes WHERE ledger_id = $1) k`,
      [id, sums, RECORDS_A_SUM],
    );
    await client.query(
      'INSERT INTO retention_progress (ledger_id, counted_to) VALUES ($1, $2) ON CONFLICT (ledger_id) DO UPDATE SET counted_to = $2',
      [id, records - 1],
    );
    await client.query(
      'INSERT INTO volume_progress (ledger_id, counted_to) VALUES ($1, $2) ON CONFLICT (ledger_id) DO UPDATE SET counted_to = $2',
      [id, records - 1],
    );
    await client.query('VACUUM (ANALYZE) entries');
    await client.query('VACUUM (ANALYZE) retention_counts');
    return sums;
  } finally {
    await client.end();
  }
}
